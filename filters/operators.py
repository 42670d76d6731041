"""The comparison operators: one table, from which come the checks, the SQL, the catalogue and the documentation."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.sql import operators

from filters.selections import Absent, AnyOf, Builder, Edge, Matching, Not, Selection, Within, compare, sql_of
from filters.value_types import FieldType


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
    BETWEEN = "between"
    ISNULL = "isnull"
    REGEX = "regex"


class Arity(StrEnum):
    """What an operator takes as value: one of the field's type, a list of them, the two ends of a range, or a flag."""

    ONE = "one"
    LIST = "list"
    PAIR = "pair"
    FLAG = "flag"

    @property
    def is_list(self) -> bool:
        """Whether it is a list of values."""
        match self:
            case Arity.LIST | Arity.PAIR:
                return True
            case Arity.ONE | Arity.FLAG:
                return False


@dataclass(frozen=True)
class Operator:
    """A row of the table.

    Args:
        name: as filters write it.
        types: the field types it compares.
        arity: what it takes as value.
        selects: which values it lets through; SQL, windows, contradictions and unreachable ranges follow from it.
        phrase: how English says it, between field and value.
        description: its line of documentation.
        time_phrase: how English says it of datetimes, where it is not the same.
        typed: how typed filters write it, where it is not the same; JSON may write it so, too.
    """

    name: Op
    types: frozenset[FieldType]
    arity: Arity
    selects: Selection
    phrase: str
    description: str
    time_phrase: str | None = None
    typed: str | None = None

    @property
    def typed_name(self) -> str:
        """Its name in typed filters."""
        return self.typed or self.name.value

    @cached_property
    def build(self) -> Builder:
        """Its SQL, from the column, the checked value and the value's type."""
        return sql_of(self.selects)

    def phrase_for(self, kind: FieldType) -> str:
        """How English says it of values of a type."""
        match kind:
            case FieldType.DATETIME:
                return self.time_phrase or self.phrase
            case FieldType.STRING | FieldType.NUMBER | FieldType.INTEGER | FieldType.BOOLEAN | FieldType.DYNAMIC:
                return self.phrase

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edges of the interval that it matches, or that it excludes; none if there is no interval."""
        match self.selects:
            case Within(edges) | Not(Within(edges)):
                return edges
            case AnyOf() | Matching() | Absent() | Not():
                return ()

    @property
    def is_of_equality(self) -> bool:
        """Whether it lets through the values it is given, or all others: no order and no pattern is asked for."""
        return self.selects in (AnyOf(), Not(AnyOf()))


_MATCHES = compare(operators.regexp_match_op, operators.not_regexp_match_op, flags=None)
_ILIKE = compare(operators.ilike_op, operators.not_ilike_op)


def _literal_pattern(text: str) -> str:
    """``text`` with the special characters of LIKE escaped by ``\\``, which PostgreSQL expects if none is named."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _like(before: str, after: str) -> Builder:
    def build(column: ColumnElement[Any], value: str, kind: FieldType) -> ColumnElement[bool]:
        return _ILIKE(column, f"{before}{_literal_pattern(value)}{after}", kind)

    return build


def _contains(text: str, part: str) -> bool:
    return part in text


MAX_REGEX = 200
"""The most characters of a regular expression."""

_TEXT = frozenset({FieldType.STRING})
_ORDERED = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.DATETIME})
_LISTED = frozenset({FieldType.STRING, FieldType.NUMBER, FieldType.INTEGER})
_TYPED = frozenset(FieldType) - {FieldType.DYNAMIC}
_ANY = frozenset(FieldType)

_ROWS = (
    Operator(
        Op.EQ, _TYPED, Arity.ONE, AnyOf(),
        "is", "Equals; text is compared case-sensitively.",
    ),
    Operator(
        Op.NEQ, _TYPED, Arity.ONE, Not(AnyOf()),
        "is not", "Does not equal; also true for a field without a value.",
    ),
    Operator(
        Op.GT, _ORDERED, Arity.ONE, Within((Edge.ABOVE,)),
        "is more than", "Greater than.", "is after",
    ),
    Operator(
        Op.GTE, _ORDERED, Arity.ONE, Within((Edge.FROM,)),
        "is at least", "Greater than or equal to.", "is at or after",
    ),
    Operator(
        Op.LT, _ORDERED, Arity.ONE, Within((Edge.BELOW,)),
        "is less than", "Less than.", "is before",
    ),
    Operator(
        Op.LTE, _ORDERED, Arity.ONE, Within((Edge.UP_TO,)),
        "is at most", "Less than or equal to.", "is at or before",
    ),
    Operator(
        Op.CONTAINS, _TEXT, Arity.ONE, Matching(_like("%", "%"), _contains),
        "contains", "Contains the literal text, ignoring case.",
    ),
    Operator(
        Op.STARTSWITH, _TEXT, Arity.ONE, Matching(_like("", "%"), str.startswith),
        "starts with", "Starts with the literal text, ignoring case.",
        typed="startsWith",
    ),
    Operator(
        Op.ENDSWITH, _TEXT, Arity.ONE, Matching(_like("%", ""), str.endswith),
        "ends with", "Ends with the literal text, ignoring case.",
        typed="endsWith",
    ),
    Operator(
        Op.IN, _LISTED, Arity.LIST, AnyOf(),
        "is one of", "Equals one of the values in a list, which cannot be empty.",
    ),
    Operator(
        Op.BETWEEN, _ORDERED, Arity.PAIR, Within((Edge.FROM, Edge.UP_TO)),
        "is between", "Is between two values, given as a list, lowest first; both ends are included.",
    ),
    Operator(
        Op.ISNULL, _ANY, Arity.FLAG, Absent(),
        "has no value", "Has no value (true), or has one (false). An empty string is a value.",
        typed="isNull",
    ),
    Operator(
        Op.REGEX, _TEXT, Arity.ONE, Matching(_MATCHES),
        "matches the pattern",
        f"Matches a PostgreSQL regular expression, case-sensitively; at most {MAX_REGEX} characters, "
        "no back-references.",
    ),
)  # fmt: skip

OPERATORS: dict[str, Operator] = {row.name.value: row for row in _ROWS}
"""Every comparison operator by name."""

BY_SPELLING: dict[str, Operator] = {**OPERATORS, **{row.typed_name: row for row in _ROWS}}
"""Every comparison operator by all names that conditions in JSON may write."""

BY_EDGE: dict[Edge, Op] = {edge: row.name for row in _ROWS for edge in Edge if row.selects == Within((edge,))}
"""The operator of each edge by itself."""

DYNAMIC_TYPES = (FieldType.NUMBER, FieldType.BOOLEAN, FieldType.STRING)
"""The types that a value of a dynamic field can have."""

SYNONYMS = {
    "=": "eq", "==": "eq", "equals": "eq", "is": "eq", "ne": "neq", "!=": "neq", "<>": "neq", "not_equals": "neq",
    ">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "like": "contains", "ilike": "contains", "icontains": "contains",
    "prefix": "startswith", "suffix": "endswith", "null": "isnull", "exists": "isnull", "matches": "regex",
    "~": "regex", "any": "in", "one_of": "in", "range": "between", "within": "between",
}  # fmt: skip
"""Names of other languages for our operators, for suggestions only."""

NEGATED = {
    "not_in": "in", "nin": "in", "notin": "in", "none_of": "in", "not_contains": "contains", "notcontains": "contains",
    "ncontains": "contains", "doesnotcontain": "contains", "not_like": "contains", "not_ilike": "contains",
    "not_startswith": "startswith", "not_endswith": "endswith", "not_regex": "regex", "not_between": "between",
    "notnull": "isnull", "isnotnull": "isnull", "is_not_null": "isnull", "!~": "regex",
}  # fmt: skip
"""Names of other languages for the opposite of an operator of ours, which a group ``not`` around it says."""


def _names(kind: FieldType) -> tuple[str, ...]:
    kinds = {kind} if kind in _TYPED else {*DYNAMIC_TYPES, kind}
    return tuple(row.name.value for row in _ROWS if row.types & kinds)


_BY_TYPE = {kind: _names(kind) for kind in FieldType}


def operators_of(kind: FieldType) -> tuple[str, ...]:
    """Names of the operators that fields of a type take; for ``dynamic``, those that some type of value takes."""
    return _BY_TYPE[kind]
