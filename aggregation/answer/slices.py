"""Slices of a pie: the largest counts one by one, the rest together."""

from collections.abc import Sequence

from aggregation.answer import drill_down
from aggregation.answer.results import Compared, PieResult, Slice
from aggregation.question.calendars import calendar_of
from aggregation.question.earlier_window import Change
from aggregation.question.grouping import usual_top
from aggregation.question.query import BucketGroup, FieldGroup, Group, Measured


def share(part: int, total: int) -> float:
    """Percent of the total with one decimal, halves away from zero as PostgreSQL rounds; 0 of nothing."""
    return (2_000 * part + total) // (2 * total) / 10 if total else 0.0


def slices(result: PieResult, top: int | None = None) -> tuple[Slice, ...]:
    """The ``top`` largest slices, and one ``isOther`` slice for the records of all others, where there are any.

    Without ``top`` it is what is usual. The parts of a clock are in its order.
    """
    measured, past = result.query.measured, result.earlier
    assert measured is not None
    top = usual_top(measured.name) if top is None else top
    before = dict(past.counts) if past else {}
    shown, hidden = result.counts[:top], result.counts[top:]
    if calendar := calendar_of(result.query):
        shown = sorted(shown, key=lambda pair: calendar.index(pair[0]) if pair[0] in calendar else 0)
    group = result.query.group
    answer = [
        _slice(result, label, value, before.get(label, 0), _of_slice(measured, group, label)) for label, value in shown
    ]
    rest = sum(value for _, value in hidden) + result.rest
    if rest:
        labels = [label for label, _ in shown]
        rest_before = sum(before.get(label, 0) for label, _ in hidden) + (past.rest if past else 0)
        conditions = _of_other(measured, group, labels)
        answer.append(_slice(result, None, rest, rest_before, conditions, is_other=True))
    return tuple(answer)


def _of_slice(measured: Measured, group: Group | None, label: str | None) -> list[drill_down.FilterJSON]:
    """The conditions that a record is of a slice: it has the value, or one in the range, or none."""
    if isinstance(group, BucketGroup) and label is not None:
        return drill_down.of_range(group, measured, label)
    return of_own_label(measured, label)


def _of_other(measured: Measured, group: Group | None, labels: Sequence[str | None]) -> list[drill_down.FilterJSON]:
    """The conditions that a record is of none of the slices with these labels."""
    if not isinstance(group, BucketGroup):
        # An evaluation without a value is no record of the chart.
        shown = labels if measured.metric is None else [*labels, None]
        return drill_down.of_other(own_group(measured), measured.data_type, shown)
    ranges = [label for label in labels if label is not None]
    if not ranges:
        return [drill_down.condition(measured.name, "isnull", False)]
    of_ranges = drill_down.of_other_ranges(group, measured, ranges)
    if None in labels or measured.metric is not None:
        return of_ranges
    without = drill_down.condition(measured.name, "isnull", True)
    return [{"operator": "or", "conditions": [drill_down.all_of(of_ranges), without]}]


def own_group(measured: Measured) -> FieldGroup:
    """The grouping of a field by its own values."""
    return FieldGroup(measured.name, metric=measured.metric)


def of_own_label(measured: Measured, label: str | None) -> list[drill_down.FilterJSON]:
    """The conditions that a record has the value that the label stands for."""
    return drill_down.of_label(own_group(measured), measured.data_type, label)


def _slice(
    result: PieResult,
    label: str | None,
    value: int,
    before: int,
    conditions: list[drill_down.FilterJSON],
    *,
    is_other: bool = False,
) -> Slice:
    past = result.earlier
    return Slice(
        label=label,
        value=value,
        percentage=share(value, result.total),
        is_other=is_other,
        behind=drill_down.Behind(result.query, result.start, result.end, conditions),
        compared=_compared(past, value, before, conditions) if past else None,
    )


def _compared(past: PieResult, value: int, before: int, conditions: list[drill_down.FilterJSON]) -> Compared:
    """The same slice of the earlier window."""
    return Compared(
        start=past.start,
        end=past.end,
        value=float(before),
        date_time_value=None,
        sample_count=before,
        change=Change.of(float(value), float(before)),
        behind=drill_down.Behind(past.query, past.start, past.end, conditions),
    )
