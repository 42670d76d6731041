"""Durations in every form, as seconds."""

from contextlib import suppress
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.importing.values.cells import CellRefused, SettingRequired
from server.importing.values.durations import DURATION_UNITS, to_seconds
from server.importing.values.numbers import NumberForm
from tests.fuzzing import texts


@pytest.mark.parametrize(
    ("units", "raw", "expected"),
    [
        ((), "205", 205.0),
        ((), 205, 205.0),
        ((), 12.5, 12.5),
        ((), "0:03:25", 205.0),
        ((), "3m 25s", 205.0),
        ((), "PT3M25S", 205.0),
        ((), timedelta(minutes=3, seconds=25), 205.0),
        ((), time(0, 3, 25, 500_000), 205.5),
        (("seconds",), "205000", 205_000.0),
        (("milliseconds",), 205_000, 205.0),
        (("milliseconds",), "205000", 205.0),
        (("minutes",), "1.5", 90.0),
        (("hours",), 0.5, 1800.0),
        (("HH:MM:SS",), "00:02:23", 143.0),
        (("HH:MM:SS",), "100:00:00.5", 360_000.5),
        (("M:SS",), "3:25", 205.0),
        (("M:SS",), "125:07", 7507.0),
        (("HH:MM",), "1:05", 3900.0),
        (("HH:MM:SS", "M:SS"), "3:25", 205.0),
        (("HH:MM:SS", "M:SS"), "1:03:25", 3805.0),
        (("M:SS", "seconds"), "90", 90.0),
        (("h m s",), "1 h 2 min", 3720.0),
        (("h m s",), "1 hour, 2 minutes and 3 seconds", 3723.0),
        (("h m s",), "205s", 205.0),
        (("h m s",), "1.5m", 90.0),
        (("h m s",), "2d 1h", 176_400.0),
        (("h m s",), "250ms", 0.25),
        (("ISO 8601",), "PT1H0.5S", 3600.5),
        (("ISO 8601",), "P1DT1S", 86_401.0),
        (("ISO 8601",), "P1W", 604_800.0),
    ],
)
def test_durations(units: tuple[str, ...], raw: object, expected: float) -> None:
    assert to_seconds(units)(raw) == expected


@pytest.mark.parametrize(
    ("decimal", "thousands", "raw", "expected"),
    [
        (".", ",", "1,200 sec", 1200.0),
        (".", ",", "1.200 sec", 1.2),
        (".", ",", "1h 1,200.5 s", 4800.5),
        (",", ".", "1.200 sec", 1200.0),
        (",", ".", "1 h, 2,5 min", 3750.0),
        (",", None, "1,200 sec", 1.2),
        (None, " ", "1 200 sec, 2 ms", 1200.002),
        (".", ",", "0:02:23,500", 143.5),
        (",", ".", "PT1.200S", 1.2),
        (".", ",", "PT1,200S", 1.2),
    ],
)
def test_numbers_in_them(decimal: str | None, thousands: str | None, raw: str, expected: float) -> None:
    assert to_seconds((), NumberForm(decimal, thousands))(raw) == expected


@pytest.mark.parametrize("units", [(), ("h m s",), ("seconds", "h m s")])
@pytest.mark.parametrize("raw", ["1,200 sec", "1h 2,5 min", "1 200 s"])
def test_numbers_in_them_that_are_asked_about(units: tuple[str, ...], raw: str) -> None:
    with pytest.raises(SettingRequired, match=r"has separators that can be read in several ways.*decimal ="):
        to_seconds(units)(raw)


def test_numbers_in_them_that_are_written_otherwise() -> None:
    with pytest.raises(CellRefused, match=r"'1\.5' is not a number with decimal ','"):
        to_seconds(("h m s",), NumberForm(",", None))("1.5 min")


@pytest.mark.parametrize(
    ("units", "raw", "allowed"),
    [
        (("HH:MM:SS",), "1,200 sec", 'unit = "h m s" in the mapping takes it'),
        (("h m s",), "3 25 s", "a decimal number"),
        ((), "In Progress", "seconds, 00:02:23, 2m 23s or PT2M23S"),
        ((), "", "seconds, 00:02:23"),
        ((), True, "seconds, 00:02:23"),
        (("HH:MM:SS",), "2 min", 'unit = "h m s" in the mapping takes it'),
        (("HH:MM:SS",), "02:23", 'HH:MM:SS, such as 00:02:23; unit = "M:SS" or unit = "HH:MM" in the mapping takes it'),
        (("HH:MM:SS",), "00:60:00", "HH:MM:SS"),
        (("HH:MM:SS",), "-00:01:00", "HH:MM:SS"),
        (("HH:MM:SS",), 143, "HH:MM:SS"),
        (("M:SS",), "0:03:25", 'unit = "HH:MM:SS" in the mapping takes it'),
        (("seconds",), "0:03:25", 'a number of seconds; unit = "HH:MM:SS" in the mapping takes it'),
        (("seconds",), "soon", "a number of seconds"),
        (("h m s",), "3m 25", "h m s, such as 2m 23s"),
        (("h m s",), "3 mins25 seconds!", "h m s"),
        (("ISO 8601",), "P", "ISO 8601, such as PT2M23S"),
        (("ISO 8601",), "PT", "ISO 8601"),
        (("ISO 8601",), "P1Y", "ISO 8601"),
        (("ISO 8601",), "PT.S", "ISO 8601"),
    ],
)
def test_refused(units: tuple[str, ...], raw: object, allowed: str) -> None:
    with pytest.raises(CellRefused) as caught:
        to_seconds(units)(raw)
    assert allowed in caught.value.allowed
    assert not isinstance(caught.value, SettingRequired)


@pytest.mark.parametrize(
    ("raw", "message", "allowed"),
    [
        ("3:25", "'3:25' can be minutes and seconds, or hours and minutes", 'unit = "M:SS" or unit = "HH:MM"'),
        (205_000, "205000 as seconds would be 56.9 hours", 'unit = "milliseconds" or unit = "seconds"'),
        ("205000", "'205000' as seconds would be 56.9 hours", 'unit = "milliseconds"'),
        ("12,5", "'12,5' has separators that can be read in several ways", 'decimal = ","'),
    ],
)
def test_what_only_a_setting_can_tell_is_asked_about(raw: object, message: str, allowed: str) -> None:
    with pytest.raises(SettingRequired) as caught:
        to_seconds()(raw)
    assert message in caught.value.message
    assert allowed in caught.value.allowed


def test_numbers_are_written_as_the_mapping_says() -> None:
    convert = to_seconds((), NumberForm(",", "."))
    assert [convert(raw) for raw in ("205", "1.205", "12,5")] == [205.0, 1205.0, 12.5]


def test_a_duration_with_thousands_that_were_not_set_names_the_setting() -> None:
    with pytest.raises(CellRefused) as caught:
        to_seconds((), NumberForm(","))("1.205")
    assert 'decimal = ",", thousands = "." (which makes it 1205)' in caught.value.allowed


@given(seconds=st.integers(min_value=0, max_value=10**6))
def test_durations_come_back_from_how_they_are_written(seconds: int) -> None:
    minutes, rest = divmod(seconds, 60)
    hours, of_hour = divmod(minutes, 60)
    written = {
        "seconds": f"{seconds}",
        "milliseconds": f"{seconds * 1000}",
        "HH:MM:SS": f"{hours:02}:{of_hour:02}:{rest:02}",
        "M:SS": f"{minutes}:{rest:02}",
        "h m s": f"{hours}h {of_hour}m {rest}s",
        "ISO 8601": f"PT{hours}H{of_hour}M{rest}S",
    }
    assert {unit: to_seconds((unit,))(text) for unit, text in written.items()} == pytest.approx(
        dict.fromkeys(written, seconds)
    )


@given(raw=texts, units=st.lists(st.sampled_from(DURATION_UNITS), unique=True))
def test_any_text_is_a_duration_or_refused(raw: str, units: list[str]) -> None:
    with suppress(CellRefused):
        assert isinstance(to_seconds(units)(raw), float)
