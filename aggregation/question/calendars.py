"""Labels that have an order of their own: the hours of a day by the clock, the days of a week by the calendar."""

from aggregation.question.query import ChartQuery, FieldGroup, groups_of
from aggregation.question.row_order import BY_LABEL, LARGEST_FIRST, RowOrder
from filters.clock_fields import ClockPart, clock_field
from models import Weekday

Calendar = tuple[str, ...]
"""Labels in their order; empty where they are ordered as texts."""


def calendars_of(query: ChartQuery) -> tuple[Calendar, ...]:
    """The order of the labels of each grouping of a chart; where it is not grouped, of the values that it plots."""
    groups, measured = groups_of(query.group), query.measured
    if not groups:
        return () if measured is None else (_of_field(measured.name, query.week_start),)
    return tuple(_of_field(one.field if isinstance(one, FieldGroup) else "", query.week_start) for one in groups)


def calendar_of(query: ChartQuery) -> Calendar:
    """The order of the labels of a chart of one grouping, or of none."""
    found = calendars_of(query)
    return found[0] if len(found) == 1 else ()


def usual_order(query: ChartQuery) -> RowOrder:
    """The order of a list's rows where none is asked for."""
    return BY_LABEL if all(calendars_of(query)) else LARGEST_FIRST


def _of_field(name: str, week_start: Weekday) -> Calendar:
    clock = clock_field(name)
    if clock is None:
        return ()
    labels = clock.part.labels
    first = week_start.number if clock.part is ClockPart.DAY_OF_WEEK else 0
    return labels[first:] + labels[:first]
