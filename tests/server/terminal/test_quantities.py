"""How the numbers of charts are written."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.terminal.quantities import COUNTS, Form, Quantity, number, quantity_of

SECONDS, SHARES = Quantity(Form.NUMBER, "s"), Quantity(Form.SHARE)
TIMES = Quantity(Form.TIME, zone=ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (184.48594, "184.5"),
        (1.5744, "1.574"),
        (0.71664, "0.7166"),
        (0.00123456, "0.001235"),
        (0.00001234, "1.234e-05"),
        (12_345.678, "12,346"),
        (-2.5, "-2.5"),
        (1.25e15, "1.25e+15"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        (COUNTS, 1_234, "1,234"),
        (SECONDS, 61.5, "61.5 s"),
        (SHARES, 0.729, "72.9%"),
        (TIMES, 1_767_225_600, "1 Jan 2026 09:00"),
        (SECONDS, None, "no value"),
    ],
)
def test_values(quantity: Quantity, value: float | None, text: str) -> None:
    assert quantity.text(value) == text


@pytest.mark.parametrize(
    ("quantity", "value", "other", "text"),
    [
        (COUNTS, 5, 7, "−2"),
        (SECONDS, 184.36, 174.5, "+9.9 s"),
        (SHARES, 0.75, 0.725, "+2.5 points"),
        (TIMES, 86_400, 0, "+1 d"),
    ],
)
def test_differences(quantity: Quantity, value: float, other: float, text: str) -> None:
    assert quantity.difference(value, other) == text


def test_values_below_each_other_have_the_same_decimals() -> None:
    assert SECONDS.texts([353.52, 77.031, 168, None]) == ["353.5 s", "77.0 s", "168.0 s", "no value"]
    assert SECONDS.texts([1, 2]) == ["1 s", "2 s"]
    assert SECONDS.texts([None]) == ["no value"]


@pytest.mark.parametrize(
    ("field", "data_type", "aggregation", "expected"),
    [
        ("duration", "NUMBER", "AVG", SECONDS),
        ("duration", "NUMBER", "MAX", SECONDS),
        ("duration", "NUMBER", None, SECONDS),
        ("duration", "NUMBER", "COUNT", COUNTS),
        ("topic", "STRING", "COUNT_DISTINCT", COUNTS),
        ("success", "BOOLEAN", "AVG", SHARES),
        ("metric_evaluations.value", "NUMBER", "P95", Quantity(Form.NUMBER)),
        ("timestamp", "DATETIME", "MIN", TIMES),
        ("timestamp", "DATETIME", None, TIMES),
    ],
)
def test_what_a_charts_numbers_are(field: str, data_type: str, aggregation: str | None, expected: Quantity) -> None:
    chart: dict[str, Any] = {"fieldName": field, "dataType": data_type, "aggregation": aggregation}
    found = quantity_of({**chart, "window": {"timeZone": "Asia/Tokyo"}})
    assert (found.form, found.unit) == (expected.form, expected.unit)
    assert found.form is not Form.TIME or found.zone == TIMES.zone
