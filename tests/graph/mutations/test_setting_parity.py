"""Every setting on its ways: made, changed, copied, undone, restored, exported, imported, applied, told."""

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import DefaultClause, TextClause
from sqlalchemy.orm import DeclarativeBase

from models import Dashboard, EvaluationType, Weekday, Widget
from models.sessions import Sessions
from resolvers.dashboard_settings import DASHBOARD_SETTINGS, WIDGET_SETTINGS, Kind, Setting
from resolvers.dashboard_state import from_json
from resolvers.documents.write import FORMAT
from resolvers.rejections import Rejections
from resolvers.setting_checks import check_value
from server.commands.apply import apply_files
from server.commands.dashboard_files import DocumentFile
from server.owner import owner_of

PAGE = Path(__file__).parents[3] / "docs" / "dashboard-documents.md"
VALUE = "metric_evaluations.value"


@dataclass(frozen=True)
class Sample:
    """A setting at work.

    Attributes:
        first: what it is by default, or is given at first where it has none.
        second: another value.
        told: what the history says of the change from the first to the second.
        beside: what must be given along with the second, so that the whole is valid.
        in_document: the second as documents write it, where they write it otherwise.
    """

    first: Any
    second: Any
    told: str
    beside: dict[str, Any]
    in_document: Any = None


def sample(first: Any, second: Any, told: str, in_document: Any = None, **beside: Any) -> Sample:
    return Sample(first, second, told, beside, second if in_document is None else in_document)


TOPIC = {"field": "topic", "op": "eq", "value": "x"}
GROUP = {"type": "field", "field": "topic"}
PLACE, OTHER_PLACE = {"x": 0, "y": 0, "width": 3, "height": 2}, {"x": 4, "y": 1, "width": 3, "height": 2}

OF_DASHBOARDS = {
    "name": sample("Calls", "Sales", "Changed the name from “Calls” to “Sales”."),
    "filters": sample(None, TOPIC, 'Changed the filters from nothing to {"field":"topic","op":"eq","value":"x"}.'),
    "timeZone": sample("UTC", "Asia/Kathmandu", "Changed the time zone from UTC to Asia/Kathmandu."),
    "weekStart": sample("MONDAY", "SUNDAY", "Changed the week start from MONDAY to SUNDAY."),
    "isDefault": sample(False, True, "Made the default dashboard."),
    "includeInDailyReport": sample(False, True, "Added to the daily report."),
}
OF_WIDGETS = {
    "name": sample("Total", "Sum", "changed the name from “Total” to “Sum”."),
    "chartType": sample("STAT", "LIST", "changed the chart type from STAT to LIST.", field="topic"),
    "field": sample(None, "duration", "changed the field from nothing to duration.", aggregation="AVG"),
    "metricId": sample(
        None,
        "quality",
        "changed the metric from nothing to “quality”.",
        field=VALUE,
        aggregation="AVG",
    ),
    "aggregation": sample(None, "MAX", "changed the aggregation from nothing to MAX.", field="duration"),
    "timePeriod": sample(
        None,
        "DAY",
        "changed the time period from nothing to DAY.",
        chartType="BAR",
        field="duration",
        aggregation="AVG",
    ),
    "groupBy": sample(
        None,
        GROUP,
        'changed the grouping from nothing to {"field":"topic","type":"field"}.',
        chartType="BAR",
        field="duration",
        aggregation="AVG",
        timePeriod="DAY",
    ),
    "filters": sample(None, TOPIC, 'changed the filters from nothing to {"field":"topic","op":"eq","value":"x"}.'),
    "layout": sample(PLACE, OTHER_PLACE, "changed the place from column 0, row 0, 3 × 2 to column 4, row 1, 3 × 2."),
    "metadata": sample(None, {"colour": "green"}, 'changed the metadata from nothing to {"colour":"green"}.'),
}

EACH = pytest.mark.parametrize("setting", DASHBOARD_SETTINGS, ids=lambda setting: setting.key)
EACH_OF_WIDGETS = pytest.mark.parametrize("setting", WIDGET_SETTINGS, ids=lambda setting: setting.key)


def written_default(value: Any) -> Any:
    """A value of a row as clients read it."""
    return value.name if isinstance(value, StrEnum) else value


LACKING = [setting for setting in DASHBOARD_SETTINGS if not setting.is_needed]
LACKING_OF_WIDGETS = [setting for setting in WIDGET_SETTINGS if not setting.is_needed]


async def document_of(api, dashboard):
    query = "query ($id: ID!) { dashboard(id: $id) { document } }"
    return (await api.send(query, id=dashboard["id"]))["dashboard"]["document"]


async def told(api, dashboard):
    """The summary and changes of the newest revision."""
    query = """query ($id: ID!) { dashboard(id: $id) { revisions(first: 1) {
      edges { node { summary changes { key text } } } } } }"""
    (edge,) = (await api.send(query, id=dashboard["id"]))["dashboard"]["revisions"]["edges"]
    return edge["node"]["summary"], {change["key"]: change["text"] for change in edge["node"]["changes"]}


async def forget(api, path):
    """Takes a key out of all revisions of the project, as if they were from before the setting."""
    of_widget = len(path) > 1
    changed = (
        "jsonb_set(document, '{widgets}', (select coalesce(jsonb_agg(one - :key), '[]') "
        "from jsonb_array_elements(document->'widgets') one))"
        if of_widget
        else "document - :key"
    )
    statement = f"update dashboard_revisions set document = {changed} where project_id = :project"
    async with Sessions(owner_of(api.sessions.engine)).write(api.project_id) as session:
        result: Any = await session.execute(sa.text(statement), {"key": path[-1], "project": api.project_id})
        assert result.rowcount


def of_dashboard(setting: Setting) -> Sample:
    return OF_DASHBOARDS[setting.key]


async def of_widget(api, setting: Setting) -> tuple[Sample, dict[str, Any], dict[str, Any]]:
    """The sample, and what an input gives for its two values."""
    metric = await api.metric("quality", EvaluationType.NUMERIC)
    found = OF_WIDGETS[setting.key]
    second = metric if setting.kind is Kind.METRIC else found.second
    first = {**dict.fromkeys(found.beside), "chartType": "STAT", setting.key: found.first}
    return found, first, {**found.beside, setting.key: second}


def shown(widget: dict[str, Any], key: str) -> Any:
    match key:
        case "metricId":
            return (widget["metric"] or {}).get("id")
        case "metadata":
            return widget["metadata"] or None  # none is shown as {}
        case _:
            return widget[key]


def test_every_setting_has_a_sample():
    assert [setting.key for setting in DASHBOARD_SETTINGS] == list(OF_DASHBOARDS)
    assert [setting.key for setting in WIDGET_SETTINGS] == list(OF_WIDGETS)


@pytest.mark.parametrize(
    ("model", "setting"),
    [(Dashboard, setting) for setting in DASHBOARD_SETTINGS] + [(Widget, setting) for setting in WIDGET_SETTINGS],
    ids=lambda value: value.key if isinstance(value, Setting) else value.__name__,
)
def test_a_row_agrees_with_its_column(model: type[DeclarativeBase], setting: Setting):
    column = model.__mapper__.columns[setting.column]
    assert column.nullable == setting.is_nullable
    default = None
    if column.server_default is not None:
        assert isinstance(column.server_default, DefaultClause)
        assert isinstance(column.server_default.arg, TextClause)
        default = column.server_default.arg.text
    match setting.default:
        case bool(value):
            assert default == str(value).lower()
        case str(value):
            assert default == f"'{value}'"
        case _:
            assert default is None
    assert (setting.choices is not None) == (setting.kind is Kind.CHOICE)
    assert (setting.sentences is not None) == (setting.kind is Kind.FLAG)
    if not setting.is_nullable and not setting.is_needed:
        assert setting.of_revision({}) is not None
        assert setting.of_document({}) is not None


@EACH
async def test_a_setting_is_made_changed_told_and_undone(api, setting):
    one = of_dashboard(setting)
    made = await api.dashboard(**{setting.key: one.second})
    assert made[setting.key] == one.second
    plain = await api.dashboard()
    assert plain[setting.key] == one.first
    updated = await api.done("updateDashboard", id=plain["id"], **{setting.key: one.second})
    assert updated["dashboard"][setting.key] == one.second
    assert await told(api, plain) == (one.told, {setting.key: one.told})
    undone = await api.done("undoDashboard", id=plain["id"])
    assert undone["dashboard"][setting.key] == one.first


@EACH
async def test_a_duplicate_has_the_setting_or_its_default(api, setting):
    one = of_dashboard(setting)
    original = await api.dashboard(**{setting.key: one.second})
    copy = (await api.done("duplicateDashboard", id=original["id"], name="Calls"))["dashboard"]
    assert copy[setting.key] == (one.second if setting.is_copied else one.first)
    assert setting.is_copied == (setting.key in ("filters", "timeZone", "weekStart"))


@pytest.mark.parametrize("setting", LACKING, ids=lambda setting: setting.key)
async def test_revisions_from_before_the_setting_are_undone_to_and_restored(api, setting):
    one = of_dashboard(setting)
    dashboard = await api.dashboard(**{setting.key: one.second})
    await forget(api, [setting.key])
    assert (await document_of(api, dashboard))[setting.key] == one.second
    await api.done("updateDashboard", id=dashboard["id"], name="Later")
    undone = (await api.done("undoDashboard", id=dashboard["id"]))["dashboard"]
    assert (undone["name"], undone[setting.key]) == ("Calls", one.second), "the state that was found was recorded"
    restored = (await api.done("restoreDashboard", id=dashboard["id"], revision=1))["dashboard"]
    older = written_default(setting.of_revision({}))
    assert restored[setting.key] == older
    await forget(api, [setting.key])
    await api.done("updateDashboard", id=dashboard["id"], name="Later")
    assert (await api.done("undoDashboard", id=dashboard["id"]))["dashboard"][setting.key] == older
    query = "query ($id: ID!) { dashboard(id: $id) { revisions { edges { node { document } } } } }"
    edges = (await api.send(query, id=dashboard["id"]))["dashboard"]["revisions"]["edges"]
    assert edges[-1]["node"]["document"].get(setting.key) == older


@EACH
async def test_a_setting_goes_out_and_comes_back_in_documents(api, other, setting):
    one = of_dashboard(setting)
    dashboard = await api.dashboard(**{setting.key: one.second})
    document = await document_of(api, dashboard)
    assert document[setting.in_documents] == one.in_document
    made = (await other.done("importDashboard", document=document))["dashboard"]
    assert made[setting.key] == one.second
    if not setting.is_needed:
        del document[setting.in_documents]
        bare = (await other.done("importDashboard", document=document))["dashboard"]
        assert bare[setting.key] == one.first
    errors = await api.refused("importDashboard", document={**document, setting.in_documents: 5})
    assert errors[0]["path"].startswith(f"/document/{setting.in_documents}")


@pytest.mark.parametrize("setting", LACKING, ids=lambda setting: setting.key)
async def test_a_document_that_is_applied_sets_the_setting(api, setting):
    one = of_dashboard(setting)
    dashboard = await api.dashboard()
    bare = {"format": FORMAT, "name": "Calls"}
    for document, value in (({**bare, setting.in_documents: one.in_document}, one.second), (bare, one.first)):
        for expected in ([setting.key], []):
            (applied,) = await apply_files(
                api.sessions, api.project_id, [DocumentFile(Path("a.json"), document)], dry_run=False
            )
            assert [change.key for change in applied.changes] == expected
        assert (await api.read(dashboard))[setting.key] == value


@EACH
async def test_a_setting_that_cannot_be_null_says_so(api, setting):
    dashboard = await api.dashboard()
    if setting.is_nullable:
        await api.done("updateDashboard", id=dashboard["id"], **{setting.key: None})
    else:
        errors = await api.refused("updateDashboard", id=dashboard["id"], **{setting.key: None})
        assert [(error["path"], "cannot be null" in error["message"]) for error in errors] == [
            (f"/{setting.key}", True)
        ]


@EACH_OF_WIDGETS
async def test_a_widgets_setting_is_made_changed_told_and_undone(api, setting):
    one, first, second = await of_widget(api, setting)
    dashboard = await api.dashboard()
    made = await api.widget(dashboard, **second)
    assert shown(made, setting.key) == second[setting.key]
    await api.done("deleteWidget", id=made["id"])
    widget = await api.widget(dashboard, **first)
    assert shown(widget, setting.key) == one.first
    updated = await api.done("updateWidget", id=widget["id"], **second)
    assert shown(updated["widget"], setting.key) == second[setting.key]
    assert (await told(api, dashboard))[1][setting.key] == f"Widget “Total”: {one.told}"
    undone = (await api.done("undoDashboard", id=dashboard["id"]))["dashboard"]
    assert shown(undone["widgets"][0], setting.key) == one.first


@EACH_OF_WIDGETS
async def test_a_duplicate_of_a_widget_has_the_setting(api, setting):
    _, _, second = await of_widget(api, setting)
    dashboard = await api.dashboard()
    widget = await api.widget(dashboard, **second)
    copy = (await api.done("duplicateWidget", id=widget["id"]))["widget"]
    assert (shown(copy, setting.key) == shown(widget, setting.key)) == setting.is_copied
    assert setting.is_copied == (setting.key not in ("name", "layout"))
    duplicate = (await api.done("duplicateDashboard", id=dashboard["id"]))["dashboard"]
    (same,) = [found for found in duplicate["widgets"] if found["name"] == widget["name"]]
    assert shown(same, setting.key) == shown(widget, setting.key)


@pytest.mark.parametrize("setting", LACKING_OF_WIDGETS, ids=lambda setting: setting.key)
async def test_revisions_from_before_a_widgets_setting_are_restored(api, setting):
    _, _, second = await of_widget(api, setting)
    dashboard = await api.dashboard()
    await api.widget(dashboard, **second)
    await forget(api, ["widgets", setting.key])
    restored = (await api.done("restoreDashboard", id=dashboard["id"], revision=2))["dashboard"]
    older = written_default(setting.of_revision({}))
    assert shown(restored["widgets"][0], setting.key) == older


@EACH_OF_WIDGETS
async def test_a_widgets_setting_goes_out_and_comes_back_in_documents(api, setting):
    one, _, second = await of_widget(api, setting)
    dashboard = await api.dashboard()
    await api.widget(dashboard, **second)
    document = await document_of(api, dashboard)
    assert document["widgets"][0][setting.in_documents] == one.in_document
    made = (await api.done("importDashboard", document=document))["dashboard"]
    assert shown(made["widgets"][0], setting.key) == second[setting.key]
    document["widgets"][0][setting.in_documents] = [5]
    errors = await api.refused("importDashboard", document=document)
    assert errors[0]["path"].startswith(f"/document/widgets/0/{setting.in_documents}")


@EACH_OF_WIDGETS
async def test_a_document_that_is_applied_sets_a_widgets_setting(api, setting):
    one, first, second = await of_widget(api, setting)
    dashboard = await api.dashboard()
    await api.widget(dashboard, **second)
    requested = await document_of(api, dashboard)
    widget = (await api.read(dashboard))["widgets"][0]
    if setting.kind is Kind.NAME:  # another name is another widget
        return
    await api.done("updateWidget", id=widget["id"], **first)
    for expected in (True, False):
        (applied,) = await apply_files(
            api.sessions, api.project_id, [DocumentFile(Path("a.json"), requested)], dry_run=False
        )
        assert (setting.key in [change.key for change in applied.changes]) == expected
    assert shown((await api.read(dashboard))["widgets"][0], setting.key) == second[setting.key]
    assert one.in_document == (await document_of(api, dashboard))["widgets"][0][setting.in_documents]


def test_what_an_older_revision_lacks_may_be_another_value_than_what_a_document_leaves_out():
    row = replace(DASHBOARD_SETTINGS[3], older=Weekday.SUNDAY)
    given = ({}, {"weekStart": None}, {"weekStart": "SATURDAY"})
    assert [row.of_revision(written) for written in given] == [Weekday.SUNDAY, Weekday.SUNDAY, Weekday.SATURDAY]
    assert [row.of_document(written) for written in given] == [Weekday.MONDAY, Weekday.MONDAY, Weekday.SATURDAY]
    for read in (DASHBOARD_SETTINGS[0].of_revision, DASHBOARD_SETTINGS[0].of_document):
        with pytest.raises(KeyError):
            read({})


@pytest.fixture
def younger(monkeypatch):
    """The start of the week as a setting that was added later: what its older revisions have is not its default."""
    rows = tuple(replace(row, older=Weekday.SUNDAY) if row.key == "weekStart" else row for row in DASHBOARD_SETTINGS)
    for module in ("dashboard_state", "documents.read", "documents.write", "documents.resolve", "setting_checks"):
        monkeypatch.setattr(f"resolvers.{module}.DASHBOARD_SETTINGS", rows)


async def test_what_a_document_leaves_out_is_the_default_of_a_younger_setting(api, other, younger):
    dashboard = await api.dashboard(weekStart="SATURDAY")
    document = await document_of(api, dashboard)
    del document["weekStart"]
    assert (await other.done("importDashboard", document=document))["dashboard"]["weekStart"] == "MONDAY"
    file = DocumentFile(Path("a.json"), document)
    await apply_files(api.sessions, api.project_id, [file], dry_run=False)
    assert (await api.read(dashboard))["weekStart"] == "MONDAY"


async def test_what_an_older_revision_lacks_is_what_the_younger_setting_says(api, younger):
    dashboard = await api.dashboard(weekStart="SATURDAY")
    await forget(api, ["weekStart"])
    restored = (await api.done("restoreDashboard", id=dashboard["id"], revision=1))["dashboard"]
    assert restored["weekStart"] == "SUNDAY"


@pytest.mark.parametrize(
    ("value", "words"), [("x" * 20, None), ("x" * 21, "21 characters"), ("\0", "NUL"), (None, "cannot be null")]
)
def test_a_text_is_bounded(value, words):
    row = Setting(column="a", key="a", kind=Kind.TEXT, label="a", description="A.", default="x", longest=20)
    rejections = Rejections()
    check_value(rejections, row, value, "/a")
    assert [words in found.message for found in rejections.found] == ([True] if words else [])


async def test_a_setting_that_documents_leave_out_stays_when_one_is_applied(api, monkeypatch):
    rows = tuple(replace(row, document_key=None) if row.key == "weekStart" else row for row in DASHBOARD_SETTINGS)
    for module in ("read", "write", "resolve"):
        monkeypatch.setattr(f"resolvers.documents.{module}.DASHBOARD_SETTINGS", rows)
    dashboard = await api.dashboard(weekStart="SUNDAY")
    document = await document_of(api, dashboard)
    assert "weekStart" not in document
    (applied,) = await apply_files(
        api.sessions,
        api.project_id,
        [DocumentFile(Path("a.json"), {**document, "timeZone": "Asia/Tokyo"})],
        dry_run=False,
    )
    assert [change.key for change in applied.changes] == ["timeZone"]
    assert (await api.read(dashboard))["weekStart"] == "SUNDAY"
    made = (await api.done("importDashboard", document=document))["dashboard"]
    assert made["weekStart"] == "MONDAY"


def left_out(setting: Setting) -> str:
    """What the documentation says of a document that leaves the setting out."""
    if setting.is_needed:
        return "required"
    value = setting.of_document({})
    return "nothing" if value is None else f"`{json.dumps(setting.written(value))}`"


@pytest.mark.parametrize("setting", DASHBOARD_SETTINGS + WIDGET_SETTINGS, ids=lambda setting: setting.key)
def test_the_documentation_lists_every_setting(setting):
    row = f"| `{setting.in_documents}` | {setting.description} | {left_out(setting)} |"
    assert row in PAGE.read_text(encoding="utf-8").splitlines()


def test_a_needed_setting_of_widgets_may_be_younger_than_a_revision(monkeypatch):
    row = Setting(column="theme", key="theme", kind=Kind.TEXT, label="theme", description="A.", default="light")
    young = replace(row, column="tone", key="tone", older="grey")
    monkeypatch.setattr("resolvers.dashboard_state.WIDGET_SETTINGS", (*WIDGET_SETTINGS, row, young))
    widget = {"id": 1, "name": "Total", "chartType": "STAT", "position": 0, "version": 1}
    (state,) = from_json({"name": "Calls", "deleted": False, "widgets": [widget]}).widgets
    assert (state.columns["theme"], state.columns["tone"]) == ("light", "grey")
    assert (row.of_document({}), young.of_document({})) == ("light", "light")
