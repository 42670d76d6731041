"""Records as the text that COPY reads into the temporary tables of ``models.ingest.staging``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from models.call_detail_values import Feedback, written_transcript
from models.call_fields import VALUES, CallValue
from models.call_record import CallRecord, MetricValue
from models.types import DataType, EvaluationType

Places = Mapping[str, int]
"""By name, the number that stands for it in the text."""

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PIECE = 64 * 1024
"""Characters of a piece. Sending one takes the event loop well below a millisecond."""


def call_texts(calls: Sequence[CallRecord], agents: Places) -> list[bytes]:
    """The calls, each with its place among them."""
    return _pieces(_call_line(place, call, agents) for place, call in enumerate(calls))


def value_texts(calls: Sequence[CallRecord], metrics: Places) -> list[bytes]:
    """Their metric values, each with the place of its call."""
    return _pieces(_value_line(place, value, metrics) for place, call in enumerate(calls) for value in call.metrics)


def _pieces(lines: Iterable[str]) -> list[bytes]:
    pieces: list[bytes] = []
    piece: list[str] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= _PIECE:
            pieces.append("".join(piece).encode())
            piece, size = [], 0
    if piece:
        pieces.append("".join(piece).encode())
    return pieces


def _call_line(place: int, record: CallRecord, agents: Places) -> str:
    metadata = _escaped(orjson.dumps(record.metadata).decode()) if record.metadata else "{}"
    given = record.values
    values = "\t".join([write(given[name]) if name in given else "\\N" for name, write in _WRITERS])
    agent = agents[record.agent] if record.is_agent_given else -agents[record.agent]
    return (
        f"{place}\t{_escaped(record.call_id)}\t{agent}\t{record.timestamp.isoformat()}"
        f"\t{values}\t{metadata}{_details(record)}\n"
    )


def _details(record: CallRecord) -> str:
    if record.transcript is None and record.feedback is None:
        return "\t\\N\tf\t\\N\t\\N\t\\N"
    transcript = None if record.transcript is None else written_transcript(record.transcript).decode()
    feedback = record.feedback or Feedback()
    return (
        f"\t{_text(transcript)}\t{_boolean(record.feedback is not None)}"
        f"\t{_number(feedback.rating)}\t{_text(feedback.comment)}\t{_text(feedback.reviewer)}"
    )


def _value_line(place: int, value: MetricValue, metrics: Places) -> str:
    given = value.value
    start = f"{place}\t{metrics[value.metric]}"
    if given is None:
        return f"{start}\t\\N\t\\N\t\\N\n"
    match value.type:
        case EvaluationType.NUMERIC | EvaluationType.RATING:
            return f"{start}\t{given!r}\t\\N\t\\N\n"
        case EvaluationType.BINARY:
            return f"{start}\t\\N\t{'t' if given else 'f'}\t\\N\n"
        case EvaluationType.ENUM:
            return f"{start}\t\\N\t\\N\t{_escaped(str(given))}\n"


def _number(value: float | None) -> str:
    return "\\N" if value is None else repr(value)


def _boolean(value: bool | None) -> str:
    return "\\N" if value is None else "t" if value else "f"


def _text(value: str | None) -> str:
    return "\\N" if value is None else _escaped(value)


def _escaped(value: str) -> str:
    """Text as COPY reads it. Almost no value needs a change, which the first test finds out in C."""
    if value.isprintable() and "\\" not in value:
        return value
    return value.translate(_ESCAPES)


_WRITE: dict[DataType, Callable[[Any], str]] = {
    DataType.STRING: _escaped,
    DataType.NUMBER: repr,
    DataType.BOOLEAN: _boolean,
    DataType.DATETIME: datetime.isoformat,
}
_WRITERS: list[tuple[str, Callable[[CallValue], str]]] = [(field.name, _WRITE[field.data_type]) for field in VALUES]
