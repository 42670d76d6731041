"""The words that calls use."""

import strawberry

from aggregation.calls.vocabulary import NEWEST_CALLS, Word, Words
from filters.metadata_names import name_of

_LOOKED_AT = f"The number of examined calls: the newest ones, at most {NEWEST_CALLS:,}."


@strawberry.type(description="A metadata key that is in use.")
class MetadataKey:
    key: str = strawberry.field(description="The key.")
    field: str = strawberry.field(description="The name of the field for filters and widgets: `metadata.KEY`.")
    count: int = strawberry.field(description="The number of examined calls that have a value for it.")

    @classmethod
    def of(cls, word: Word) -> "MetadataKey":
        return cls(key=word.text, field=name_of(word.text), count=word.calls)


@strawberry.type(
    description=f"Metadata keys of the newest {NEWEST_CALLS:,} calls. Keys that cannot be used in filters are left out."
)
class MetadataKeys:
    keys: list[MetadataKey] = strawberry.field(description="The keys, most frequent first.")
    has_more: bool = strawberry.field(description="Whether there are more than requested.")
    calls_looked_at: int = strawberry.field(description=_LOOKED_AT)

    @classmethod
    def of(cls, words: Words) -> "MetadataKeys":
        return cls(
            keys=[MetadataKey.of(word) for word in words.words], has_more=words.has_more, calls_looked_at=words.calls
        )


@strawberry.type(description="A value that is in use.")
class FieldValue:
    value: str = strawberry.field(description="The value, as used in conditions.")
    count: int = strawberry.field(description="The number of examined calls with this value.")


@strawberry.type(description=f"Values of a field in the newest {NEWEST_CALLS:,} calls.")
class FieldValues:
    values: list[FieldValue] = strawberry.field(description="The values, most frequent first.")
    has_more: bool = strawberry.field(description="Whether there are more than requested.")
    calls_looked_at: int = strawberry.field(description=_LOOKED_AT)

    @classmethod
    def of(cls, words: Words) -> "FieldValues":
        return cls(
            values=[FieldValue(value=word.text, count=word.calls) for word in words.words],
            has_more=words.has_more,
            calls_looked_at=words.calls,
        )
