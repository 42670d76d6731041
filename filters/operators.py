"""The comparison operators: one table, from which come the checks, the SQL, the catalogue and the documentation."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, true

from filters.value_types import FieldType, Span, Value, bind


class Op(StrEnum):
    """Names of the comparison operators."""

    EQ = "eq"
    NEQ = "neq"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    CONTAINS = "contains"
    STARTSWITH = "startswith"
    ENDSWITH = "endswith"
    IN = "in"
    ISNULL = "isnull"
    REGEX = "regex"


class Arity(StrEnum):
    """What an operator takes as value: one of the field's type, a list of them, or true or false."""

    ONE = "one"
    LIST = "list"
    FLAG = "flag"


class WhenNull(StrEnum):
    """What a comparison says of a field without a value."""

    FAILS = "fails"
    HOLDS = "holds"
    ASKED = "asked"


Builder = Callable[[ColumnElement[Any], Any, FieldType], ColumnElement[bool]]


@dataclass(frozen=True)
class Operator:
    """A row of the table.

    Args:
        name: as filters write it.
        types: the field types it compares.
        arity: what it takes as value.
        when_null: what it says of a field without a value.
        build: its SQL, from the column, the checked value and the value's type.
        phrase: how English says it, between field and value.
        time_phrase: the same for datetimes.
        description: its line of documentation.
    """

    name: Op
    types: frozenset[FieldType]
    arity: Arity
    when_null: WhenNull
    build: Builder
    phrase: str
    time_phrase: str
    description: str


def _equal(column: ColumnElement[Any], value: Value, kind: FieldType) -> ColumnElement[bool]:
    if isinstance(value, Span):
        return and_(column >= bind(value.start, kind), column < bind(value.end, kind))
    return column == bind(value, kind)


def _not_equal(column: ColumnElement[Any], value: Value, kind: FieldType) -> ColumnElement[bool]:
    if isinstance(value, Span):
        return _equal(column, value, kind).is_not(true())
    return column.is_distinct_from(bind(value, kind))


def _literal_pattern(text: str) -> str:
    """``text`` with the special characters of LIKE escaped by ``\\``, which PostgreSQL expects if none is named."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _like(before: str, after: str) -> Builder:
    def build(column: ColumnElement[Any], value: str, kind: FieldType) -> ColumnElement[bool]:
        return column.ilike(bind(f"{before}{_literal_pattern(value)}{after}", kind))

    return build


def _is_null(column: ColumnElement[Any], value: bool, kind: FieldType) -> ColumnElement[bool]:
    return column.is_(None) if value else column.is_not(None)


_TEXT = frozenset({FieldType.STRING})
_ORDERED = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.DATETIME})
_LISTED = frozenset({FieldType.STRING, FieldType.NUMBER, FieldType.INTEGER})
_TYPED = frozenset(FieldType) - {FieldType.DYNAMIC}
_ANY = frozenset(FieldType)

_ROWS = (
    Operator(Op.EQ, _TYPED, Arity.ONE, WhenNull.FAILS, _equal, "is", "is", "Equals; text in exact case."),
    Operator(
        Op.NEQ, _TYPED, Arity.ONE, WhenNull.HOLDS, _not_equal, "is not", "is not",
        "Does not equal; holds for a field without a value.",
    ),
    Operator(
        Op.GT, _ORDERED, Arity.ONE, WhenNull.FAILS, lambda column, value, kind: column > bind(value, kind),
        "is more than", "is after", "Greater than.",
    ),
    Operator(
        Op.GTE, _ORDERED, Arity.ONE, WhenNull.FAILS, lambda column, value, kind: column >= bind(value, kind),
        "is at least", "is at or after", "Greater than or equal to.",
    ),
    Operator(
        Op.LT, _ORDERED, Arity.ONE, WhenNull.FAILS, lambda column, value, kind: column < bind(value, kind),
        "is less than", "is before", "Less than.",
    ),
    Operator(
        Op.LTE, _ORDERED, Arity.ONE, WhenNull.FAILS, lambda column, value, kind: column <= bind(value, kind),
        "is at most", "is at or before", "Less than or equal to.",
    ),
    Operator(
        Op.CONTAINS, _TEXT, Arity.ONE, WhenNull.FAILS, _like("%", "%"), "contains", "contains",
        "Contains the literal text, in any case.",
    ),
    Operator(
        Op.STARTSWITH, _TEXT, Arity.ONE, WhenNull.FAILS, _like("", "%"), "starts with", "starts with",
        "Begins with the literal text, in any case.",
    ),
    Operator(
        Op.ENDSWITH, _TEXT, Arity.ONE, WhenNull.FAILS, _like("%", ""), "ends with", "ends with",
        "Ends with the literal text, in any case.",
    ),
    Operator(
        Op.IN, _LISTED, Arity.LIST, WhenNull.FAILS, lambda column, value, kind: column == any_(bind(value, kind)),
        "is one of", "is one of", "Equals one value of a list of at least one.",
    ),
    Operator(
        Op.ISNULL, _ANY, Arity.FLAG, WhenNull.ASKED, _is_null, "has no value", "has no value",
        "Has no value (true), or has one (false). An empty string is a value.",
    ),
    Operator(
        Op.REGEX, _TEXT, Arity.ONE, WhenNull.FAILS,
        lambda column, value, kind: column.regexp_match(bind(value, kind)),
        "matches the pattern", "matches the pattern",
        "Matches a regular expression of PostgreSQL, in exact case; at most 200 characters, no back-references.",
    ),
)  # fmt: skip

OPERATORS: dict[str, Operator] = {row.name.value: row for row in _ROWS}
"""Every comparison operator by name."""

DYNAMIC_TYPES = (FieldType.NUMBER, FieldType.BOOLEAN, FieldType.STRING)
"""The types that a value of a dynamic field can have."""

SYNONYMS = {
    "=": "eq", "==": "eq", "equals": "eq", "is": "eq", "ne": "neq", "!=": "neq", "<>": "neq", "not_equals": "neq",
    ">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "like": "contains", "ilike": "contains", "icontains": "contains",
    "prefix": "startswith", "suffix": "endswith", "null": "isnull", "exists": "isnull", "matches": "regex",
    "~": "regex", "any": "in", "one_of": "in",
}  # fmt: skip
"""Names of other languages for our operators, for suggestions only."""


def _names(kind: FieldType) -> tuple[str, ...]:
    kinds = {*DYNAMIC_TYPES, kind} if kind is FieldType.DYNAMIC else {kind}
    return tuple(row.name.value for row in _ROWS if row.types & kinds)


_BY_TYPE = {kind: _names(kind) for kind in FieldType}


def operators_of(kind: FieldType) -> tuple[str, ...]:
    """Names of the operators that fields of a type take; for ``dynamic``, those that some type of value takes."""
    return _BY_TYPE[kind]
