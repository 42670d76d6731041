"""Calls in the native import format, as JSON lines and as CSV."""

from collections.abc import Sequence
from typing import Any

import orjson

from aggregation.calls.reading import EXPORTED, MetricReading, WholeCall
from filters.instants import rfc3339
from models import EvaluationType
from resolvers.exports import CallColumns
from server.exporting.encoding import CsvWriter, json_line

CALL_COLUMNS = ("call_id", "agent", "timestamp", *EXPORTED)


def as_json_lines(calls: Sequence[WholeCall]) -> bytes:
    """Objects of the native format. What a call does not have is left out."""
    return b"".join(json_line(_native(call)) for call in calls)


def _native(call: WholeCall) -> dict[str, Any]:
    record: dict[str, Any] = {"call_id": call.call_id, "agent": call.agent, "timestamp": rfc3339(call.timestamp)}
    record |= {name: value for name, value in call.values.items() if value is not None}
    if call.metadata != "{}":
        record["metadata"] = orjson.Fragment(call.metadata)
    if call.metrics:
        record["metrics"] = [{"metric": one.metric, "type": one.type, "value": one.value} for one in call.metrics]
    if call.transcript is not None:
        record["transcript"] = orjson.Fragment(call.transcript)
    if call.feedback is not None:
        feedback = call.feedback
        given = {"rating": feedback.rating, "comment": feedback.comment, "reviewer": feedback.reviewer}
        record["feedback"] = {name: value for name, value in given.items() if value is not None}
    return record


class CallTable:
    """Calls as CSV that can be imported without a mapping; transcripts and feedback have no columns.

    It takes calls whose metadata is read as texts.
    """

    def __init__(self, columns: CallColumns, writer: CsvWriter) -> None:
        self._columns = columns
        self._writer = writer

    def header(self) -> bytes:
        """The line of names."""
        metadata = [f"metadata.{key}" for key in self._columns.metadata_keys]
        metrics = [f"metrics.{name}:{kind}" for name, kind in self._columns.metrics]
        return self._writer.lines([[*CALL_COLUMNS, *metadata, *metrics]])

    def lines(self, calls: Sequence[WholeCall]) -> bytes:
        """The calls, a line each."""
        return self._writer.lines(self._row(call) for call in calls)

    def _row(self, call: WholeCall) -> list[object]:
        metadata = orjson.loads(call.metadata)
        by_metric: dict[tuple[str, EvaluationType], list[MetricReading]] = {}
        for reading in call.metrics:
            by_metric.setdefault((reading.metric, reading.type), []).append(reading)
        return [
            *(call.call_id, call.agent, call.timestamp, *call.values.values()),
            *(metadata.get(key) for key in self._columns.metadata_keys),
            *(_metric_cell(by_metric.get(metric, ())) for metric in self._columns.metrics),
        ]


def _metric_cell(readings: Sequence[MetricReading]) -> object:
    """The value; a JSON list where the call has several."""
    if len(readings) > 1:
        return orjson.dumps([reading.value for reading in readings]).decode()
    return readings[0].value if readings else None
