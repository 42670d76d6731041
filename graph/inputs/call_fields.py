"""The fields of calls in what brings calls in and reviews them: the members of inputs, from one table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry import Maybe

from graph.call_fields import TYPE_OF
from graph.inputs.given import given
from graph.made_types import Member, class_of
from models import DataType
from models.call_fields import CORRECTABLE, GIVEN, CallField
from resolvers.absent import ABSENT


def _given() -> Iterator[Member]:
    for field in GIVEN:
        kind, text = TYPE_OF[field.data_type], _described(field)
        if field.is_required:
            yield field.name, kind, strawberry.field(name=field.key, description=text)
        else:
            if field.default is not None:
                text += f" The default for a new call is {field.default}."
            yield field.name, kind | None, strawberry.field(name=field.key, description=text, default=None)


def _corrected() -> Iterator[Member]:
    for field in CORRECTABLE:
        text = _described(field) if field.is_nullable else f"{_described(field)} Cannot be null."
        member = strawberry.field(name=field.key, description=text, default=None)
        yield field.name, Maybe[TYPE_OF[field.data_type] | None], member


def _described(field: CallField) -> str:
    """What it is and, where its type does not say it, what a value of it can be."""
    match field.data_type:
        case DataType.STRING | DataType.NUMBER:
            return f"{field.description} {field.form[:1].upper()}{field.form[1:]}."
        case DataType.BOOLEAN | DataType.DATETIME:
            return field.description


if TYPE_CHECKING:

    class GivenCallFields:
        """What is known of a call that is brought in."""

    class CorrectedCallFields:
        """What is found out about a call."""
else:
    GivenCallFields = strawberry.input(class_of("GivenCallFields", _given(), __name__))
    CorrectedCallFields = strawberry.input(class_of("CorrectedCallFields", _corrected(), __name__))


def corrected_fields(input: CorrectedCallFields) -> dict[str, Any]:
    """The fields that an input gives, by name; null is given too."""
    found = {field.name: given(getattr(input, field.name)) for field in CORRECTABLE}
    return {name: value for name, value in found.items() if value is not ABSENT}
