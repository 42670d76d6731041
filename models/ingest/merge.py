"""Records of one call, merged as if they had been stored one after the other."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from models.call_record import CallRecord, MetricValue

_DETAILS = ("transcript", "feedback")


def merge_repeated(records: Iterable[CallRecord]) -> list[CallRecord]:
    """One record a call, so that one statement can store them all."""
    merged: dict[str, CallRecord] = {}
    for record in records:
        earlier = merged.get(record.call_id)
        merged[record.call_id] = record if earlier is None else _merge(earlier, record)
    return list(merged.values())


def _merge(earlier: CallRecord, later: CallRecord) -> CallRecord:
    given: dict[str, Any] = {name: value for name in _DETAILS if (value := getattr(later, name)) is not None}
    return replace(
        earlier,
        agent=later.agent if later.is_agent_given else earlier.agent,
        is_agent_given=earlier.is_agent_given or later.is_agent_given,
        timestamp=later.timestamp,
        values={**earlier.values, **later.values},
        metadata={**earlier.metadata, **later.metadata},
        metrics=_merge_metrics(earlier.metrics, later.metrics),
        **given,
    )


def _merge_metrics(earlier: tuple[MetricValue, ...], later: tuple[MetricValue, ...]) -> tuple[MetricValue, ...]:
    replaced = {value.metric for value in later}
    return tuple(value for value in earlier if value.metric not in replaced) + later
