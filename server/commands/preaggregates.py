"""``dialboard preaggregates``: shows, builds, rebuilds and drops pre-aggregates."""

import json
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.commands.command import CommandError, existing_project, load_settings, with_runtime

if TYPE_CHECKING:
    from aggregation.stored.store import StoredDefinition
    from server.projects import NamedProject
    from server.runtime import Runtime
    from server.settings import Settings

preaggregates = typer.Typer(
    help="Show, build, rebuild and drop pre-aggregates, which speed up charts. They never change a chart: "
    "dropping them costs time, not data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ProjectOption = Annotated[str, typer.Option("--project", metavar="NAME", help="The project.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_EPOCH = date(1970, 1, 1)


@preaggregates.command()
def show(project: ProjectOption, as_json: JsonOption = False) -> None:
    """Show the stored pre-aggregates: their field, grouping and filters, days, size and last use."""
    from aggregation.stored.store import stored_definitions

    async def work(runtime: "Runtime") -> "list[StoredDefinition]":
        owner = await existing_project(runtime, project)
        async with runtime.sessions.read(owner.id) as session:
            return await stored_definitions(session, owner.id)

    found = with_runtime(work)
    if as_json:
        typer.echo(json.dumps([_as_json(one) for one in found]))
        return
    for one in found:
        typer.echo(_line(one))
    total = sum(one.bytes for one in found)
    typer.echo(f"{len(found)} stored, {_size(total)} in total.")


@preaggregates.command()
def warm(project: ProjectOption, as_json: JsonOption = False) -> None:
    """Build the missing and stale pre-aggregates of a project's saved charts."""
    _build(project, from_scratch=False, as_json=as_json)


@preaggregates.command()
def rebuild(project: ProjectOption, as_json: JsonOption = False) -> None:
    """Drop all pre-aggregates of a project and build those of its saved charts again."""
    _build(project, from_scratch=True, as_json=as_json)


@preaggregates.command()
def drop(project: ProjectOption, as_json: JsonOption = False) -> None:
    """Drop all pre-aggregates of a project. They are built again when their charts are requested."""
    from aggregation.stored.store import drop_all

    async def work(runtime: "Runtime") -> int:
        owner = await existing_project(runtime, project)
        async with runtime.sessions.write(owner.id) as session:
            return await drop_all(session, owner.id)

    dropped = with_runtime(work)
    typer.echo(json.dumps({"dropped": dropped}) if as_json else f"{dropped} dropped.")


def _build(project: str, *, from_scratch: bool, as_json: bool) -> None:
    settings = load_settings()
    if not settings.preaggregates:
        raise CommandError("Pre-aggregates are disabled: DIALBOARD_PREAGGREGATES is false.")

    async def work(runtime: "Runtime") -> tuple[int, int]:
        from aggregation.stored.store import drop_all

        owner = await existing_project(runtime, project)
        if from_scratch:
            async with runtime.sessions.write(owner.id) as session:
                await drop_all(session, owner.id)
        return await _warm(runtime, owner, settings)

    charts, built = with_runtime(work)
    counts = {"charts": charts, "daysBuilt": built}
    typer.echo(json.dumps(counts) if as_json else f"{charts} charts, {built} days of pre-aggregates built.")


async def _warm(runtime: "Runtime", owner: "NamedProject", settings: "Settings") -> tuple[int, int]:
    from aggregation.stored.builder import PreaggregateBuilder
    from resolvers.scope import Scope
    from resolvers.warming import queue_saved_charts
    from server.importing.progress import progress_bar
    from server.runtime import MEGABYTE

    preaggregates = runtime.preaggregates
    assert preaggregates is not None, "the setting was checked before"
    scope = Scope(owner.id, runtime.sessions, datetime.now(UTC), settings.max_window, preaggregates=preaggregates)
    charts = await queue_saved_charts(scope)
    queued = preaggregates.refresh_queue.days
    builder = PreaggregateBuilder(runtime.sessions, preaggregates, settings.preaggregates_stored_mb * MEGABYTE)
    with progress_bar("Days of pre-aggregates", queued, enabled=sys.stderr.isatty(), unit="days") as advance:
        await builder.work(lambda: advance(queued - preaggregates.refresh_queue.days))
    return charts, queued


def _day(number: int | None) -> str | None:
    return None if number is None else (_EPOCH + timedelta(days=number)).isoformat()


def _as_json(one: "StoredDefinition") -> dict[str, Any]:
    return {
        **one.definition,
        "days": one.days,
        "firstDay": _day(one.first),
        "lastDay": _day(one.last),
        "bytes": one.bytes,
        "computedAt": one.computed_at and one.computed_at.isoformat(),
        "usedAt": one.used_at and one.used_at.isoformat(),
        "unsuited": one.unsuited,
    }


def _line(one: "StoredDefinition") -> str:
    definition = one.definition
    metric, group, filters = definition["metric"], definition["groupBy"], definition["filters"]
    parts = [
        "all records" if definition["field"] is None else str(definition["field"]),
        f"of metric {metric['id']}" if metric else "",
        f"({definition['kind']})",
        f"by {group.get('field', 'ranges')}" if group else "",
        f"where {json.dumps(filters)}" if filters else "",
    ]
    what = " ".join(part for part in parts if part)
    if one.unsuited:
        return f"{what}: not stored: {one.unsuited}"
    return (
        f"{what}: {one.days} days, {_day(one.first)} to {_day(one.last)}, {_size(one.bytes)}, used {one.used_at:%F %R}"
    )


def _size(number: int) -> str:
    return f"{number / 1_000_000:,.1f} MB" if number >= 100_000 else f"{number / 1_000:,.1f} kB"
