"""What a mapping fills: the values of a call, where each comes from, and which rows are no calls."""

from dataclasses import dataclass
from datetime import tzinfo
from enum import Enum
from typing import Union

from models.types import EvaluationType
from server.importing.values.cells import Convert, Scalar
from server.importing.values.day_orders import DayOrders
from server.importing.values.times import ConvertTime


class Part(Enum):
    """The part of a call that a value belongs to."""

    CALL = "call"
    METADATA = "metadata"
    METRICS = "metrics"
    FEEDBACK = "feedback"


PARTS = {part.value: part for part in Part}
"""The parts by their names in pointers and mappings."""


REST = "*"
"""The key of metadata that stands for everything which has no other use."""


class Blank(Enum):
    """What becomes of several columns of which some are empty. Without any, there is no value in each case."""

    NO_VALUE = "no value"
    LEFT_OUT = "left out"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a table, or a path into a document. One that ``is_optional`` may be absent from a table's header."""

    name: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Several of them as one text."""

    cells: tuple[Cell, ...]
    joiner: str
    blank: Blank


@dataclass(frozen=True, slots=True)
class Constant:
    """The same for every row; it is not converted. Zones are what times are read with."""

    value: Scalar | tzinfo


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first of several values that is there."""

    values: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Between:
    """Seconds from one time to another; none where one of them is not there.

    Attributes:
        has_one_day: whether the end has the day of the start, so that one before the start is on the next day.
    """

    start: "Value"
    end: "Value"
    has_one_day: bool = False


@dataclass(frozen=True, slots=True)
class InZone:
    """A time with the zone that another value names."""

    time: Cell | Joined
    zone: "Value"
    convert: ConvertTime


@dataclass(frozen=True, slots=True)
class RowHash:
    """What tells a row from others that differ in anything."""


@dataclass(frozen=True, slots=True)
class Then:
    """What is made of another value, once it is converted."""

    value: "Value"
    convert: Convert


Source = Union[Cell, Joined, Constant, FirstOf, Between, InZone, RowHash, Then]  # noqa: UP007 — of names yet to come


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it comes from.

    Attributes:
        convert: of what stands in cells; other sources give values as they are.
        null: texts that mean that there is none, in lower case.
        default: the value where there is none.
        when: what must hold of the row; otherwise there is none.
        is_doubtful: whether texts are numbers, and the mapping does not say how they are written.
        allowed: what may stand there, where another form than that of calls was set.
        orders: of times whose formats have both orders of day and month.
    """

    source: Source
    convert: Convert
    null: frozenset[str] = frozenset()
    default: Scalar | tzinfo | None = None
    when: tuple["Condition", ...] = ()
    is_doubtful: bool = False
    allowed: str = ""
    orders: DayOrders | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A value of a call, and what it is filled with."""

    part: Part
    key: str
    value: Value
    metric_type: EvaluationType | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Metadata of everything that no other target uses: of a row, or of the object at a path.

    Attributes:
        cell: the object's path; None for the row itself.
        prefix: of the keys.
        without: keys that are left out.
    """

    cell: Cell | None = None
    prefix: str = ""
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Condition:
    """What rows are told by. All that is given must hold.

    Attributes:
        equals: texts that the cell is one of; these and the next are in lower case.
        differs: texts that it is none of.
        starts: texts that it begins with one of.
        contains: texts that it has one of in it.
        is_empty: whether there is no value.
        within: two numbers: it has a number from the first to the second.
        beyond: two numbers: it has no such number.
    """

    cell: Cell
    null: frozenset[str] = frozenset()
    equals: frozenset[str] | None = None
    differs: frozenset[str] | None = None
    starts: tuple[str, ...] | None = None
    contains: tuple[str, ...] | None = None
    is_empty: bool | None = None
    within: tuple[float, float] | None = None
    beyond: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of a transcript. The cells of all but ``turns`` are paths into one turn.

    Attributes:
        turns: the list.
        time: seconds from the start of the call; or, with ``is_absolute``, the time itself.
        skip: which items are no turns. Those without a text are none, either.
    """

    turns: Value
    role: Value
    text: Value
    time: Value | None = None
    is_absolute: bool = False
    skip: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What becomes of a row.

    Attributes:
        skip: which rows are no calls: those of which one of these holds.
        no_agent: the agent of calls without one; None where that is an error.
    """

    targets: tuple[Target, ...]
    rest: tuple[Rest, ...] = ()
    transcript: Turns | None = None
    skip: tuple[Condition, ...] = ()
    no_agent: str | None = None
