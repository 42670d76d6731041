"""Slices of a pie: the largest counts one by one, the rest together."""

from aggregation import drill
from aggregation.compare import Change
from aggregation.query import DEFAULT_TOP, ChartQuery, FieldGroup, Measured
from aggregation.results import Compared, PieResult, Slice


def share(part: int, total: int) -> float:
    """Percent of the total with one decimal; 0 of nothing."""
    return round(100 * part / total, 1) if total else 0.0


def slices(result: PieResult, top: int = DEFAULT_TOP) -> tuple[Slice, ...]:
    """The ``top`` largest slices, and one ``isOther`` slice for the records of all others, where there are any."""
    query = result.query
    assert query.measured is not None
    shown = result.counts[:top]
    answer = [_slice(result, query.measured, label, value) for label, value in shown]
    labels = [label for label, _ in shown]
    rest = sum(value for _, value in result.counts[top:]) + result.rest
    if rest:
        group = own_group(query.measured)
        if query.measured.metric is not None:
            labels.append(None)  # an evaluation without a value is no record of the chart
        other = drill.of_other(group, query.measured.data_type, labels)
        answer.append(
            Slice(
                label=None,
                value=rest,
                percentage=share(rest, result.total),
                is_other=True,
                filters=drill.records(query, result.start, result.end, *other),
                compared=_earlier(result, rest, sum(_earlier_counts(result)[top:]) + result.earlier.rest, other)
                if result.earlier
                else None,
            )
        )
    return tuple(answer)


def own_group(measured: Measured) -> FieldGroup:
    """The grouping of a field by its own values."""
    return FieldGroup(measured.name, metric=measured.metric)


def _slice(result: PieResult, measured: Measured, label: str | None, value: int) -> Slice:
    return Slice(
        label=label,
        value=value,
        percentage=share(value, result.total),
        is_other=False,
        filters=label_filters(result.query, result, measured, label),
        compared=_earlier(
            result,
            value,
            dict(result.earlier.counts).get(label, 0),
            drill.of_label(own_group(measured), measured.data_type, label),
        )
        if result.earlier
        else None,
    )


def _earlier_counts(result: PieResult) -> list[int]:
    return [count for _, count in result.earlier.counts] if result.earlier else []


def _earlier(result: PieResult, value: int, count: int, conditions: list[drill.FilterJSON]) -> Compared:
    """The same slice of the earlier stretch of time."""
    past = result.earlier
    assert past is not None
    return Compared(
        start=past.start,
        end=past.end,
        value=float(count),
        date_time_value=None,
        sample_count=count,
        change=Change.of(float(value), float(count)),
        filters=drill.records(past.query, past.start, past.end, *conditions),
    )


def label_filters(query: ChartQuery, result: PieResult, measured: Measured, label: str | None) -> drill.FilterJSON:
    """The records with that value."""
    return drill.records(
        query, result.start, result.end, *drill.of_label(own_group(measured), measured.data_type, label)
    )
