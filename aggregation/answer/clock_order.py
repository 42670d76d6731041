"""The order of labels that are hours of a day or days of a week: that of the clock and the calendar."""

from aggregation.question.query import ChartQuery, FieldGroup
from filters.clock_fields import ClockPart, clock_field


def clock_order(query: ChartQuery) -> dict[str | None, int] | None:
    """The places of a chart's labels where they are parts of a clock, in the order of the calendar: weeks begin on the
    chart's week start. None where they are anything else."""
    group, measured = query.group, query.measured
    name = group.field if isinstance(group, FieldGroup) else measured.name if group is None and measured else ""
    clock = clock_field(name)
    if clock is None:
        return None
    first = query.week_start.number if clock.part is ClockPart.DAY_OF_WEEK else 0
    labels = clock.part.labels
    return {label: (at - first) % len(labels) for at, label in enumerate(labels)}
