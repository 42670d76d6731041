"""Ten thousand points of three fields through GraphQL, against plain dictionaries through orjson."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import orjson
import strawberry
from strawberry.schema.config import StrawberryConfig

from aggregation.answer.item_columns import in_columns
from aggregation.answer.results import LinePoint as Point
from bench.table import Row, alternately
from graph.columns import ColumnExecutor, as_list
from graph.scalars import SCALARS
from graph.types.line_chart import LinePoint, points_of

POINTS = 10_000
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_ROWS = [
    Point(call_log_id=number, timestamp=_BEGIN + timedelta(seconds=number), value=number / 7, group=None)
    for number in range(POINTS)
]
_COLUMNS = {
    "call_log_id": lambda: [row.call_log_id for row in _ROWS],
    "timestamp": lambda: [row.timestamp for row in _ROWS],
    "value": lambda: [row.value for row in _ROWS],
    "group": lambda: [row.group for row in _ROWS],
}


@strawberry.type
class Query:
    """What a line chart answers, without what comes before it."""

    @strawberry.field
    def points(self) -> list[LinePoint]:
        """The points."""
        return as_list(points_of(in_columns(Point, POINTS, _COLUMNS)))


async def run(rounds: int = 20) -> Row:
    """Both from the same rows to bytes."""
    schema = strawberry.Schema(
        Query, config=StrawberryConfig(scalar_map=SCALARS), execution_context_class=ColumnExecutor
    )

    async def ours() -> bytes:
        result = await schema.execute("{ points { callLogId timestamp value } }")
        if result.errors:
            raise result.errors[0]
        return orjson.dumps({"data": result.data})

    async def plain() -> bytes:
        points = [
            {
                "callLogId": f"CallLog:{row.call_log_id}",
                "timestamp": row.timestamp,
                "value": row.value,
            }
            for row in _ROWS
        ]
        return orjson.dumps({"data": {"points": points}})

    _check(await ours(), await plain())
    measured: tuple[Callable[[], Awaitable[bytes]], Callable[[], Awaitable[bytes]]] = (ours, plain)
    times = await alternately(*measured, rounds)
    return Row(f"{POINTS:,} points of three fields through GraphQL", *times, "dictionaries through orjson", 3)


def _check(ours: bytes, plain: bytes) -> None:
    """Compares what both say; only the ids are written in different ways."""
    told = [orjson.loads(answer)["data"]["points"] for answer in (ours, plain)]
    for point, other in zip(*told, strict=True):
        times = [datetime.fromisoformat(each["timestamp"]) for each in (point, other)]
        if times[0] != times[1] or point["value"] != other["value"]:
            raise RuntimeError(f"The answers differ: {point} and {other}")
