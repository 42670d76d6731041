"""Fields that are read together for a whole list answer what they answer for each object by itself."""

from collections.abc import Sequence
from typing import Any

import pytest
import strawberry

from graph.columns import ColumnExecutor
from graph.read_together import together
from graph.types.node import Node

READ: list[tuple[str, int]] = []
"""What was read, and for how many objects at once."""


async def _owners(context: Any, things: "Sequence[Thing]") -> "list[Owner | None]":
    READ.append(("owners", len(things)))
    if context == "fails":
        raise ValueError("No owners.")
    made = {thing.number % 3: Owner(name=f"owner {thing.number % 3}") for thing in things}
    return [None if thing.number % 5 == 0 else made[thing.number % 3] for thing in things]


async def _parts(_: Any, things: "Sequence[Thing]") -> "list[list[Thing]]":
    READ.append(("parts", len(things)))
    return [[Thing.of(10 * thing.number + at) for at in range(thing.number % 4)] for thing in things]


async def _endless(_: Any, things: "Sequence[Thing]") -> "list[Thing]":
    READ.append(("endless", len(things)))
    return [Thing.of(thing.number + 1) for thing in things]


@strawberry.type
class Owner:
    name: str


@strawberry.type
class Thing(Node):
    number: int

    @strawberry.field(metadata=together(_owners))
    async def owner(self, info: strawberry.Info) -> Owner | None:
        return (await _owners(info.context, [self]))[0]

    @strawberry.field(metadata=together(_parts))
    async def parts(self, info: strawberry.Info) -> list["Thing"]:
        return (await _parts(info.context, [self]))[0]

    @strawberry.field(metadata=together(_endless))
    async def next(self, info: strawberry.Info) -> "Thing":
        return (await _endless(info.context, [self]))[0]

    @strawberry.field
    async def alone(self) -> int:
        return self.number

    @classmethod
    def of(cls, number: int) -> "Thing":
        return cls(id=strawberry.ID(f"thing {number}"), number=number)


@strawberry.type
class Query:
    @strawberry.field
    def things(self, first: int) -> list[Thing]:
        return [Thing.of(number) for number in range(first)]


FAST = strawberry.Schema(Query, execution_context_class=ColumnExecutor)
STANDARD = strawberry.Schema(Query)


def outcome(result: Any) -> Any:
    return result.data, sorted((error.message, error.path) for error in result.errors or ())


@pytest.mark.parametrize("first", [0, 1, 7, 400])
@pytest.mark.parametrize(
    ("selection", "read"),
    [
        ("id owner { name }", ["owners"]),
        ("a: owner { name } b: owner { __typename } number", ["owners"]),
        ("parts { id owner { name } parts { number } } owner { name }", ["owners", "parts", "owners", "parts"]),
    ],
)
async def test_each_field_is_read_once_for_all_objects(first: int, selection: str, read: list[str]) -> None:
    query = f"{{ things(first: {first}) {{ {selection} }} }}"
    READ.clear()
    fast = await FAST.execute(query)
    if first > 1:
        assert sorted(name for name, _ in READ) == sorted(read)
    assert outcome(fast) == outcome(await STANDARD.execute(query))


async def test_what_fails_together_fails_for_each_object_where_it_stands() -> None:
    query = "{ things(first: 6) { id owner { name } } }"
    fast = await FAST.execute(query, context_value="fails")
    assert outcome(fast) == outcome(await STANDARD.execute(query, context_value="fails"))
    assert fast.errors is not None
    assert len(fast.errors) == 6


async def test_what_only_the_standard_way_can_answer_is_answered_by_it() -> None:
    query = "{ things(first: 6) { owner { name } alone } }"
    assert outcome(await FAST.execute(query)) == outcome(await STANDARD.execute(query))


async def test_values_of_values_are_read_in_as_many_rounds_as_they_are_deep() -> None:
    READ.clear()
    query = "{ things(first: 50) { next { next { next { number owner { name } } } } } }"
    fast = await FAST.execute(query)
    assert [name for name, _ in READ] == ["endless"] * 3 + ["owners"]
    assert outcome(fast) == outcome(await STANDARD.execute(query))


async def test_too_many_rounds_are_left_to_the_standard_way() -> None:
    deep = "{ number }"
    for _ in range(12):
        deep = f"{{ next {deep} }}"
    query = f"{{ things(first: 3) {deep} }}"
    assert outcome(await FAST.execute(query)) == outcome(await STANDARD.execute(query))
