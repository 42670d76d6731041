"""Any selection of any chart is answered: random ones, drawn from the schema itself, on every kind of widget.

What a chart's fields need is found by looking ahead through the document. A path that the look-ahead does not walk ends
in an internal error.
"""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    is_non_null_type,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.schema import schema
from models import ChartType
from resolvers.loaders.meter import Meter
from tests.graph.conftest import WIDGETS, Saver, World

SCHEMA: GraphQLSchema = schema._schema
CHARTS = SCHEMA.type_map["ChartData"]
assert isinstance(CHARTS, GraphQLUnionType)
CHART_TYPES = [kind for kind in CHARTS.types if kind.name.endswith("Chart")]
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "maxPoints": ("4", "10", "1000", "20000"),
    "top": ("1", "3", "100"),
    "first": ("1", "5", "100"),
    "maxBins": ("2", "20", "100"),
    "format": ("CSV", "JSONL"),
    "order": ("RANKED", "STABLE"),
}
"""What is given for arguments that have a choice; others are left out."""
LEFT_OUT = {"revisions", "dashboard", "metricEvaluations", "transcript"}
COMPARED = (
    "",
    'compareTo: {shift: "7d"}',
    "compareTo: {preceding: true}",
    'compareTo: {range: {from: "now-9d", to: "now-1d/d"}}',
)


MOST_ALIASES = 150
"""Fewer than a document may have: these are selections, and not attempts on its limits."""


class Selections:
    """Draws selections of types, as text; fragments are collected beside them."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.fragments: list[str] = []
        self.aliases = 0

    def of(self, kind: GraphQLObjectType, depth: int) -> str:
        names = [name for name in kind.fields if name not in LEFT_OUT]
        chosen = self.rng.sample(names, self.rng.randint(1, min(5, len(names))))
        parts = [text for name in chosen if (text := self.field(kind, name, depth))]
        return " ".join(parts) or "__typename"

    def field(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        if self.aliases >= MOST_ALIASES:
            return ""
        field = kind.fields[name]
        needed = [key for key, argument in field.args.items() if is_non_null_type(argument.type)]
        known = [key for key in field.args if key in ARGUMENTS]
        if set(needed) - set(known) - {key for key in needed if field.args[key].default_value is not None}:
            return ""
        given = [key for key in known if key in needed or self.rng.random() < 0.6]
        arguments = ", ".join(f"{key}: {self.rng.choice(ARGUMENTS[key])}" for key in given)
        below = self.below(get_named_type(field.type), depth)
        if below is None:
            return ""
        self.aliases += 1
        return f"a{self.aliases}: {name}{f'({arguments})' if arguments else ''}{below}"

    def below(self, kind: GraphQLNamedType, depth: int) -> str | None:
        if is_leaf_type(kind) or isinstance(kind, GraphQLEnumType):
            return ""
        if depth == 0 or not is_composite_type(kind):
            return None
        if not isinstance(kind, GraphQLObjectType):
            return " { __typename }"
        text = self.of(kind, depth - 1)
        if self.rng.random() < 0.3:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {kind.name} {{ {text} }}")
            return f" {{ ...{name} }}"
        return f" {{ {text} }}"


def query_of(rng: random.Random, widgets: list[str]) -> str:
    drawn = Selections(rng)
    asked: list[str] = []
    for number, widget in enumerate(widgets):
        members = " ".join(f"... on {kind.name} {{ {drawn.of(kind, 3)} }}" for kind in CHART_TYPES)
        arguments = rng.choice(COMPARED)
        errors = "... on Error { code message }"
        asked.append(
            f'w{number}: widget(id: "{widget}") '
            f"{{ data{f'({arguments})' if arguments else ''} {{ __typename {members} {errors} }} }}"
        )
    return "\n".join([f"query {{ {' '.join(asked)} }}", *drawn.fragments])


def nulls(value: Any, path: str = "") -> Iterator[str]:
    """The places where a chart is an error."""
    match value:
        case dict():
            if value.get("__typename", "").endswith("Error") or "code" in value:
                yield f"{path}: {value}"
            for name, below in value.items():
                yield from nulls(below, f"{path}/{name}")
        case list():
            for number, below in enumerate(value):
                yield from nulls(below, f"{path}/{number}")
        case _:
            pass


@pytest.mark.fuzz
@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_random_selections(world: World, save_widget: Saver, seed: int) -> None:
    rng = random.Random(seed)
    group = rng.choice((None, {"type": "field", "field": "topic", "top": 2}))
    histogram = await save_widget("Ranges", ChartType.HISTOGRAM, field="duration", group_by=group)
    names = rng.sample([name for name, *_ in WIDGETS], 1)
    query = query_of(rng, [*(world.widget(name) for name in ["Durations", *names]), histogram])
    result = await world.run(query, meter=Meter(max_cost=1_000_000))
    assert result.errors is None, (seed, query, result.errors)
    assert not list(nulls(result.data)), (seed, query)


@pytest.mark.parametrize("points", ["points", "series { points { value } totalPoints }", "isThinned"])
async def test_the_points_of_a_comparison_alone(world: World, points: str) -> None:
    """Nothing of the line itself is asked for, and the points compared have bounds of their own."""
    asked = points.replace("points", "points(maxPoints: 20000) { value }", 1) if points == "points" else points
    asked = asked.replace("series", "series(maxPoints: 8)").replace("isThinned", "isThinned(maxPoints: 12)")
    data = await world.ask(
        f'{{ widget(id: "{world.widget("Durations")}") {{ data(compareTo: {{preceding: true}}) {{ '
        f"... on LineChart {{ comparison {{ {asked} }} }} ... on Error {{ code message }} }} }} }}"
    )
    assert set(data["widget"]["data"]) == {"comparison"}
    assert data["widget"]["data"]["comparison"] is not None
