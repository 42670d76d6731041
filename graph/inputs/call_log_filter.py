"""Filters in typed form: an input tree made from the registry of fields. It becomes filter JSON."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry
from strawberry.utils.str_converters import to_camel_case

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.faults import InvalidFilterError
from filters import FaultCode, FieldType, FilterFault, Row, Translated
from filters.metadata_names import METADATA, name_of
from filters.operators import BY_SPELLING
from graph.inputs.operators import OPERATOR_INPUTS, attribute, optional_input
from graph.scalars import JSON

_ROW_NUMBER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_EXACT = 2**53

_METADATA_TYPES = {"value": FieldType.STRING, "number": FieldType.NUMBER, "boolean": FieldType.BOOLEAN}
_FIELDS = {
    to_camel_case(field.name.replace(".", "_")): field
    for field in CALL_LOG_FIELDS.listed()
    if not field.name.startswith(METADATA)
}
_GROUPS = {
    "and": "All of these are true.",
    "or": "At least one of these is true.",
    "sameRow": "A single evaluation matches all of these: only `metricEvaluations…` members, and groups of them.",
}
_GROUP_OPERATORS = {"and": "and", "or": "or", "sameRow": "same_row"}


_String = OPERATOR_INPUTS[FieldType.STRING]
_Number = OPERATOR_INPUTS[FieldType.NUMBER]
_Boolean = OPERATOR_INPUTS[FieldType.BOOLEAN]


@strawberry.input(
    description="A key of the call's metadata, and conditions on its value: as text, as a number or as a boolean. At "
    "least one is required; all that are given must be true."
)
class MetadataFilter:
    key: str = strawberry.field(description="The top-level key; `metadataKeys` lists the keys in use.")
    value: _String | None = strawberry.field(
        default=strawberry.UNSET, description="`metadata.KEY`: the conditions on its value as text."
    )
    number: _Number | None = strawberry.field(
        default=strawberry.UNSET,
        description="`metadata.KEY::number`: the conditions on its value as a number. Other values are no value.",
    )
    boolean: _Boolean | None = strawberry.field(
        default=strawberry.UNSET,
        description="`metadata.KEY::boolean`: the conditions on its value as a boolean. Other values are no value.",
    )


def _members() -> Iterator[tuple[str, tuple[Any, str]]]:
    for name, text in _GROUPS.items():
        yield name, (list["CallLogFilter"], text)
    one = Annotated["CallLogFilter", strawberry.lazy("graph.inputs.call_log_filter")]
    yield "not", (one, "This is not true; also matches if the field has no value.")
    for name, field in _FIELDS.items():
        yield name, (OPERATOR_INPUTS[field.data_type], f"`{field.name}`: {field.description}")
    yield "metadata", (MetadataFilter, "A key of the call's metadata.")


if TYPE_CHECKING:

    class CallLogFilter:
        """One part of a typed filter. Its members are those of the registry, which no type checker can know."""
else:
    CallLogFilter = optional_input(
        "CallLogFilter",
        "A filter for calls in typed form: a group, or conditions on one field. It is equivalent to the same "
        "filter in JSON. If a field has several operators, all must be true; for a field of evaluations, they "
        "must all be true for the same evaluation.",
        dict(_members()),
        module=__name__,
        one_of=True,
    )


def filter_json(
    filters: object,
    where: CallLogFilter | None,
    *,
    origin: str = "request",
    names: tuple[str, str] = ("filters", "where"),
) -> JSON | None:
    """The filter in JSON, whichever of its two forms was given. Faults of a typed one point into ``where``.

    Args:
        names: those of the two arguments.

    Raises:
        InvalidFilterError: both were given, or the typed one says nothing of a field.
    """
    given = None if filters is strawberry.UNSET else filters
    if where is None or where is strawberry.UNSET:
        return cast("JSON | None", given)
    if given is not None:
        message = "Give the filter either in JSON ({}) or typed ({}), not both.".format(*names)
        raise InvalidFilterError(origin, (FilterFault(FaultCode.INVALID_SHAPE, message, ""),))
    reader = _Reader()
    translated = reader.part(where, "", in_row=False)
    if reader.faults:
        raise InvalidFilterError(origin, tuple(reader.faults))
    return cast(JSON, translated)


class _Reader:
    """One walk over one typed filter."""

    def __init__(self) -> None:
        self.faults: list[FilterFault] = []

    def part(self, part: CallLogFilter, pointer: str, *, in_row: bool) -> Translated:
        [(name, value)] = _given(part, (*_GROUPS, "not", *_FIELDS, "metadata"))
        pointer = f"{pointer}/{name}"
        if name in _GROUP_OPERATORS:
            is_row = in_row or name == "sameRow"
            parts = [self.part(member, f"{pointer}/{at}", in_row=is_row) for at, member in enumerate(value)]
            return _group(_GROUP_OPERATORS[name], parts, pointer)
        if name == "not":
            return _group("not", [self.part(value, pointer, in_row=in_row)], pointer)
        if name == "metadata":
            return self.metadata(value, pointer)
        found = [*self.conditions(_FIELDS[name].name, value, pointer)]
        if len(found) == 1:
            return found[0]
        is_evaluation = _FIELDS[name].row is Row.EVALUATION
        return _group("same_row" if is_evaluation and not in_row else "and", found, pointer)

    def metadata(self, value: MetadataFilter, pointer: str) -> Translated:
        given = [(name, part) for name, part in _given(value, tuple(_METADATA_TYPES)) if part is not None]
        if not given:
            message = f"Give at least one of {', '.join(_METADATA_TYPES)}."
            self.faults.append(FilterFault(FaultCode.INVALID_SHAPE, message, pointer, tuple(_METADATA_TYPES)))
        groups = [
            (
                f"{pointer}/{name}",
                [*self.conditions(name_of(value.key, _METADATA_TYPES[name]), part, f"{pointer}/{name}")],
            )
            for name, part in given
        ]
        found = [condition for _, conditions in groups for condition in conditions]
        if len(found) == 1:
            return found[0]
        return _group("and", found, groups[0][0] if len(groups) == 1 else pointer)

    def conditions(self, field: str, operators: Any, pointer: str) -> Iterator[Translated]:
        given = [*_given(operators, _NAMES[type(operators)])]
        if not given:
            names = tuple(_NAMES[type(operators)])
            message = f"Give at least one of {', '.join(names)}."
            self.faults.append(FilterFault(FaultCode.INVALID_SHAPE, message, pointer, names))
        for name, value in given:
            place = f"{pointer}/{name}"
            if type(value) in _NAMES:
                yield from self.conditions(field, value, place)
            else:
                kind = _KINDS[type(operators)]
                op = BY_SPELLING[name].name.value
                yield Translated({"field": field, "op": op, "value": _plain(value, kind)}, place)


def _given(part: object, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in names:
        value = getattr(part, attribute(name))
        if value is not strawberry.UNSET:
            yield name, value


def _group(operator: str, parts: list[Translated], pointer: str) -> Translated:
    return Translated({"operator": operator, "conditions": parts}, pointer)


_KINDS: dict[type, FieldType] = {found: kind for kind, found in OPERATOR_INPUTS.items()}
_NAMES: dict[type, tuple[str, ...]] = {
    found: tuple(field.graphql_name or field.python_name for field in found.__strawberry_definition__.fields)
    for found in OPERATOR_INPUTS.values()
}


def _plain(value: Any, kind: FieldType) -> Any:
    """A value as JSON writes it: whole numbers without a point, ids of digits as numbers."""
    match value:
        case list():
            return [_plain(member, kind) for member in cast("list[Any]", value)]
        case float() if value.is_integer() and abs(value) < _EXACT:
            return int(value)
        case str() if kind is FieldType.INTEGER and _ROW_NUMBER.fullmatch(value):
            return int(value)
        case _:
            return value
