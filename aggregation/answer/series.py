"""Series: which there are, in which order, and which records each is of."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from aggregation.answer import drill_down
from aggregation.answer.drill_down import FilterJSON
from aggregation.answer.slices import of_own_label
from aggregation.compute.plan import Cell
from aggregation.question import catalog
from aggregation.question.calendars import calendar_of
from aggregation.question.query import BucketGroup, ChartQuery, FieldGroup, PairGroup, groups_of, labels_of
from models import DataType


class Labelled(Protocol):
    """A series of a result."""

    @property
    def label(self) -> str | None:
        """Its label."""
        ...

    @property
    def is_other(self) -> bool:
        """Whether it combines the others."""
        ...


Ordered = TypeVar("Ordered", bound=Labelled)
Series = tuple[str | None, bool]
"""A series' label and whether it is the other one."""


def ordered_series(query: ChartQuery, cells: Sequence[Cell]) -> list[Series]:
    """The series by the values that went in, largest first, ties by label; those of a clock by its order; the other one
    last."""
    if query.group is None:
        return [(None, False)]
    samples: dict[Series, int] = {}
    for cell in cells:
        key = (cell.label, cell.is_other)
        samples[key] = samples.get(key, 0) + cell.samples
    if calendar := calendar_of(query):
        return sorted(samples, key=lambda key: (key[1], calendar.index(key[0]) if key[0] in calendar else 0))
    return sorted(samples, key=lambda key: (key[1], -samples[key], key[0] is None, key[0] or ""))


def in_stable_order(query: ChartQuery, series: Sequence[Ordered]) -> list[Ordered]:
    """Series in an order that does not depend on their numbers: by label, those of a clock by its order, ranges as they
    were written, agents by number; then the one without a label, and the other one last."""
    places = _places(query)
    is_number = isinstance(query.group, FieldGroup) and group_type(query.group) is DataType.NUMBER

    def place(one: Ordered) -> tuple[bool, bool, float, str]:
        label = one.label
        if label is None:
            return one.is_other, True, 0, ""
        known = float(label) if is_number else places.get(label, len(places))
        return one.is_other, False, known, label

    return sorted(series, key=place)


def _places(query: ChartQuery) -> dict[str, int]:
    """Labels that have an order of their own, with their places in it."""
    if calendar := calendar_of(query):
        return {label: place for place, label in enumerate(calendar)}
    if isinstance(query.group, BucketGroup):
        labels = dict.fromkeys((*(bucket.label for bucket in query.group.buckets), query.group.other_label))
        return {label: place for place, label in enumerate(labels)}
    return {}


def series_filters(
    query: ChartQuery,
    label: str | None,
    is_other: bool,
    shown: Sequence[str | None],
    of_number: Sequence[FilterJSON] = (),
) -> list[Any]:
    """The conditions that a record is of a series, and that its own plotted number fulfils ``of_number``."""
    measured = query.measured
    assert measured is not None
    conditions = drill_down.has_value(measured, *of_number)
    match query.group:
        case None:
            return conditions
        case PairGroup():
            raise AssertionError("Pairs of groups are rows, and no series.")
        case FieldGroup() as group if is_other:
            return [*drill_down.of_other(group, group_type(group), shown), *conditions]
        case FieldGroup() as group:
            return [*drill_down.of_label(group, group_type(group), label), *conditions]
        case BucketGroup() as group if is_other:
            return drill_down.of_other_ranges(group, measured, shown, *of_number)
        case BucketGroup() as group:
            return drill_down.of_range(group, measured, label, *of_number)


def row_filters(query: ChartQuery, label: str | None) -> list[Any]:
    """The conditions that a record is of a list's row: of its group, or with its value where nothing is grouped."""
    measured = query.measured
    assert measured is not None
    if query.group is None:
        return of_own_label(measured, label)
    if not isinstance(query.group, PairGroup):
        return series_filters(query, label, False, ())
    conditions: list[Any] = []
    ranges: list[FilterJSON] = []
    for group, own in zip(groups_of(query.group), labels_of(query.group, label), strict=True):
        match group:
            case FieldGroup():
                conditions += drill_down.of_label(group, group_type(group), own)
            case BucketGroup():
                ranges.append(drill_down.range_of(group, own))
    return [*conditions, *(drill_down.of_number(measured, *ranges) if ranges else drill_down.has_value(measured))]


def group_type(group: FieldGroup) -> DataType:
    """The data type of what a chart is grouped by; of a metric, whose labels say more, that of texts."""
    field = catalog.find_field(group.field)
    return DataType.STRING if field is None or field.data_type is None else field.data_type
