"""Lists completed a column at a time are byte for byte what the standard executor answers."""

import json
import math
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from aggregation.answer.item_columns import Columns
from graph import columns
from graph.columns import ColumnExecutor, as_list
from graph.scalars import SCALARS, BigInt
from tests.stalls import measured_stalls


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.type
class Leaf:
    label: str
    weight: float | None = None


@strawberry.type
class Point:
    id: strawberry.ID
    timestamp: datetime
    value: float
    count: int
    number: int = strawberry.field(graphql_type=BigInt)
    note: str | None
    colour: Colour
    flag: bool | None
    leaf: Leaf
    perhaps: Leaf | None
    leaves: list[Leaf]

    @strawberry.field
    def half(self) -> float:
        return self.value / 2

    @strawberry.field
    def first_leaf(self) -> Leaf | None:
        return self.leaves[0] if self.leaves else None

    @strawberry.field
    def doubled(self, by: int = 2) -> float:
        return self.value * by

    @strawberry.field
    async def later(self) -> str | None:
        return self.note


class Lazy:
    """An attribute that cannot be read."""

    def __get__(self, instance: object, owner: type) -> str:
        raise RuntimeError("unreadable")


@strawberry.type
class Broken:
    name: str | None
    other: int


class BrokenRow(Broken):
    name = Lazy()  # pyright: ignore[reportAssignmentType]

    def __init__(self, other: int) -> None:
        self.other = other


def make_points(values: list[Any]) -> list[Point]:
    return [
        Point(
            id=strawberry.ID(f"p{number}"),
            timestamp=datetime(2026, 1, 1, tzinfo=UTC),
            value=value,
            count=number if value != 13 else 2**40,
            number=2**53 + number if value != 2.5 else 2**63,
            note=None if number % 3 == 0 else f"note \u2028 {number}",
            colour=Colour.RED if number % 2 else Colour.BLUE,
            flag=(None, True, False)[number % 3],
            leaf=Leaf(label=str(number), weight=None),
            perhaps=Leaf(label=f"perhaps {number}") if number % 4 else None,
            leaves=[Leaf(label=f"{number}.{at}", weight=at / 3) for at in range(number % 11)],
        )
        for number, value in enumerate(values)
    ]


@strawberry.type
class Query:
    @strawberry.field
    def listed(self, info: strawberry.Info) -> list[Point]:
        return info.context

    @strawberry.field
    def points(self, info: strawberry.Info) -> list[Point]:
        return make_points(info.context)

    @strawberry.field
    def maybe(self, info: strawberry.Info) -> list[Point | None] | None:
        rows = make_points(info.context)
        return [row if number != 9 else None for number, row in enumerate(rows)]  # a null among them

    @strawberry.field
    def kept(self, info: strawberry.Info) -> list[Point]:
        rows = make_points(info.context)
        names = ("id", "timestamp", "value", "count", "number", "note", "colour", "flag", "leaf", "perhaps", "leaves")

        def column(name: str) -> Callable[[], list[Any]]:
            return lambda: [getattr(row, name) for row in rows]

        return as_list(Columns(len(rows), {name: column(name) for name in names}, lambda: rows))

    @strawberry.field
    def broken(self) -> list[Broken | None]:
        return [BrokenRow(number) for number in range(12)]


CONFIG = StrawberryConfig(scalar_map=SCALARS)
FAST = strawberry.Schema(Query, execution_context_class=ColumnExecutor, config=CONFIG)
STANDARD = strawberry.Schema(Query, config=CONFIG)

SELECTIONS = (
    "id", "timestamp", "value", "count", "number", "note", "colour", "flag", "__typename", "doubled", "doubled(by: 3)",
    "later", "leaf { label }", "leaves { label weight __typename }", "leaves { weight }", "half",
    "perhaps { l: label weight }", "firstLeaf { weight label }",
)  # fmt: skip
VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([13, 0, -0.0, 2.5, math.inf, None, "x"])
)


@st.composite
def selections(draw: st.DrawFn, depth: int = 0) -> str:
    parts: list[str] = []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(
            st.sampled_from(
                ("field", "field", "alias", "include", "skip", "inline", "spread") if depth < 2 else ("field",)
            )
        )
        field = draw(st.sampled_from(SELECTIONS))
        match kind:
            case "field":
                parts.append(f"{field}" if "doubled" not in field else f"d{number}{depth}: {field}")
            case "alias":
                parts.append(f"a{number}{depth}x{draw(st.integers(0, 9))}{SELECTIONS.index(field)}: {field}")
            case "include" | "skip":
                on = draw(st.sampled_from(("$yes", "$no", "true", "false")))
                name, brace, rest = field.partition(" {")
                parts.append(f"s{number}{depth}{SELECTIONS.index(field)}: {name} @{kind}(if: {on}){brace}{rest}")
            case "inline":
                parts.append(f"... on Point {{ {draw(selections(depth + 1))} }}")
            case _:
                parts.append("...Shared")
    return " ".join(parts)


def outcome(result: Any) -> str:
    errors = [error.formatted for error in result.errors or []]
    return json.dumps([result.data, errors], default=str)


@pytest.mark.fuzz
@pytest.mark.slow
@given(
    selection=selections(),
    shared=st.sampled_from(SELECTIONS[:7]),
    values=st.lists(VALUES, max_size=14),
    yes=st.booleans(),
    root=st.sampled_from(("points", "maybe", "kept")),
)
async def test_both_executors_answer_alike(
    selection: str, shared: str, values: list[Any], yes: bool, root: str
) -> None:
    query = (
        f"query Q($yes: Boolean! = {str(yes).lower()}, $no: Boolean! = false) "
        f"{{ ok: __typename @include(if: $yes) @skip(if: $no) {root} {{ {selection} ...Shared }} }} "
        f"fragment Shared on Point {{ {shared} __typename }}"
    )
    fast = await FAST.execute(query, context_value=values)
    standard = await STANDARD.execute(query, context_value=values)
    assert outcome(fast) == outcome(standard), query


@pytest.mark.parametrize("query", ["{ broken { name other } }", "{ broken { other } }", "{ points { id missing } }"])
async def test_what_cannot_be_read_fails_as_it_always_does(query: str) -> None:
    fast = await FAST.execute(query, context_value=[1.0] * 20)
    standard = await STANDARD.execute(query, context_value=[1.0] * 20)
    assert outcome(fast) == outcome(standard)


async def test_plain_lists_really_take_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    before = columns.completed

    def completed(values: list[Any], *rest: Any) -> Sequence[Any]:
        taken.append(len(values))
        return before(values, *rest)

    monkeypatch.setattr(columns, "completed", completed)
    query = (
        "{ points { id t: timestamp colour half leaf { label } leaves { label } } kept { value perhaps { label } } }"
    )
    result = await FAST.execute(query, context_value=[1.5] * 40)
    assert result.errors is None
    assert taken[:5] == [40] * 5
    assert taken[-2:] == [40, 30]


@pytest.mark.parametrize(
    "query",
    [
        "{ points { id t: timestamp colour half leaf { label } leaves { label } } kept { value perhaps { label } } }",
        "{ points { count number } maybe { id note } }",
    ],
)
async def test_many_are_completed_in_a_thread(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set[str]()
    before = columns.completed

    def completed(*given: Any) -> Sequence[Any]:
        threads.add(threading.current_thread().name)
        return before(*given)

    monkeypatch.setattr(columns, "completed", completed)
    values = [float(number) for number in range(1_000)]
    fast = await FAST.execute(query, context_value=values)
    assert any(name.startswith("large-lists") for name in threads)
    assert outcome(fast) == outcome(await STANDARD.execute(query, context_value=values))


@pytest.mark.slow
async def test_the_standard_way_lets_the_loop_go_on() -> None:
    """Here because a field has a resolver with an argument."""
    points = make_points([1.0] * 5_000)
    async with measured_stalls() as stalls:
        result = await FAST.execute("{ listed { id doubled(by: 3) leaf { label } } }", context_value=points)
    assert result.errors is None
    assert result.data is not None
    assert len(result.data["listed"]) == len(points)
    assert stalls.processor < 0.08
