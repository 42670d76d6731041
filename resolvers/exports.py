"""Data that leaves for other programs: all calls that pass a filter, in one snapshot, and how to fetch it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import DBAPIError

from aggregation.calls.order import CallOrder
from aggregation.calls.reading import WholeCall, metadata_keys, metric_types, read_calls
from aggregation.question.faults import Asked
from aggregation.service import chart_error
from filters import Checked
from models import EvaluationType
from models.lanes import Lane
from models.sessions import ReadSession
from resolvers.regex_faults import located
from resolvers.scope import Scope

MAX_METADATA_COLUMNS = 500
"""The most metadata keys that become columns of a table."""


class ExportFormat(StrEnum):
    """The forms that data is exported in; the values are the endings of file names."""

    CSV = "csv"
    JSONL = "jsonl"


class TooManyColumnsError(Exception):
    """The calls have more metadata keys than a table has columns for."""

    def __init__(self) -> None:
        super().__init__(
            f"These calls have more than {MAX_METADATA_COLUMNS} metadata keys, and each key becomes a column. "
            "Narrow the filters, or export JSON lines."
        )


@dataclass(frozen=True, slots=True)
class CallColumns:
    """What a table of calls needs columns for, beside the calls' own values."""

    metadata_keys: tuple[str, ...]
    metrics: tuple[tuple[str, EvaluationType], ...]


class CallExport:
    """The calls that pass a filter, as one snapshot of the data has them."""

    def __init__(self, scope: Scope, session: ReadSession, filters: Checked, order: CallOrder) -> None:
        self._scope = scope
        self._session = session
        self._filters = filters
        self._order = order

    async def columns(self) -> CallColumns:
        """Which metadata keys the calls have, and which metrics the project.

        Raises:
            ChartError: the filters cannot be run, or take too long.
            TooManyColumnsError: the calls have too many metadata keys.
        """
        project_id = self._scope.project_id
        async with _faults_told(self._scope, self._filters):
            keys = await metadata_keys(self._session, project_id, self._filters, MAX_METADATA_COLUMNS)
            metrics = await metric_types(self._session, project_id)
        if len(keys) > MAX_METADATA_COLUMNS:
            raise TooManyColumnsError
        return CallColumns(tuple(keys), tuple(metrics))

    async def batches(self, *, texts: bool = False) -> AsyncGenerator[list[WholeCall]]:
        """The calls, some at a time; with ``texts``, the values of their metadata as filters see them.

        Raises:
            ChartError: the filters cannot be run, or take too long.
        """
        scope = self._scope
        masked = scope.rights.masked
        reading = read_calls(self._session, scope.project_id, self._filters, self._order, masked, texts=texts)
        async with _faults_told(scope, self._filters), aclosing(reading):
            async for batch in reading:
                yield batch


@asynccontextmanager
async def _faults_told(scope: Scope, filters: Checked) -> AsyncGenerator[None]:
    try:
        yield
    except DBAPIError as error:
        fault = chart_error(error, scope.sessions, Asked.EXPORT)
        if fault is None:
            raise
        raise await located(scope, fault, [("request", filters)]) from error


@asynccontextmanager
async def open_call_export(scope: Scope, filters: Checked, order: CallOrder) -> AsyncGenerator[CallExport]:
    """Holds a connection, and with it the snapshot, until the block ends, beyond the request's deadline if need be."""
    async with scope.sessions.unbounded().read(scope.project_id, lane=Lane.EXPORTS) as session:
        yield CallExport(scope, session, filters, order)
