"""Times in every form, with and without their zones."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.importing.values.cells import CellRefused, SettingRequired
from server.importing.values.patterns import FormatError, compiled
from server.importing.values.times import TimeForm, ZoneMissing, needs_zone, to_time
from server.importing.values.zones import ABBREVIATIONS, zone_of
from tests.fuzzing import texts

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
MORNING = datetime(2026, 11, 20, 9, 15, 27, tzinfo=UTC)


def form(*formats: str) -> TimeForm:
    return TimeForm(formats)


@pytest.mark.parametrize(
    ("given", "zone", "raw", "expected"),
    [
        (form(), None, "2026-11-20T09:15:27Z", "2026-11-20T09:15:27Z"),
        (form("rfc3339"), None, "2026-11-20t10:15:27+01:00", MORNING),
        (form("rfc3339"), BERLIN, "2026-11-20T09:15:27Z", MORNING),
        (form(), BERLIN, "2026-07-01 12:00", datetime(2026, 7, 1, 12, tzinfo=BERLIN)),
        (form("unix"), None, "1795166127", MORNING),
        (form("unix"), None, 1795166127.5, MORNING + timedelta(seconds=0.5)),
        (form("unix_ms"), None, 1795166127945, MORNING + timedelta(milliseconds=945)),
        (form("unix_ms"), None, "1795166127945", MORNING + timedelta(milliseconds=945)),
        (form("excel"), BERLIN, 46346.5, datetime(2026, 11, 20, 12, tzinfo=BERLIN)),
        (form("excel"), UTC, "46346.385729166667", MORNING),
        (form("rfc2822"), None, "Fri, 20 Nov 2026 10:15:27 +0100", MORNING),
        (form("rfc2822"), None, "20 Nov 2026 04:15:27 EST", MORNING),
        (form("rfc2822"), None, "Fri, 20 Nov 2026 03:15:27 CST (Central)", MORNING),
        (form("rfc2822"), None, "Fri, 20 Nov 2026 09:15 GMT", MORNING.replace(second=0)),
        (form("%d/%m/%y %H:%M%z"), None, "01/03/26 09:00+0100", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        (form("%Y-%m-%d"), BERLIN, "2026-03-01", datetime(2026, 3, 1, tzinfo=BERLIN)),
        (form("%a %m/%d/%Y %I:%M %p"), UTC, "Fri 11/20/2026 9:05 AM", datetime(2026, 11, 20, 9, 5, tzinfo=UTC)),
        (form("%a %m/%d/%Y %I:%M %p"), UTC, "Fri 11/20/2026 12:59 p.m.", datetime(2026, 11, 20, 12, 59, tzinfo=UTC)),
        (form("%m/%d/%Y %I %p"), UTC, "11/20/2026 12 AM", datetime(2026, 11, 20, tzinfo=UTC)),
        (form("%d %B %Y %H:%M:%S.%f"), UTC, "20 November 2026 09:15:27.25", MORNING + timedelta(seconds=0.25)),
        (form("%Y-%m-%dT%H:%M:%S.%f%z"), None, "2026-11-20T09:15:27.123456789Z", MORNING.replace(microsecond=123456)),
        (form("%Y %j"), UTC, "2026 60", datetime(2026, 3, 1, tzinfo=UTC)),
        (form("%Y-%m-%d %H:%M:%S %Z"), None, "2026-11-20 09:15:27 UTC", MORNING),
        (form("%Y-%m-%d %H:%M:%S %Z"), NEW_YORK, "2026-11-20 09:15:27 UTC", MORNING),
        (form("%Y-%m-%d %H:%M:%S %Z"), None, "2026-11-20 10:15:27 cet", MORNING),
        (form("%d.%m.%Y", "rfc3339"), BERLIN, "2026-11-20T09:15:27Z", MORNING),
        (form("%d.%m.%Y", "unix_ms"), UTC, 1795166127000, MORNING),
        (form(), BERLIN, datetime(2026, 11, 20, 10, 15, 27), MORNING),
        (form("%d.%m.%Y"), None, MORNING, MORNING),
        (form(), UTC, date(2026, 11, 20), datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_times(given: TimeForm, zone: ZoneInfo | None, raw: object, expected: object) -> None:
    assert to_time(given)(raw, zone) == expected


@pytest.mark.parametrize(
    ("formats", "raw", "zone"),
    [
        (("%Y-%m-%d %H:%M",), "2026-03-29 02:30", BERLIN),
        (("%Y-%m-%d %H:%M:%S",), "2026-03-29 02:00:00", BERLIN),
        ((), datetime(2026, 3, 29, 2, 59), BERLIN),
        ((), "2026-03-08 02:30", NEW_YORK),
        (("excel",), 46110.125 - 1 / 48, BERLIN),
    ],
)
def test_a_local_time_that_does_not_exist_is_refused(formats: tuple[str, ...], raw: object, zone: ZoneInfo) -> None:
    with pytest.raises(CellRefused, match=rf'does not exist in {zone.key}, .*time_zone = "UTC"'):
        to_time(form(*formats))(raw, zone)


@pytest.mark.parametrize("clock", ["01:59", "03:00"])
def test_local_times_beside_the_hour_that_is_left_out(clock: str) -> None:
    hour, minute = map(int, clock.split(":"))
    found = to_time(form("%Y-%m-%d %H:%M"))(f"2026-03-29 {clock}", BERLIN)
    assert found == datetime(2026, 3, 29, hour, minute, tzinfo=BERLIN)
    assert to_time(form("%Y-%m-%d %H:%M"))("2026-03-29 02:30", UTC) == datetime(2026, 3, 29, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("raw", ["2026-09-06", date(2026, 9, 6)])
def test_a_day_without_a_midnight_begins_an_hour_later(raw: object) -> None:
    found = to_time(form(*(["%Y-%m-%d"] if isinstance(raw, str) else [])))(raw, ZoneInfo("America/Santiago"))
    assert isinstance(found, datetime)
    assert found.astimezone(UTC) == datetime(2026, 9, 6, 4, tzinfo=UTC)


def test_a_local_time_that_occurs_twice_is_the_first() -> None:
    found = to_time(form("%Y-%m-%d %H:%M"))("2026-10-25 02:30", BERLIN)
    assert isinstance(found, datetime)
    assert found.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "raw", "message", "allowed"),
    [
        (form("%Y-%m-%d"), "2026-02-30", "'2026-02-30' is not a valid time: day is out of range", "%Y-%m-%d"),
        (form("%Y-%m-%d"), "20.11.2026", "is not a valid time", "a time of the form %Y-%m-%d"),
        (form("%Y-%m-%d", "unix"), "soon", "is not a valid time", "a time of the form %Y-%m-%d or unix"),
        (form("%Y-%m-%d %H:%M"), "2026-11-20 24:00", "is not a valid time", "%Y-%m-%d %H:%M"),
        (form("%Y %j"), "2026 366", "the year has no day of that number", "%Y %j"),
        (form("unix"), "1e30", "is not a valid time", "unix"),
        (form("unix"), "soon", "is not a valid time", "unix"),
        (form("excel"), 0, "is not a valid time", "excel"),
        (form("rfc3339"), "soon", "is not a valid time", "rfc3339"),
        (form("rfc2822"), "Fri, 20 Nov 2026 10:15:27", "is not a valid time", "rfc2822"),
        (form("%Y-%m-%d %H:%M %Z"), "2026-11-20 09:15 CST", "'CST' is not a known abbreviation", "zones = { CST ="),
        (form("%Y-%m-%d %H:%M %Z"), "2026-11-20 09:15 XYZ", "'XYZ' is not a known abbreviation", "zones = { ABC ="),
        (form("rfc2822"), "Fri, 20 Nov 2026 09:15 XYZ", "'XYZ' is not a known abbreviation", "zones = { ABC ="),
    ],
)
def test_refused(given: TimeForm, raw: object, message: str, allowed: str) -> None:
    with pytest.raises(CellRefused) as caught:
        to_time(given)(raw, UTC)
    assert not isinstance(caught.value, SettingRequired)
    assert message in caught.value.message
    assert allowed in caught.value.allowed


@pytest.mark.parametrize(
    ("given", "raw", "message", "allowed"),
    [
        (form(), "1712030112300", "is a number of milliseconds since 1970", 'format = "unix_ms" in the mapping'),
        (form(), "1712030112.300", "is a number of seconds since 1970", 'format = "unix" in the mapping'),
        (form(), "1795166127945", "is a number of milliseconds since 1970", 'format = "unix_ms" in the mapping'),
        (form(), 1795166127945, "is a number of milliseconds since 1970", 'format = "unix_ms" in the mapping'),
        (form(), 1795166127, "is a number of seconds since 1970", 'format = "unix" in the mapping'),
        (form("unix"), "1795166127945", "is a number of milliseconds since 1970", 'format = "unix_ms"'),
        (form("unix_ms"), 1795166127, "is a number of seconds since 1970", 'format = "unix"'),
    ],
)
def test_what_only_a_setting_can_tell_is_asked_about(given: TimeForm, raw: object, message: str, allowed: str) -> None:
    with pytest.raises(SettingRequired) as caught:
        to_time(given)(raw, None)
    assert message in caught.value.message
    assert allowed in caught.value.allowed


@pytest.mark.parametrize(
    ("given", "raw"),
    [
        (form(), datetime(2026, 11, 20)),
        (form(), "2026-11-20 09:15"),
        (form("rfc3339"), "2026-11-20 09:15"),
        (form("excel"), 46346.5),
        (form("%d.%m.%Y"), "20.11.2026"),
    ],
)
def test_a_local_time_needs_a_zone(given: TimeForm, raw: object) -> None:
    with pytest.raises(ZoneMissing) as caught:
        to_time(given)(raw, None)
    assert "has no offset from UTC" in caught.value.message
    assert 'time_zone = "Europe/Berlin", or another zone, in the mapping' in caught.value.allowed


def test_a_mapping_can_extend_the_abbreviations() -> None:
    convert = to_time(TimeForm(("%Y-%m-%d %H:%M %Z",), {**ABBREVIATIONS, "CST": ZoneInfo("America/Chicago")}))
    assert convert("2026-11-20 03:15 CST", None) == MORNING.replace(second=0)
    assert convert("2026-07-01 03:15 cst", None) == datetime(2026, 7, 1, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("%Y-%m-%d %H:%M %p", "%p (AM or PM) has no effect with %H"),
        ("%Y-%m-%d %I:%M", "%I, the hour from 1 to 12, needs %p"),
        ("%Y-%m-%d %p", "%p needs %I"),
        ("%m-%d %H:%M", "it has no year"),
        ("%H:%M:%S", "it has no year"),
        ("%Y %H:%M", "it has no date"),
        ("%Y-%m", "it has no date"),
        ("%Y-%d", "it has no date"),
        ("%Y-%m-%d %M", "%M needs %H or %I"),
        ("%Y-%m-%d %H:%S", "%S needs %M"),
        ("%Y-%m-%d %H:%M %f", "%f needs %S"),
        ("%Y-%Y-%m-%d", "%Y appears twice"),
        ("%Y %y-%m-%d", "%Y and %y say the same"),
        ("%Y-%m-%b-%d", "%m and %b say the same"),
        ("%Y-%m-%d %H %I %p", "%H and %I say the same"),
        ("%Y-%j-%d", "%j, the day of the year"),
        ("%Y-%m-%d %H:%M %z %Z", "%z and %Z say the same"),
        ("%c", "%c is not supported; allowed: %Y, %y, %m"),
        ("%Y-%m-%d %", "% is not supported"),
        ("", "it has no year"),
    ],
)
def test_formats_that_would_drop_or_lack_something_are_refused(text: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        compiled(text, ABBREVIATIONS)
    assert message in str(caught.value)


def test_which_formats_are_local() -> None:
    local = [
        name for name in ("rfc3339", "rfc2822", "unix", "unix_ms", "excel", "%Y%m%d", "%z", "%Z") if needs_zone(name)
    ]
    assert local == ["excel", "%Y%m%d"]


PARTS = (
    st.sampled_from(("%Y", "%y")),
    st.sampled_from(("%m", "%b", "%B")),
    st.just("%d"),
    st.sampled_from(("%H:%M:%S.%f", "%I:%M:%S.%f %p")),
    st.sampled_from(("", " %z")),
)


@given(
    parts=st.tuples(*PARTS),
    is_reversed=st.booleans(),
    moment=st.datetimes(datetime(1969, 1, 1), datetime(2068, 12, 31)),
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_times_come_back_as_pythons_own_strptime_reads_them(
    parts: tuple[str, ...], is_reversed: bool, moment: datetime, minutes: int
) -> None:
    year, month, day, clock, offset = parts
    days = [day, month, year] if is_reversed else [year, month, day]
    text = f"%a {'/'.join(days)} {clock}{offset}"
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    written = aware.strftime(text)
    found = to_time(form(text))(written, UTC)
    expected = datetime.strptime(written, text)
    assert found == (expected if offset else expected.replace(tzinfo=UTC))
    assert found == (aware if offset else moment.replace(tzinfo=UTC))


@given(moment=st.datetimes(datetime(1973, 3, 4), datetime(2100, 1, 1)), minutes=st.integers(-12 * 60, 12 * 60))
def test_times_come_back_from_named_formats(moment: datetime, minutes: int) -> None:
    aware = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=timezone(timedelta(minutes=minutes)))
    assert to_time(form("rfc3339"))(aware.isoformat(), None) == aware
    milliseconds = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assume(milliseconds >= 10**11)
    assert to_time(form("unix_ms"))(milliseconds, None) == aware
    assert to_time(form("unix_ms"))(str(milliseconds), None) == aware
    seconds = aware.replace(microsecond=0)
    assert to_time(form("rfc2822"))(format_datetime(seconds), None) == seconds
    assert to_time(form("unix"))(seconds.timestamp(), None) == seconds
    serial = (aware.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(days=1)
    assert to_time(form("excel"))(serial, aware.tzinfo) == aware


@given(raw=texts, formats=st.sampled_from(((), ("unix",), ("excel",), ("rfc2822",), ("%d.%m.%Y", "rfc3339"))))
def test_any_text_is_a_time_or_refused(raw: str, formats: tuple[str, ...]) -> None:
    with suppress(CellRefused):
        found = to_time(form(*formats))(raw, BERLIN)
        assert isinstance(found, datetime) or (found == raw.strip() and not formats)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Europe/Berlin", BERLIN),
        ("+02:00", timezone(timedelta(hours=2))),
        ("-0330", timezone(timedelta(hours=-3, minutes=-30))),
        ("UTC+1", timezone(timedelta(hours=1))),
        ("gmt-5", timezone(timedelta(hours=-5))),
        ("UTC", UTC),
        ("z", UTC),
        ("EDT", timezone(timedelta(hours=-4))),
        ("CST", None),
        ("IST", None),
        ("+25:00", None),
        ("Mars/Olympus", None),
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_zones(text: str, expected: object) -> None:
    assert zone_of(text) == expected


@pytest.mark.parametrize(("form", "text"), [("%a %m/%d/%Y", "Fri {}"), ("%A, %m/%d/%Y", "Friday, {}")])
def test_a_day_that_is_not_on_the_weekday_in_front_of_it_is_refused(form: str, text: str) -> None:
    convert = to_time(TimeForm((form,)))
    assert convert(text.format("11/06/2026"), UTC) == datetime(2026, 11, 6, tzinfo=UTC)
    with pytest.raises(CellRefused, match="is not a valid time: 2026-06-11 is a Thursday"):
        convert(text.format("06/11/2026"), UTC)
