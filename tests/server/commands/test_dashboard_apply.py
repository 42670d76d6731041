"""Applying files of dashboards: what is changed, and that nothing else is."""

import copy
from pathlib import Path

import pytest
import sqlalchemy as sa

from models import Agent, Dashboard, DashboardRevision, EvaluationType, Metric, Widget
from resolvers.documents.export import export_documents
from resolvers.documents.write import FORMAT
from server.commands.apply import ApplyError, apply_files
from server.commands.dashboard_files import (
    DocumentFile,
    DocumentFileError,
    document_text,
    file_names,
    read_documents,
    write_documents,
)

VALUE = "metric_evaluations.value"


def stat(name, **members):
    return {"name": name, "chartType": "STAT", **members}


def document(name="Calls", widgets=(), **members):
    return {"format": FORMAT, "name": name, "widgets": list(widgets), **members}


def files(*documents):
    return [DocumentFile(Path(f"{number}.json"), one) for number, one in enumerate(documents)]


class Project:
    """A project that documents are applied to."""

    def __init__(self, sessions, project_id):
        self.sessions = sessions
        self.project_id = project_id

    async def apply(self, *documents, dry_run=False):
        return await apply_files(self.sessions, self.project_id, files(*documents), dry_run=dry_run)

    async def export(self, name=None):
        return list(await export_documents(self.sessions, self.project_id, name))

    async def rows(self):
        """Every row of dashboards, as text."""
        async with self.sessions.read(self.project_id) as session:
            return [
                (await session.execute(sa.text(f"select t::text from {table} t where project_id = {self.project_id}")))
                .scalars()
                .all()
                for table in ("dashboards", "widgets", "dashboard_revisions")
            ]

    async def widgets(self):
        async with self.sessions.read(self.project_id) as session:
            rows = await session.scalars(sa.select(Widget).where(Widget.project_id == self.project_id))
            return {row.name: row for row in rows}

    async def add(self, row):
        async with self.sessions.write(self.project_id) as session:
            session.add(row)
            await session.flush()
            return row.id


@pytest.fixture
async def project(sessions, project_id):
    """A project with two metrics, an agent and two dashboards, one of which refers to them by number."""
    project = Project(sessions, project_id)
    mood = await project.add(Metric(project_id=project_id, name="mood", evaluation_type=EvaluationType.ENUM))
    speed = await project.add(Metric(project_id=project_id, name="speed", evaluation_type=EvaluationType.NUMERIC))
    ada = await project.add(Agent(project_id=project_id, agent_name="Ada"))
    by_number = {"field": "agent_id", "op": "eq", "value": ada}
    board = await project.add(Dashboard(project_id=project_id, name="Mixed", filters=by_number, is_default=True))
    common = {"project_id": project_id, "dashboard_id": board}
    await project.add(
        Widget(
            **common,
            name="Speed",
            chart_type="bar",
            field=VALUE,
            metric_id=speed,
            aggregation="avg",
            time_period="day",
            group_by={"type": "field", "field": f"metric:{mood}"},
            filters={"field": "metric_evaluations.metric.id", "op": "in", "value": [mood, speed]},
            layout={"x": 0, "y": 0, "width": 6, "height": 4},
        )
    )
    await project.add(
        Widget(**common, name="Speed", chart_type="stat", layout={"x": 3, "y": 2, "width": 6, "height": 4})
    )
    await project.add(Widget(**common, name="Nowhere", chart_type="stat", position=7))
    await project.add(Widget(**common, name="Malformed", chart_type="stat", layout={"x": 3}, position=8))
    await project.apply(document("Plain", [stat("Total"), stat("p95", field="duration", aggregation="P95")]))
    return project


async def test_an_export_that_is_applied_changes_nothing(project):
    before = await project.rows()
    exported = await project.export()
    assert [one["name"] for one in exported] == ["Mixed", "Plain"]
    assert exported[0]["filters"] == {"field": "agent.agent_name", "op": "eq", "value": "Ada"}
    assert exported[0]["widgets"][0]["groupBy"] == {"type": "field", "field": "metric:mood"}
    for dry_run in (True, False):
        applied = await project.apply(*exported, dry_run=dry_run)
        assert [(one.created, one.changes) for one in applied] == [(False, ())] * 2
    assert await project.rows() == before


async def test_a_changed_file_changes_that_alone(project):
    before, rows = await project.widgets(), await project.rows()
    exported = await project.export()
    changed = copy.deepcopy(exported)
    changed[1]["widgets"][1]["aggregation"] = "P99"
    (mixed, plain) = await project.apply(*changed, dry_run=True)
    assert not mixed.differs
    assert [change.text for change in plain.changes] == ["Widget “p95”: changed the aggregation from P95 to P99."]
    assert await project.rows() == rows
    assert (await project.apply(*changed))[1].changes == plain.changes
    after = await project.widgets()
    assert (after["p95"].id, after["p95"].version) == (before["p95"].id, before["p95"].version + 1)
    for name in ("Total", "Speed", "Nowhere", "Malformed"):
        assert (after[name].version, after[name].updated_at) == (before[name].version, before[name].updated_at)
    assert await project.export() == changed
    assert not any(one.differs for one in await project.apply(*changed))
    async with project.sessions.read(project.project_id) as session:
        revision = (
            await session.scalars(sa.select(DashboardRevision).order_by(DashboardRevision.created_at.desc()).limit(1))
        ).one()
    assert (revision.author, revision.key_id) == ("dialboard apply", None)
    assert revision.summary == plain.changes[0].text


async def test_a_changed_filter_leaves_numbers_elsewhere_alone(project):
    (exported,) = await project.export("Mixed")
    exported["widgets"][0]["filters"]["value"] = ["speed"]
    before = await project.widgets()
    (applied,) = await project.apply(exported)
    assert [change.key for change in applied.changes] == ["filters"]
    async with project.sessions.read(project.project_id) as session:
        board = (await session.scalars(sa.select(Dashboard).where(Dashboard.name == "Mixed"))).one()
        assert board.filters["field"] == "agent_id"
        changed = await session.get(Widget, (project.project_id, before["Nowhere"].id - 2))
        assert changed.filters == {"field": "metric_evaluations.metric.name", "op": "in", "value": ["speed"]}
        assert changed.group_by["field"].removeprefix("metric:").isdecimal()
    assert await project.export("Mixed") == [exported]


async def test_widgets_are_added_moved_and_removed(project):
    (exported,) = await project.export("Plain")
    total, p95 = exported["widgets"]
    place = {"x": 6, "y": 3, "width": 2, "height": 2}
    requested = {**exported, "weekStart": "SUNDAY", "widgets": [{**p95, "layout": place}, stat("New")]}
    (applied,) = await project.apply(requested)
    assert [(change.action.name, change.key, change.widget_name) for change in applied.changes] == [
        ("CHANGED", "weekStart", None),
        ("REMOVED", None, "Total"),
        ("CHANGED", "layout", "p95"),
        ("ADDED", None, "New"),
    ]
    (again,) = await project.export("Plain")
    assert [widget["name"] for widget in again["widgets"]] == ["New", "p95"]
    assert again["widgets"][1]["layout"] == place
    assert not (await project.apply(requested))[0].differs
    assert total["name"] not in await project.widgets()


async def test_places_that_are_left_out_stay(project):
    (exported,) = await project.export("Plain")
    for widget in exported["widgets"]:
        del widget["layout"]
    assert not (await project.apply(exported))[0].differs


async def test_overlapping_places_settle_once(project):
    place = {"x": 0, "y": 0, "width": 4, "height": 4}
    requested = document("Over", [stat("A", layout=place), stat("B", layout=place)])
    assert [one.created for one in await project.apply(requested)] == [True]
    assert not (await project.apply(requested))[0].differs


async def test_a_new_dashboard_is_made_and_a_dry_run_makes_none(project):
    before = await project.rows()
    requested = document("New", [stat("A"), stat("B")], includeInDailyReport=True)
    (planned,) = await project.apply(requested, dry_run=True)
    assert (planned.created, [change.text for change in planned.changes]) == (
        True,
        ["Added the STAT widget “A”.", "Added the STAT widget “B”."],
    )
    assert await project.rows() == before
    await project.apply(requested)
    assert (await project.export("New"))[0]["includeInDailyReport"] is True


async def test_the_default_moves_to_the_file_that_claims_it(project):
    (exported,) = await project.export("Plain")
    await project.apply({**exported, "isDefault": True})
    defaults = {one["name"]: one["isDefault"] for one in await project.export()}
    assert defaults == {"Mixed": False, "Plain": True}
    assert not (await project.apply({**exported, "isDefault": True}))[0].differs


async def test_one_wrong_file_stops_all_and_every_fault_is_told(project):
    before = await project.rows()
    good = document("Fine", [stat("A")])
    wrong = document("Wrong", [stat("B", field=VALUE, metric="none"), stat("C", field="topik")], timeZone="Mars")
    with pytest.raises(ApplyError) as error:
        await project.apply(good, wrong, {"format": FORMAT}, [])
    lines = str(error.value).splitlines()
    assert lines[0] == "Nothing was changed."
    places = [line.split(": ")[:2] for line in lines[1:]]
    for place in (
        ["1.json", "/timeZone"],
        ["1.json", "/widgets/0/metric"],
        ["1.json", "/widgets/1/field"],
        ["2.json", "/name"],
        ["3.json", "/"],
    ):
        assert place in places
    assert await project.rows() == before


async def test_two_files_of_one_name_or_two_defaults_are_refused(project):
    with pytest.raises(ApplyError, match=r"1\.json: /name: 0\.json claims 'A' too"):
        await project.apply(document("A"), document(" A "))
    with pytest.raises(ApplyError, match=r"1\.json: /isDefault: 0\.json claims 'the default' too"):
        await project.apply(document("A", isDefault=True), document("B", isDefault=True))


async def test_two_dashboards_of_one_name_are_not_guessed_between(project):
    await project.add(Dashboard(project_id=project.project_id, name="Plain"))
    with pytest.raises(ApplyError, match="2 dashboards have this name"):
        await project.apply(document("Plain"))


async def test_another_projects_dashboards_are_not_seen(project, sessions, other_project_id):
    before = await project.rows()
    other = Project(sessions, other_project_id)
    assert await other.export() == []
    (applied,) = await other.apply(document("Plain", [stat("Mine")]))
    assert applied.created
    assert await project.rows() == before


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Calls", "calls!", "CALLS"], ["calls.json", "calls-2.json", "calls-3.json"]),
        (["Ünï / x", "../../etc", "通話"], ["uni-x.json", "etc.json", "dashboard.json"]),
        (["a", "A 2", "a"], ["a.json", "a-2.json", "a-3.json"]),
        (["x" * 200], ["x" * 80 + ".json"]),
    ],
)
def test_file_names(names, expected):
    assert file_names(names) == expected


def test_files_are_written_and_read(tmp_path):
    documents = [document("Ünï", [stat("A")]), document("B")]
    paths = write_documents(tmp_path / "new" / "folder", documents)
    assert [path.name for path in paths] == ["uni.json", "b.json"]
    assert paths[0].read_text(encoding="utf-8") == document_text(documents[0])
    assert [file.document for file in read_documents(tmp_path / "new" / "folder")] == documents[::-1]
    assert read_documents(paths[1])[0].document == documents[1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "is not valid JSON: .* at line 1, column 2"),
        (b"\xff\xfe", "is not UTF-8"),
        (b'{"a": NaN}', "NaN is not a valid JSON number"),
        (b"[" * 200_000, "is not valid JSON"),
    ],
)
def test_files_that_are_no_documents(tmp_path, content, words):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(DocumentFileError, match=words):
        read_documents(path)


def test_a_folder_without_documents(tmp_path):
    with pytest.raises(DocumentFileError, match=r"has no \.json files"):
        read_documents(tmp_path)
