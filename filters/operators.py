"""The comparison operators: one table, from which come the checks, the SQL, the catalogue and the documentation."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BinaryExpression, Boolean, ColumnElement, and_, true
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import Grouping

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
    BETWEEN = "between"
    ISNULL = "isnull"
    REGEX = "regex"


class Arity(StrEnum):
    """What an operator takes as value: one of the field's type, a list of them, the two ends of a range, or a flag."""

    ONE = "one"
    LIST = "list"
    PAIR = "pair"
    FLAG = "flag"


class Selects(StrEnum):
    """Which values a comparison lets through, as places on a line where they have an order.

    Windows, contradictions and unreachable ranges are derived from it: what a new operator selects says all of that.
    """

    EQUAL = "equal"
    UNEQUAL = "unequal"
    ABOVE = "above"
    FROM = "from"
    BELOW = "below"
    UP_TO = "up_to"
    WITHIN = "within"
    MATCHING = "matching"
    """Texts that fit a pattern; which these are is not known as a set."""
    ABSENT = "absent"


_BOOLEAN = Boolean()
_EQUALS_ANY = operators.custom_op[bool]("= ANY", precedence=5, is_comparison=True)

Builder = Callable[[ColumnElement[Any], Any, FieldType], ColumnElement[bool]]


@dataclass(frozen=True)
class Operator:
    """A row of the table.

    Args:
        name: as filters write it.
        types: the field types it compares.
        arity: what it takes as value.
        selects: which values it lets through.
        build: its SQL, from the column, the checked value and the value's type.
        phrase: how English says it, between field and value.
        time_phrase: the same for datetimes.
        description: its line of documentation.
        fits: for patterns, whether a text fits one, both in lower case; None where only PostgreSQL can tell.
    """

    name: Op
    types: frozenset[FieldType]
    arity: Arity
    selects: Selects
    build: Builder
    phrase: str
    time_phrase: str
    description: str
    fits: Callable[[str, str], bool] | None = None


def _compare(operator: Callable[..., Any], negated: Callable[..., Any], **modifiers: Any) -> Builder:
    """Compares a column with a value.

    The expression is put together by hand: what SQLAlchemy does to coerce the operands, which are known here, costs
    several times as much, and a filter has up to hundreds of these.
    """

    def build(column: ColumnElement[Any], value: Value, kind: FieldType) -> ColumnElement[bool]:
        operand = bind(value, kind)
        return BinaryExpression(column, operand, operator, type_=_BOOLEAN, negate=negated, modifiers=modifiers)

    return build


_GREATER = _compare(operators.gt, operators.le)
_AT_LEAST = _compare(operators.ge, operators.lt)
_LESS = _compare(operators.lt, operators.ge)
_AT_MOST = _compare(operators.le, operators.gt)
_SAME = _compare(operators.eq, operators.ne)
_OTHER = _compare(operators.is_distinct_from, operators.is_not_distinct_from)
_MATCHES = _compare(operators.regexp_match_op, operators.not_regexp_match_op, flags=None)
_ILIKE = _compare(operators.ilike_op, operators.not_ilike_op)


def _equal(column: ColumnElement[Any], value: Value, kind: FieldType) -> ColumnElement[bool]:
    if isinstance(value, Span):
        return and_(_AT_LEAST(column, value.start, kind), _LESS(column, value.end, kind))
    return _SAME(column, value, kind)


def _not_equal(column: ColumnElement[Any], value: Value, kind: FieldType) -> ColumnElement[bool]:
    if isinstance(value, Span):
        return _equal(column, value, kind).is_not(true())
    return _OTHER(column, value, kind)


def _literal_pattern(text: str) -> str:
    """``text`` with the special characters of LIKE escaped by ``\\``, which PostgreSQL expects if none is named."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _like(before: str, after: str) -> Builder:
    def build(column: ColumnElement[Any], value: str, kind: FieldType) -> ColumnElement[bool]:
        return _ILIKE(column, f"{before}{_literal_pattern(value)}{after}", kind)

    return build


def _one_of(column: ColumnElement[Any], value: Value, kind: FieldType) -> ColumnElement[bool]:
    return BinaryExpression(column, Grouping(bind(value, kind)), _EQUALS_ANY, type_=_BOOLEAN)


def _between(column: ColumnElement[Any], value: tuple[Value, Value], kind: FieldType) -> ColumnElement[bool]:
    return and_(_AT_LEAST(column, value[0], kind), _AT_MOST(column, value[1], kind))


def _is_null(column: ColumnElement[Any], value: bool, kind: FieldType) -> ColumnElement[bool]:
    return column.is_(None) if value else column.is_not(None)


_TEXT = frozenset({FieldType.STRING})
_ORDERED = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.DATETIME})
_LISTED = frozenset({FieldType.STRING, FieldType.NUMBER, FieldType.INTEGER})
_TYPED = frozenset(FieldType) - {FieldType.DYNAMIC}
_ANY = frozenset(FieldType)

_ROWS = (
    Operator(
        Op.EQ, _TYPED, Arity.ONE, Selects.EQUAL, _equal,
        "is", "is", "Equals; text is compared case-sensitively.",
    ),
    Operator(
        Op.NEQ, _TYPED, Arity.ONE, Selects.UNEQUAL, _not_equal,
        "is not", "is not", "Does not equal; also true for a field without a value.",
    ),
    Operator(
        Op.GT, _ORDERED, Arity.ONE, Selects.ABOVE, _GREATER,
        "is more than", "is after", "Greater than.",
    ),
    Operator(
        Op.GTE, _ORDERED, Arity.ONE, Selects.FROM, _AT_LEAST,
        "is at least", "is at or after", "Greater than or equal to.",
    ),
    Operator(
        Op.LT, _ORDERED, Arity.ONE, Selects.BELOW, _LESS,
        "is less than", "is before", "Less than.",
    ),
    Operator(
        Op.LTE, _ORDERED, Arity.ONE, Selects.UP_TO, _AT_MOST,
        "is at most", "is at or before", "Less than or equal to.",
    ),
    Operator(
        Op.CONTAINS, _TEXT, Arity.ONE, Selects.MATCHING, _like("%", "%"),
        "contains", "contains", "Contains the literal text, ignoring case.", fits=lambda text, part: part in text,
    ),
    Operator(
        Op.STARTSWITH, _TEXT, Arity.ONE, Selects.MATCHING, _like("", "%"),
        "starts with", "starts with", "Starts with the literal text, ignoring case.", fits=str.startswith,
    ),
    Operator(
        Op.ENDSWITH, _TEXT, Arity.ONE, Selects.MATCHING, _like("%", ""),
        "ends with", "ends with", "Ends with the literal text, ignoring case.", fits=str.endswith,
    ),
    Operator(
        Op.IN, _LISTED, Arity.LIST, Selects.EQUAL, _one_of,
        "is one of", "is one of", "Equals one of the values in a list, which cannot be empty.",
    ),
    Operator(
        Op.BETWEEN, _ORDERED, Arity.PAIR, Selects.WITHIN, _between,
        "is between", "is between", "Is between two values, given as a list, lowest first; both ends are included.",
    ),
    Operator(
        Op.ISNULL, _ANY, Arity.FLAG, Selects.ABSENT, _is_null,
        "has no value", "has no value", "Has no value (true), or has one (false). An empty string is a value.",
    ),
    Operator(
        Op.REGEX, _TEXT, Arity.ONE, Selects.MATCHING, _MATCHES,
        "matches the pattern", "matches the pattern",
        "Matches a PostgreSQL regular expression, case-sensitively; at most 200 characters, no back-references.",
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
    kinds = {*DYNAMIC_TYPES, kind} if kind is FieldType.DYNAMIC else {kind}
    return tuple(row.name.value for row in _ROWS if row.types & kinds)


_BY_TYPE = {kind: _names(kind) for kind in FieldType}


def operators_of(kind: FieldType) -> tuple[str, ...]:
    """Names of the operators that fields of a type take; for ``dynamic``, those that some type of value takes."""
    return _BY_TYPE[kind]
