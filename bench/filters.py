"""A filter of 20 conditions: JSON to SQL condition, against the bound of a millisecond."""

import json
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aggregation.call_log_fields import CALL_LOG_FIELDS
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


def run(rounds: int = 2_000) -> Row:
    """The mean processor time of one filter. Most conditions get a value of their own each round."""
    zone = ZoneInfo("UTC")
    begin = time.process_time()
    for number in range(rounds):
        text = FILTER
        for token in ("60", "timeout", "US", "accuracy", "0.9", "[1,"):
            text = text.replace(token, f"{token[:-1]}1{number}{token[-1]}")
        raw = json.loads(text)
        now = datetime.fromtimestamp(1_760_000_000 + number, UTC)
        compile_filter(check_json(raw, CALL_LOG_FIELDS, now=now, zone=zone)[1], CALL_LOG_FIELDS)
    mean = (time.process_time() - begin) / rounds
    return Row("A filter of 20 conditions, JSON to SQL", mean, BOUND, "one millisecond", 1)
