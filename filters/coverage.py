"""Ranges of a number that are tried one after the other: which of them can never take a record."""

from collections.abc import Sequence

from filters.check import Checked
from filters.contradictions import values_let_through
from filters.describe import describe
from filters.fields import FieldRegistry
from filters.value_sets import Line, ValueSet, both, either, rest
from filters.value_types import FieldType
from filters.warnings import FilterWarning, WarningCode


def unreachable_ranges(ranges: Sequence[tuple[str, Checked]], fields: FieldRegistry) -> tuple[FilterWarning, ...]:
    """A warning for each range that holds for no number, or for none that the ranges before it leave.

    Args:
        ranges: in their order, the pointer to each and its condition, which names one number.
        fields: what the conditions were checked against.
    """
    taken: ValueSet = Line((), False)
    found: list[FilterWarning] = []
    for path, condition in ranges:
        values = values_let_through(condition, fields)
        if values is None:
            continue
        if values.is_empty:
            found.append(_warning(f"This range can never match: {describe(condition)}.", path))
        elif both(values, rest(taken, FieldType.NUMBER)).is_empty:
            message = (
                f"No record can fall into this range, because earlier ranges already cover it: {describe(condition)}."
            )
            found.append(_warning(message, path))
        taken = either(taken, values)
    return tuple(found)


def _warning(message: str, path: str) -> FilterWarning:
    return FilterWarning(WarningCode.NEVER_MATCHES, message, path)
