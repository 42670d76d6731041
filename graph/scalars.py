"""The scalars that GraphQL itself lacks: 64-bit integers, times with an offset, JSON, and time zones by name."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NewType
from zoneinfo import ZoneInfo, available_timezones

import orjson
import strawberry
from graphql import (
    EnumValueNode,
    GraphQLError,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    print_ast,
    value_from_ast_untyped,
)
from rapidfuzz import process
from strawberry.types.scalar import ScalarDefinition

from aggregation.answer.instants import Instants
from filters.instants import rfc3339

BigInt = NewType("BigInt", int)
"""A whole number of 64 bits. For fields that are ``int`` in Python: ``strawberry.field(graphql_type=BigInt)``."""

JSON = NewType("JSON", object)
"""Any JSON value, as Python's own types."""

TimeZone = NewType("TimeZone", str)
"""The IANA name of a time zone."""

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,19}", re.ASCII)
_EXACT = 2**53
"""From here on not every whole number is a double."""

_SHOWN = 60
"""Characters of a refused value that its error repeats."""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_RENDERING = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC | orjson.OPT_SERIALIZE_NUMPY


def rfc3339_all(instants: Sequence[datetime | None]) -> list[str | None]:
    """``rfc3339`` of many, rendered at once where all are in UTC; None stays None."""
    if isinstance(instants, Instants):
        return orjson.loads(orjson.dumps(instants.microseconds.astype("datetime64[us]"), option=_RENDERING))
    if all(one is None or one.tzinfo is UTC for one in instants):
        return orjson.loads(orjson.dumps(instants, option=_RENDERING))
    return [None if one is None else rfc3339(one) for one in instants]


def is_big_int(number: int) -> bool:
    """Whether a whole number has at most 64 bits, its sign among them."""
    return -(2**63) <= number < 2**63


def big_int(value: object) -> int:
    """The whole number that an answer holds, as it is.

    Raises:
        GraphQLError: it is no whole number of 64 bits.
    """
    if isinstance(value, int) and not isinstance(value, bool) and is_big_int(value):
        return value
    raise GraphQLError(f"BigInt cannot represent {_shown(value)}.")


def parse_big_int(value: object) -> int:
    """The whole number that a JSON number or a string of digits stands for.

    Raises:
        GraphQLError: it is neither, or has more than 64 bits.
    """
    match value:
        case bool():
            pass
        case int() if is_big_int(value):
            return value
        case float() if value.is_integer() and abs(value) <= _EXACT:
            return int(value)
        case str() if _INTEGER.fullmatch(value) and is_big_int(int(value)):
            return int(value)
        case _:
            pass
    raise GraphQLError(
        f"BigInt {_shown(value)} is not a whole number from -2^63 to 2^63 - 1: write it as a number or as a string of "
        "digits, without a fraction or an exponent."
    )


def parse_big_int_literal(literal: ValueNode, _variables: dict[str, Any] | None = None) -> int:
    """The same of a literal: an Int, or a String of digits.

    Raises:
        GraphQLError: it is neither, or has more than 64 bits.
    """
    match literal:
        case IntValueNode(value=text) | StringValueNode(value=text):
            return parse_big_int(text)
        case _:
            raise GraphQLError(
                f"BigInt {_shown(print_ast(literal))} is not a whole number: write it as a number or as a string of "
                "digits, without a fraction or an exponent.",
                literal,
            )


def parse_date_time(value: object) -> datetime:
    """The moment that an RFC 3339 text with an offset names.

    Raises:
        GraphQLError: it is no such text.
    """
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise GraphQLError(f"DateTime {_shown(value)} is not a valid calendar time.") from error
    raise GraphQLError(
        f"DateTime {_shown(value)} is not RFC 3339 with an offset: write it as 2025-11-03T00:00:00Z "
        "or 2025-11-03T01:00:00+01:00."
    )


@cache
def time_zone_names() -> frozenset[str]:
    """The names of all time zones that this machine's time zone database knows."""
    return frozenset(available_timezones())


def parse_time_zone(value: object) -> str:
    """The name itself, when a time zone has it.

    Raises:
        GraphQLError: there is no such zone; names the nearest ones.
    """
    names = time_zone_names()
    if isinstance(value, str) and value in names:
        ZoneInfo(value)
        return value
    message = f"TimeZone {_shown(value)} is not an IANA time zone name."
    near = process.extract(value[:_SHOWN], names, limit=3, score_cutoff=70) if isinstance(value, str) else []
    if near:
        raise GraphQLError(f"{message} Did you mean: {', '.join(name for name, _, _ in near)}?")
    raise GraphQLError(f"{message} Use a name such as Europe/Berlin, America/New_York or UTC.")


def _same(value: object) -> object:
    return value


def parse_json_literal(literal: ValueNode, variables: dict[str, Any] | None = None) -> object:
    """The JSON value that a GraphQL value stands for.

    Raises:
        GraphQLError: it has a word that is a number elsewhere; as a name of GraphQL it would become a text.
    """
    waiting = [literal]
    while waiting:
        node = waiting.pop()
        match node:
            case EnumValueNode(value=("NaN" | "Infinity") as name):
                raise GraphQLError(
                    f"{name} is not a valid JSON number; to pass it as a string, put it in quotes.", node
                )
            case ListValueNode(values=values):
                waiting.extend(values)
            case ObjectValueNode(fields=fields):
                waiting.extend(field.value for field in fields)
            case _:
                pass
    return value_from_ast_untyped(literal, variables)


SCALARS: Mapping[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number of 64 bits, -2^63 to 2^63 - 1: a row number or a count. A JSON number; input "
        "can also be a string of digits. JavaScript rounds numbers above 2^53; if numbers can be that large, use IDs "
        "instead, which are strings.",
        specified_by_url="https://ibm.github.io/graphql-specs/custom-scalars/long.html",
        serialize=big_int,
        parse_value=parse_big_int,
        parse_literal=parse_big_int_literal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A date and time in RFC 3339 format. Input requires an offset; output is in UTC and ends with Z.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=rfc3339,
        parse_value=parse_date_time,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value. In a query, write it as a GraphQL literal; in variables, as plain JSON.",
        specified_by_url="https://ecma-international.org/publications-and-standards/standards/ecma-404/",
        serialize=_same,
        parse_value=_same,
        parse_literal=parse_json_literal,
    ),
    TimeZone: strawberry.scalar(
        name="TimeZone",
        description="The IANA name of a time zone, such as Europe/Berlin or UTC.",
        specified_by_url="https://www.iana.org/time-zones",
        serialize=str,
        parse_value=parse_time_zone,
    ),
}
"""For ``StrawberryConfig.scalar_map``."""
