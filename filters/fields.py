"""The fields that filters may name, as their owner hands them over: columns, types, and the rows they stand in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_

from filters.clock_fields import ClockField, clock_field, known_zone, value_column
from filters.faults import ECHO_LENGTH, echo
from filters.metadata_names import METADATA, PATTERNS, UNSTORABLE, key_of, read_name, wrong_type
from filters.metadata_values import metadata_value
from filters.operators import operators_of
from filters.suggestions import nearest
from filters.value_types import FieldType

_METADATA_DESCRIPTIONS = {
    FieldType.STRING: "The value of a top-level key of the call's metadata, as text. Write the key in place of KEY: "
    "`metadata.region`.",
    FieldType.NUMBER: "The same as a number: `metadata.turns::number`. It has no value if the key's value is not a "
    "number in JSON.",
    FieldType.BOOLEAN: "The same as a boolean: `metadata.vip::boolean`. It has no value if the key's value is not true "
    "or false in JSON.",
}

DecodeGlobalId = Callable[[str], tuple[str, int] | None]
"""Turns a global id into its type's name and number; None for any other text."""


class Row(StrEnum):
    """Whose value a field is: the call's own (its agent's too), or that of one of its metric evaluations."""

    CALL = "call"
    EVALUATION = "evaluation"


@dataclass(frozen=True, eq=False)
class Related:
    """A table with rows that belong to a call.

    Attributes:
        on: the condition that ties its rows to the call, or to the rows of a table before it, within a project.
        project_id: the column that says whose a row is.
    """

    table: FromClause
    on: ColumnElement[bool]
    project_id: ColumnElement[int]

    def of(self, project_id: int) -> ColumnElement[bool]:
        """The condition that ties its rows, for calls of this project."""
        return and_(self.project_id == project_id, self.on)


@dataclass(frozen=True, eq=False)
class Field:
    """A field that conditions can name.

    Args:
        name: as filters write it.
        data_type: the type of its values.
        column: its value in SQL. Of a dynamic field: something that is NULL exactly where no variant has a value.
        description: one sentence of documentation.
        nullable: whether it can be without a value.
        row: whose value it is.
        path: the related tables between the call and the column, in order; empty for the call's own columns.
        node_type: for row numbers, the type of global id that may be given instead.
        variants: for a dynamic field, the column of each type of value.
        choices: the only values that it can have; empty where there is no end of them.
    """

    name: str
    data_type: FieldType
    column: ColumnElement[Any]
    description: str
    nullable: bool = False
    row: Row = Row.CALL
    path: tuple[Related, ...] = ()
    node_type: str | None = None
    variants: Mapping[FieldType, ColumnElement[Any]] = field(default_factory=lambda: MappingProxyType({}))
    choices: tuple[int, ...] | tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that it takes."""
        return operators_of(self.data_type)

    def column_of(self, kind: FieldType) -> ColumnElement[Any]:
        """The column to compare with a value of type ``kind``."""
        return self.variants.get(kind, self.column)


class UnknownFieldError(LookupError):
    """There is no such field. ``suggestion`` is the name that was probably meant."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion


class FieldRegistry:
    """All fields of one kind of record.

    Args:
        fields: the fields by their canonical names.
        records: the table of the records that are filtered; what relates to them is correlated to it.
        metadata: the jsonb column whose top-level keys are fields, as ``metadata.KEY``.
        evaluations: the related rows that ``metric_evaluations.*`` fields stand in.
        aliases: other names that are accepted, and what they stand for.
        decode_global_id: reads the global ids that may stand for row numbers.
        time: the column of the instant whose ``hour_of_day`` and ``day_of_week`` are fields, in any zone; those without
            a zone are among ``fields``. None where there is none.
    """

    def __init__(
        self,
        fields: Iterable[Field],
        *,
        records: FromClause,
        metadata: ColumnElement[Any],
        evaluations: Related,
        decode_global_id: DecodeGlobalId,
        aliases: Mapping[str, str] = MappingProxyType({}),
        time: ColumnElement[Any] | None = None,
    ) -> None:
        self._fields = {field.name: field for field in fields}
        self._aliases = aliases
        self._metadata = metadata
        # The expression costs more than all the rest of a condition, and the keys in use are few. A filter can have
        # 1,090 conditions: of fewer fields, none would be there any more when it comes to it again.
        self._metadata_field = lru_cache(maxsize=2_048)(self._make_metadata_field)
        self._time = time
        self._clock_field = lru_cache(maxsize=1_024)(self._make_clock_field)
        self.records = records
        self.evaluations = evaluations
        self.decode_global_id = decode_global_id

    def lookup(self, name: str) -> Field:
        """The field of a name or alias; for ``metadata.KEY`` the key's value, as text or as the type in the name.

        Raises:
            UnknownFieldError: there is none.
        """
        field = self._fields.get(self._aliases.get(name, name))
        if field is not None:
            return field
        if name.startswith(METADATA):
            return self._metadata_field(name)
        clock = clock_field(name)
        if clock is not None and clock.part in self._fields:
            return self._clock_field(clock)
        raise UnknownFieldError(f"The field {echo(name)} does not exist.", self.near(name))

    def listed(self) -> tuple[Field, ...]:
        """Every field, with ``metadata.KEY`` standing for the keys of metadata, once for each type."""
        examples = (replace(self._metadata_field(name), name=name) for name in PATTERNS.values())
        return (*self._fields.values(), *examples)

    def names(self) -> tuple[str, ...]:
        """The names of ``listed``."""
        return (*self._fields, *PATTERNS.values())

    def near(self, name: str) -> str | None:
        """The field name that was probably meant by ``name``."""
        return nearest(name, (*self._fields, *self._aliases))

    def _make_clock_field(self, clock: ClockField) -> Field:
        assert clock.zone is not None
        assert self._time is not None, "where a part of a clock is a field, its instant is known"
        try:
            known_zone(clock.zone)
        except ValueError as error:
            raise UnknownFieldError(str(error), clock.part.value) from error
        return replace(self._fields[clock.part], name=clock.name, column=value_column(clock, self._time))

    def _make_metadata_field(self, name: str) -> Field:
        found = read_name(name)
        if found is None:
            raise _no_key(name)
        column = metadata_value(self._metadata, found)
        return Field(found.text, found.kind, column, _METADATA_DESCRIPTIONS[found.kind], nullable=True)


def _no_key(name: str) -> UnknownFieldError:
    wrong = wrong_type(name)
    if wrong is not None:
        return UnknownFieldError(f"{echo(name)} is not a valid field. {wrong.message}", wrong.suggestion)
    written = name.removeprefix(METADATA)
    top = written.partition(".")[0]
    if UNSTORABLE.search(written) and "." not in written:
        return UnknownFieldError(f"{echo(name)} contains a character that is not allowed in metadata keys.")
    near = f"{METADATA}{top}" if top and len(top) <= ECHO_LENGTH and key_of(f"{METADATA}{top}") else None
    message = (
        f"Only top-level metadata keys can be used as fields, written as metadata.KEY; {echo(name)} is not such a key."
    )
    if "." in written:
        message += ' Write a key that contains a dot in quotes: metadata."a.b".'
    return UnknownFieldError(message, near)
