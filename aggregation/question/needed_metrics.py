"""Which metrics a definition needs to know of, so that no others are read."""

from dataclasses import dataclass
from typing import Any, cast

from aggregation.question.grouping import METRIC_GROUP, SECOND, metric_number

_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NeededMetrics:
    """The metrics of a definition.

    Attributes:
        ids: those that it plots or groups by; whether they exist is not known yet.
        latency: whether it also needs the project's latency metric, which the overview shows.
    """

    ids: frozenset[int] = frozenset()
    latency: bool = False


def needed_metrics(field: str | None, metric_id: int | None, group_by: Any) -> NeededMetrics:
    """What a definition of these values needs, valid or not."""
    found = {metric_id, *(grouping_metric(one) for one in groupings(group_by))}
    return NeededMetrics(frozenset(one for one in found if one is not None and 0 < one <= _MOST), field is None)


def groupings(group_by: Any) -> tuple[Any, ...]:
    """A grouping and the second one below it, valid or not; one alone where there is none."""
    first: Any = group_by
    second = cast("dict[str, Any]", group_by).get(SECOND) if isinstance(group_by, dict) else None
    return (first,) if second is None else (first, second)


def grouping_metric(group_by: Any) -> int | None:
    """The number of the metric that a grouping names, valid or not; None where it names none."""
    name = cast("dict[str, Any]", group_by).get("field") if isinstance(group_by, dict) else None
    if not isinstance(name, str) or not name.startswith(METRIC_GROUP):
        return None
    return metric_number(name.removeprefix(METRIC_GROUP))
