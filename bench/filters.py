"""A filter of 20 conditions: JSON to SQL condition, against the bound of a millisecond."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from bench.table import Row
from filters import check_json, compile_filter

_PARTS = (
    {"field": "success", "op": "eq", "value": True},
    {"field": "duration", "op": "gte", "value": 60},
    {"field": "call_ended_reason", "op": "contains", "value": "timeout"},
    {"field": "metadata.region", "op": "in", "value": ["US", "EU"]},
    {"field": "timestamp", "op": "gte", "value": "now-7d"},
)
_CONDITIONS = [
    *_PARTS,
    {"operator": "or", "conditions": [*_PARTS]},
    {"operator": "not", "conditions": [{"operator": "or", "conditions": [*_PARTS]}]},
    {
        "operator": "same_row",
        "conditions": [
            {"field": "metric_evaluations.metric.name", "op": "eq", "value": "accuracy"},
            {"field": "metric_evaluations.value", "op": "gte", "value": 0.9},
            {"field": "metric_evaluations.value", "op": "lt", "value": 1},
        ],
    },
    {"field": "topic", "op": "isnull", "value": False},
    {"field": "agent.id", "op": "in", "value": [1, 2, 3]},
]
FILTER = json.dumps({"operator": "and", "conditions": _CONDITIONS})
BOUND = 0.001


def run(rounds: int = 2_000) -> list[Row]:
    """The mean processor time of one filter: asked again at another moment, and with most of its values new."""
    name = "A filter of 20 conditions, JSON to SQL"
    again, unseen = _mean(lambda _: FILTER, rounds), _mean(_renewed, rounds)
    return [
        Row(f"{name}, asked again", again, BOUND, "one millisecond", 1),
        Row(f"{name}, never seen", unseen, BOUND, "one millisecond", 1),
    ]


def _renewed(number: int) -> str:
    text = FILTER
    for token in ("60", "timeout", "US", "accuracy", "0.9", "[1,"):
        text = text.replace(token, f"{token[:-1]}1{number}{token[-1]}")
    return text


def _mean(text: Callable[[int], str], rounds: int) -> float:
    zone, total = ZoneInfo("UTC"), 0.0
    for number in range(rounds):
        written = text(number)
        now = datetime.fromtimestamp(1_760_000_000 + number, UTC)
        begin = time.process_time()
        raw = json.loads(written)
        compile_filter(check_json(raw, CALL_LOG_FIELDS, now=now, zone=zone)[1], CALL_LOG_FIELDS, 1)
        total += time.process_time() - begin
    return total / rounds
