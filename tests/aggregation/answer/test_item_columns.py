"""Sequences kept as columns are the sequences of their items."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregation.answer.instants import Instants
from aggregation.answer.item_columns import Columns, chained, column_of, constant, in_columns
from aggregation.answer.line_points import kept_points, read_points
from aggregation.answer.numbers import instant
from aggregation.compute.lines import HALF


@dataclass(frozen=True)
class Item:
    name: str
    size: int
    kind: str = "plain"

    @property
    def label(self) -> str:
        return f"{self.name}{self.size}"


def items(names: str, kind: str = "plain") -> Columns[Item]:
    count = len(names)
    columns = {"name": column_of(list(names)), "size": column_of(list(range(count))), "kind": constant(kind, count)}
    return in_columns(Item, count, columns)


def test_items_are_made_of_their_columns() -> None:
    found = items("abc")
    assert [*found] == [Item("a", 0), Item("b", 1), Item("c", 2)]
    assert (len(found), found[-1], found[:2]) == (3, Item("c", 2), [Item("a", 0), Item("b", 1)])
    assert found.column("size") == [0, 1, 2]
    assert found.column("label") == ["a0", "b1", "c2"], "what is no column is read from the items"
    assert found == items("abc") != items("abd")
    assert hash(found) == hash(items("abc"))


def test_columns_can_be_changed_joined_and_put_in_order() -> None:
    other = items("abc").with_column(Item, "kind", constant("other", 3))
    assert [*other] == [Item("a", 0, "other"), Item("b", 1, "other"), Item("c", 2, "other")]
    both = chained([items("cb"), items("ac", "second")])
    assert [item.name for item in both] == both.column("name") == ["c", "b", "a", "c"]
    in_order = both.ordered_by("name")
    assert in_order.column("kind") == [item.kind for item in in_order] == ["second", "plain", "plain", "second"]
    assert [*chained([])] == []


def test_the_same_items_as_another_class_has_them() -> None:
    source = items("ab")
    seen = source.seen_as(lambda item: item.label, {"length": lambda: list(map(len, source.column("name")))})
    assert [*seen] == ["a0", "b1"]
    assert (seen.column("length"), seen.column("size")) == ([1, 1], [0, 1])


@given(st.lists(st.floats(-6e10, 2.5e11), max_size=20))
def test_many_instants_are_those_of_one(seconds: list[float]) -> None:
    found = Instants.of(seconds)
    assert [*found] == [found[at] for at in range(len(found))] == [instant(one) for one in seconds]
    assert [*found[1:3]] == [*found][1:3]


IDS = st.one_of(st.integers(1, 5), st.integers(2**53, 2**53 + 4), st.integers(2**63 - 3, 2**63 - 1))
POINT = st.tuples(IDS, st.integers(0, 3).map(float), st.integers(0, 3).map(float))


@given(st.lists(POINT, max_size=30))
def test_points_are_by_time_then_call_then_value(points: list[tuple[int, float, float]]) -> None:
    found = read_points([(0, None, False, *point) for point in points])
    expected = sorted(points, key=lambda point: (point[1], point[0], point[2]))
    assert list(zip(found.ids, found.seconds, found.values, strict=True)) == expected


@pytest.mark.slow
@given(st.lists(st.tuples(POINT, POINT, POINT, POINT), max_size=10))
def test_points_of_an_envelope_are_each_there_once(columns: list[tuple[tuple[int, float, float], ...]]) -> None:
    numbers = [
        [4.0, *(float(part) for id_, at, value in own[:2] for part in (at, *divmod(id_, HALF), value))]
        + [float(part) for id_, at, value in own[2:] for part in (value, at, *divmod(id_, HALF))]
        for own in columns
    ]
    found = kept_points(numbers)
    expected = sorted({point for own in columns for point in own}, key=lambda point: (point[1], point[0], point[2]))
    assert list(zip(found.ids, found.seconds, found.values, strict=True)) == expected
    assert all(type(id_) is int for id_ in found.ids)


def test_instants_know_their_number_without_being_made() -> None:
    found = Instants(np.array([0, 1_500_000], dtype=np.int64))
    assert (len(found), found[1]) == (2, datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC))
    with pytest.raises(IndexError):
        found[2]
