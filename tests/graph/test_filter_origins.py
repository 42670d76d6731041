"""Faults of filters that only show when a chart is computed, or when its time has passed, say where they are."""

from typing import Any

import pytest
import sqlalchemy as sa

from models import Dashboard, Widget
from tests.graph.conftest import World

ASK = """query ($id: ID!, $f: JSON, $s: JSON) { widget(id: $id) { data(filters: $f, scope: $s) {
    __typename ... on InvalidFilter { origin faults { code path message } } } } }"""
BAD = {"field": "topic", "op": "regex", "value": "a("}
GOOD = {"field": "topic", "op": "regex", "value": "a.*"}
RECENT = {"field": "timestamp", "op": "gte", "value": "now-7d"}


def both(*conditions: Any) -> dict[str, Any]:
    return {"operator": "and", "conditions": list(conditions)}


@pytest.mark.parametrize("origin", ["dashboard", "widget", "request", "scope"])
async def test_a_regex_that_does_not_compile_is_found_in_its_filter(world: World, origin: str) -> None:
    faulty, sound = both(RECENT, BAD), both(RECENT, GOOD)
    saved = {"dashboard": sound, "widget": GOOD} | ({origin: faulty} if origin in ("dashboard", "widget") else {})
    # Saving refuses them; an older database may have them all the same.
    async with world.sessions.write(world.project_id) as session:
        for table, row, filters in (
            (Dashboard, world.dashboard, saved["dashboard"]),
            (Widget, world.widgets["Topics"], saved["widget"]),
        ):
            await session.execute(
                sa.update(table).where(table.project_id == world.project_id, table.id == row).values(filters=filters)
            )
    given = {"id": world.widget("Topics"), "s": GOOD}
    given |= {"f": faulty} if origin == "request" else {}
    given |= {"s": faulty} if origin == "scope" else {}
    data = (await world.ask(ASK, given))["widget"]["data"]
    assert (data["__typename"], data["origin"]) == ("InvalidFilter", origin)
    (fault,) = data["faults"]
    assert (fault["code"], fault["path"]) == ("INVALID_REGEX", "/conditions/1/value")


TYPED = {"and": [{"topic": {"contains": "i", "regex": "a("}}]}


@pytest.mark.parametrize(
    ("arguments", "origin", "path"),
    [
        ("filters: $f", "request", "/conditions/1/conditions/0/value"),
        ("scope: $f", "scope", "/conditions/1/conditions/0/value"),
        ("where: $w", "request", "/and/0/topic/regex"),
        ("scopeWhere: $w", "scope", "/and/0/topic/regex"),
        ("widgetId: $id, filters: $f", "request", "/conditions/1/conditions/0/value"),
        ("widgetId: $id, scopeWhere: $w", "scope", "/and/0/topic/regex"),
    ],
)
async def test_a_waterfall_finds_it_too(world: World, arguments: str, origin: str, path: str) -> None:
    nested = both(RECENT, {"operator": "not", "conditions": [BAD]})
    given = {"f": ("JSON", nested), "w": ("CallLogFilter", TYPED), "id": ("ID", world.widget("Topics"))}
    used = {name: one for name, one in given.items() if f"${name}" in arguments}
    declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in used.items())
    query = f"query ({declared}) {{ filterWaterfall({arguments}) {{ remaining }} }}"
    error = await world.refused(query, {name: value for name, (_, value) in used.items()})
    told = error["extensions"]
    assert (told["code"], told["origin"], told["faults"][0]["path"]) == ("INVALID_FILTER", origin, path)


@pytest.mark.parametrize(("argument", "origin"), [("where", "request"), ("scopeWhere", "scope")])
async def test_in_a_typed_filter_the_pointer_is_into_it(world: World, argument: str, origin: str) -> None:
    query = f"""query ($id: ID!, $w: CallLogFilter) {{ widget(id: $id) {{ data({argument}: $w) {{
        ... on InvalidFilter {{ origin faults {{ code path }} }} }} }} }}"""
    data = (await world.ask(query, {"id": world.widget("Topics"), "w": TYPED}))["widget"]["data"]
    assert data == {"origin": origin, "faults": [{"code": "INVALID_REGEX", "path": "/and/0/topic/regex"}]}


SAVE = """mutation ($id: ID!, $f: JSON) { updateDashboard(input: {id: $id, filters: $f}) {
    errors { message } warnings { code path message } dashboard { filters } } }"""


@pytest.mark.parametrize(
    ("filters", "path"),
    [
        pytest.param({"field": "timestamp", "op": "gte", "value": "now-40d"}, "", id="alone"),
        pytest.param(both(GOOD, {"field": "timestamp", "op": "gte", "value": "2025-01-01"}), "/conditions/1", id="and"),
    ],
)
async def test_a_dashboard_that_begins_too_early_is_saved_with_a_warning(
    world: World, filters: dict[str, Any], path: str
) -> None:
    given = {"id": world.id("Dashboard", world.dashboard), "f": filters}
    saved = (await world.ask(SAVE, given))["updateDashboard"]
    assert saved["errors"] == []
    assert saved["dashboard"]["filters"] == filters
    assert [(warning["code"], warning["path"]) for warning in saved["warnings"]] == [("WINDOW_TOO_OLD", path)]
    shown = (await world.ask(ASK, {"id": world.widget("Topics")}))["widget"]["data"]
    assert shown["__typename"] == "TimeRangeTooOld"


@pytest.mark.parametrize("filters", [None, RECENT, GOOD, {"field": "timestamp", "op": "gte", "value": "now-30d"}])
async def test_a_dashboard_within_the_window_has_no_warning(world: World, filters: Any) -> None:
    given = {"id": world.id("Dashboard", world.dashboard), "f": filters}
    assert (await world.ask(SAVE, given))["updateDashboard"]["warnings"] == []
