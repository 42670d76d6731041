"""Texts of cells as values."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from server.importing.conversions import CellRefused, Convert, by_table, to_boolean, to_number, to_seconds, to_time

BERLIN = ZoneInfo("Europe/Berlin")
CLOCK = to_seconds("HH:MM:SS")


@pytest.mark.parametrize(
    ("convert", "cell", "expected"),
    [
        (to_number, " -1.5e3 ", -1500.0),
        (to_number, ".5", 0.5),
        (to_boolean, "True", True),
        (to_boolean, "FALSE", False),
        (to_seconds("minutes"), "1.5", 90.0),
        (CLOCK, "00:02:23", 143.0),
        (CLOCK, "100:00:00.5", 360000.5),
        (by_table({"Y": True, "1": "one"}), " Y", True),
        (to_time(None, None), "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        (to_time("unix", None), "1772355600.5", datetime(2026, 3, 1, 9, 0, 0, 500000, tzinfo=UTC)),
        (to_time(None, BERLIN), "2026-07-01 12:00", datetime(2026, 7, 1, 12, tzinfo=BERLIN)),
        (to_time("%d/%m/%y %H:%M%z", None), "01/03/26 09:00+0100", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        (to_time("%Y-%m-%d", BERLIN), "2026-03-01", datetime(2026, 3, 1, tzinfo=BERLIN)),
    ],
)
def test_values(convert: Convert, cell: str, expected: object) -> None:
    assert convert(cell) == expected


@pytest.mark.parametrize(
    ("convert", "cell"),
    [
        (to_number, "nan"),
        (to_number, "1_000"),
        (to_number, "1,5"),
        (to_number, "٣"),
        (to_boolean, "yes"),
        (CLOCK, "02:23"),
        (CLOCK, "00:60:00"),
        (CLOCK, "-00:01:00"),
        (by_table({"Y": True}), "y"),
        (to_time("%Y-%m-%d", BERLIN), "2026-02-30"),
        (to_time(None, BERLIN), "soon"),
        (to_time("unix", None), "1e30"),
        (to_time("unix", None), "soon"),
    ],
)
def test_refused(convert: Convert, cell: str) -> None:
    with pytest.raises(CellRefused) as caught:
        convert(cell)
    assert caught.value.allowed
