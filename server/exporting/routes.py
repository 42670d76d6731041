"""The routes below ``/export``."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from aggregation.answer.charts import table_of
from aggregation.answer.results import ChartResult
from aggregation.answer.tables import Table
from aggregation.question.faults import ChartError
from filters import Checked
from graph.chart_errors import request_error
from graph.errors import ErrorCode, RequestError
from graph.node_ids import row_id
from graph.queries.preview import question
from graph.rights import Route, check_route
from models.deadlines import ending_in
from models.lanes import Lane, connections_of
from models.types import AuditAction, Role
from resolvers import call_logs, charts, widgets
from resolvers.budgets import BudgetSpentError
from resolvers.exports import ExportFormat, TooManyColumnsError, open_call_export
from resolvers.scope import Scope
from resolvers.trail import Event, record_event
from resolvers.writing import Writing
from server.exporting.answers import ExportFile, SendingBounds, parts, stream
from server.exporting.calls import CallTable, as_json_lines
from server.exporting.encoding import CsvWriter, table_as_csv, table_as_json_lines
from server.exporting.requests import (
    CallSelection,
    ExportOptions,
    call_request,
    preview_request,
    widget_request,
)
from server.exporting.sign_in import export_scope
from server.http.auth import Authenticator
from server.http.budget import budget_spent, spend
from server.http.reservations import Reservations, TooManyAtOnce
from server.http.responses import refusal, too_many
from server.http.trusted_documents import TrustMode, runs_registered_only
from server.runtime import Runtime
from server.settings import Settings

EXPORT_POINTS = 50
"""What a file costs of the budget of its key."""

Make = Callable[[Scope, Request, ExportFormat], Awaitable[ExportFile]]

IsFree = Callable[[Request], bool]
"""Whether a request chooses its data itself, as a document that is not registered does."""

FREE_PARAMETERS = ("filters", "scope")
"""Parameters of a saved widget's export that choose other calls than those of the widget and its dashboard."""


def _always(_request: Request) -> bool:
    return True


def _has_free_parameters(request: Request) -> bool:
    return any(name in request.query_params for name in FREE_PARAMETERS)


def _check_trust(mode: TrustMode, role: Role, is_free: bool) -> None:
    """Holds keys that can only run registered documents to files whose data was chosen by others.

    Raises:
        RequestError: such a key asks for data of its own choice.
    """
    if is_free and runs_registered_only(mode, role):
        message = (
            "This key can only run documents that are registered for this project, and export saved widgets without "
            f"the parameters {' and '.join(FREE_PARAMETERS)}; any other export needs the role {Role.ADMIN.value}."
        )
        raise RequestError(ErrorCode.FORBIDDEN, message, role=role.value, allowed=[Role.ADMIN.value])


class _Exports:
    """Answers the routes, each with what makes its file."""

    def __init__(self, running: Callable[[], tuple[Runtime, Authenticator]], settings: Settings) -> None:
        self._running = running
        self._settings = settings
        most = connections_of(settings.pool_size)[Lane.EXPORTS]
        self._reservations = Reservations(most, "exports", "TOO_MANY_EXPORTS")
        self._bounds = SendingBounds(settings.export_seconds, settings.export_stall_seconds)

    def route(self, make: Make, is_free: IsFree = _always) -> Callable[[Request], Awaitable[Response]]:
        """The handler of a route."""

        async def answer(request: Request) -> Response:
            runtime, authenticator = self._running()
            signed_in, request = await export_scope(request, runtime, authenticator, self._settings)
            scope = replace(signed_in, preaggregates=None)
            project_id = scope.project_id
            try:
                check_route(scope.rights, Route.EXPORT)
                _check_trust(self._settings.trusted_documents, scope.rights.role, is_free(request))
                self._reservations.reserve(project_id)
            except RequestError as error:
                return refusal(error)
            except TooManyAtOnce as error:
                return too_many(error)
            release = partial(self._reservations.release, project_id)
            try:
                await spend(runtime.budgets, scope, EXPORT_POINTS)
                response = await self._begin(make, scope, request, release)
            except BudgetSpentError as error:
                release()
                return budget_spent(error)
            except BaseException:
                release()
                raise
            if not isinstance(response, StreamingResponse):
                release()
            return response

        return answer

    async def _begin(self, make: Make, scope: Scope, request: Request, release: Callable[[], None]) -> Response:
        """The beginning of the file, or why there is none. The body of the request must come in time, too."""
        deadline = scope.sessions.deadline
        async with ending_in(deadline.left() if deadline else None):
            try:
                file = await make(scope, request, _format(request))
                await _record(scope, file.event)
                return await stream(file, self._bounds, release)
            except ChartError as error:
                return refusal(request_error(error))
            except RequestError as error:
                return refusal(error)
            except TooManyColumnsError as error:
                return refusal(RequestError(ErrorCode.LIMIT_EXCEEDED, str(error)))


async def _record(scope: Scope, event: Event) -> None:
    """Appends an export to the trail, before anything of it is sent."""
    async with scope.sessions.write(scope.project_id) as session:
        await record_event(Writing(session, scope.project_id, scope.now, scope.author, scope.origin), event)


def _format(request: Request) -> ExportFormat:
    ending = str(request.path_params["format"])
    for format in ExportFormat:
        if ending == format:
            return format
    allowed = [str(format) for format in ExportFormat]
    raise RequestError(
        ErrorCode.NOT_FOUND, f"{ending[:20]!r} is not a supported format; use {', '.join(allowed)}.", allowed=allowed
    )


async def _chart_file(
    result: ChartResult | ChartError, name: str, format: ExportFormat, options: ExportOptions, event: Event
) -> ExportFile:
    if isinstance(result, ChartError):
        raise result
    table = await asyncio.to_thread(table_of, result, options.of_table)
    match format:
        case ExportFormat.CSV:
            chunks = table_as_csv(table, CsvWriter(escape_formulas=options.escape_formulas))
        case ExportFormat.JSONL:
            chunks = table_as_json_lines(table)
    counted = replace(event, counts={"rows": len(table.rows)})
    return ExportFile(name, format, parts(chunks), counted, _facts(result, table))


FACTS = (
    "Dialboard-Rows",
    "Dialboard-Total-Rows",
    "Dialboard-Window-Start",
    "Dialboard-Window-End",
    "Dialboard-As-Of",
    "Dialboard-Null-Count",
)
"""Headers of a chart's file."""


def _facts(result: ChartResult, table: Table) -> dict[str, str]:
    """What the rows cannot say of themselves: how many there were before any were left out, and for which time."""
    window = result.start.isoformat(), result.end.isoformat(), result.query.as_of.isoformat()
    nulls = () if table.nulls is None else (str(table.nulls),)
    return dict(zip(FACTS, (str(len(table.rows)), str(table.total), *window, *nulls), strict=False))


def _widget_id(text: str) -> int:
    """The number of a widget, given as it is or as a global id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else row_id(text, "Widget")


async def _widget(scope: Scope, request: Request, format: ExportFormat) -> ExportFile:
    overrides, options, exported = widget_request(request.query_params)
    given = str(request.path_params["id"])
    widget = await widgets.widget(scope, _widget_id(given))
    if widget is None or await scope.loaders.dashboards.load(widget.dashboard_id) is None:
        raise RequestError(ErrorCode.NOT_FOUND, f"The Widget {given[:60]!r} does not exist in this project.")
    exported.check(widget.chart_type)
    result = await charts.widget_chart(scope, widget, overrides, options)
    event = Event(AuditAction.WIDGET_EXPORT, "Widget", widget.id, widget.name)
    return await _chart_file(result, widget.name, format, exported, event)


async def _preview(scope: Scope, request: Request, format: ExportFormat) -> ExportFile:
    input, exported = await preview_request(request)
    exported.check(input.chart_type)
    given = question(input, exported.of_chart)
    result = await charts.chart(scope, given.definition, given.surroundings, given.overrides, given.options)
    return await _chart_file(result, "preview", format, exported, Event(AuditAction.PREVIEW_EXPORT))


async def _calls(scope: Scope, request: Request, format: ExportFormat) -> ExportFile:
    selection = await call_request(request)
    filters = await call_logs.check_large_filters(scope, selection.filters)
    match format:
        case ExportFormat.CSV:
            content = _calls_as_csv(scope, filters, selection)
        case ExportFormat.JSONL:
            content = _calls_as_json_lines(scope, filters, selection)
    return ExportFile("calls", format, content, Event(AuditAction.CALLS_EXPORT))


async def _calls_as_json_lines(scope: Scope, filters: Checked, selection: CallSelection) -> AsyncGenerator[bytes]:
    async with open_call_export(scope, filters, selection.order) as export, aclosing(export.batches()) as batches:
        async for batch in batches:
            yield as_json_lines(batch)


async def _calls_as_csv(scope: Scope, filters: Checked, selection: CallSelection) -> AsyncGenerator[bytes]:
    async with open_call_export(scope, filters, selection.order) as export:
        table = CallTable(await export.columns(), CsvWriter(escape_formulas=selection.escape_formulas))
        pending = table.header()  # held back until the calls are known to come
        async with aclosing(export.batches(texts=True)) as batches:
            async for batch in batches:
                yield pending + table.lines(batch)
                pending = b""
        yield pending


def add_exports(app: FastAPI, running: Callable[[], tuple[Runtime, Authenticator]], settings: Settings) -> None:
    """Adds the routes to the application."""
    exports = _Exports(running, settings)
    app.add_route("/export/widgets/{id}.{format}", exports.route(_widget, _has_free_parameters), methods=["GET"])
    app.add_route("/export/preview.{format}", exports.route(_preview), methods=["POST"])
    app.add_route("/export/calls.{format}", exports.route(_calls), methods=["GET", "POST"])
