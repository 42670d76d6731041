"""What is wrong with a grouping by itself, whatever is plotted, and what of it was probably not meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from aggregation.question import catalog
from aggregation.question.grouping import SECOND, Grouping
from aggregation.question.number_fields import number_registry
from aggregation.question.query import BinGroup, BucketGroup, Measured, MetricRef, groups_of
from filters import FilterFault, FilterWarning
from filters.coverage import unreachable_ranges
from models import CallLog, DataType

_NUMBER = "duration"


@dataclass(frozen=True, slots=True)
class GroupingReport:
    """The faults and warnings of a grouping, with paths that begin with ``/groupBy``."""

    faults: tuple[FilterFault, ...] = ()
    warnings: tuple[FilterWarning, ...] = ()


def review_grouping(raw: object, metrics: Mapping[int, MetricRef]) -> GroupingReport:
    """Reads a grouping as a widget would. Its ranges speak of the number that they name, else of some number."""
    name = catalog.METRIC_FIELD if catalog.METRIC_FIELD in _names(raw) else _NUMBER
    grouping = Grouping(metrics, Measured(name, DataType.NUMBER))
    group = grouping.read(raw)
    if grouping.faults:
        return GroupingReport(
            tuple(FilterFault(one.code, one.message, one.path, one.allowed) for one in grouping.faults)
        )
    groups = () if isinstance(group, BinGroup) else groups_of(group)
    registry = number_registry(name, CallLog.__table__.c[_NUMBER])
    warnings = [
        warning
        for path, part in zip(("/groupBy", f"/groupBy/{SECOND}"), groups, strict=False)
        if isinstance(part, BucketGroup)
        for warning in unreachable_ranges(
            [(f"{path}/buckets/{at}", bucket.checked) for at, bucket in enumerate(part.buckets)], registry
        )
    ]
    return GroupingReport((), tuple(warnings))


def _names(raw: object) -> set[str]:
    """Every field that is named anywhere in it, however deep; it is not known yet to be within any limits."""
    found: set[str] = set()
    waiting = [raw]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            members = cast("dict[str, object]", item)
            field = members.get("field")
            if isinstance(field, str):
                found.add(field)
            waiting.extend(members.values())
        elif isinstance(item, list):
            waiting.extend(cast("list[object]", item))
    return found
