"""By which number labels are ranked: sums of the same values differ in their last digits with the order of adding.

The number is rounded to ``DIGITS`` significant digits, so that such values are ties, which their labels decide. Counts
are exact and stay as they are.
"""

from typing import Any

from sqlalchemy import ColumnElement, Double, case, cast, func, literal

from aggregation.functions.table import FUNCTIONS, Result
from models import Aggregation

DIGITS = 12
"""What labels are ranked by has so many; a double has nearly 16."""


def is_exact(aggregation: Aggregation) -> bool:
    """Whether equal values are always the same number."""
    return FUNCTIONS[aggregation].result is not Result.NUMBER


def rounded(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The number in SQL; what is not finite cannot be written with an exponent, and stays."""
    text = func.to_char(value, f"9.{'9' * (DIGITS - 1)}EEEE")
    return case((func.abs(value) < literal(float("inf"), Double), cast(text, Double)), else_=value)


def rounded_number(value: float) -> float:
    """The same in Python: both write it as C does."""
    return float(f"{value:.{DIGITS - 1}e}")
