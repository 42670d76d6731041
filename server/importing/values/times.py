"""Times: as RFC 3339, RFC 2822, seconds or milliseconds since 1970, days of a spreadsheet, or by a format."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from models.call_faults import Refused, shown
from models.call_values import RFC_3339_TIME, TIMESTAMP_FORM, check_timestamp
from server.importing.values.cells import CellRefused, SettingRequired
from server.importing.values.patterns import UnknownZoneError, compiled, has_zone
from server.importing.values.zones import ABBREVIATIONS, allowed_zones

RFC_3339, RFC_2822, UNIX, UNIX_MS, EXCEL = "rfc3339", "rfc2822", "unix", "unix_ms", "excel"
NAMED_FORMATS = (RFC_3339, RFC_2822, UNIX, UNIX_MS, EXCEL)
"""Formats that have a name; every other one is of ``strptime``."""
FORMAT_FORM = f"{', '.join(NAMED_FORMATS)}, or as in strptime, such as %Y-%m-%d %H:%M:%S"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL_EPOCH = datetime(1899, 12, 30)
_MILLISECONDS_FROM = 1e11
"""What is no less is not a time of a call in seconds, and what is less not one in milliseconds: years 5138 and 1973."""
_DIGITS = re.compile(r"[+-]?[0-9]{1,19}(?:\.[0-9]+)?")
_UNIX_DIGITS = re.compile(r"[0-9]{9,16}(?:\.[0-9]+)?")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?")
_DAY_DIGITS = 8
"""Of a day as in 20261120, which no number of seconds of a call has."""
_EXCEL_DAYS = 2_958_466
_LONGEST = 100
_RFC_2822 = re.compile(r"(?:[a-z]{3}\s*,\s*)?([0-9][^()]*?)(?:\s*\([^()]*\))?", re.IGNORECASE)
"""With the day of the week and the comment that may stand around what matters."""
_RFC_2822_ZONES = {"CST": timezone(timedelta(hours=-6))}
"""What RFC 5322 says of zones by name, where the table of abbreviations does not."""

ConvertTime = Callable[[Any, tzinfo | None], object]
"""Takes a raw value and the zone of local times, and returns the time, or a text that is one as RFC 3339.

Raises:
    CellRefused: it is not a time.
"""
Read = Callable[[Any, tzinfo | None], datetime | None]
"""The same for one format; None where the value is not of it.

Raises:
    ValueError: it is of the format, and not a time for the reason that is told.
"""


class ZoneMissing(CellRefused):
    """A local time, and nothing that says where."""


@dataclass(frozen=True, slots=True)
class TimeForm:
    """How times are written.

    Attributes:
        formats: of ``NAMED_FORMATS`` or of ``strptime``; the first that fits counts. None means RFC 3339.
        zones: zones by their abbreviations, in upper case.
    """

    formats: tuple[str, ...] = ()
    zones: Mapping[str, tzinfo] = field(default_factory=lambda: ABBREVIATIONS)


def needs_zone(form: str) -> bool:
    """Whether the times of a format are local, so that the mapping must say where."""
    return form == EXCEL or (form not in NAMED_FORMATS and not has_zone(form))


def form_words(formats: Sequence[str]) -> str:
    """What times are allowed where formats are set."""
    return f"a time of the form {' or '.join(formats)}"


def to_time(form: TimeForm | None = None) -> ConvertTime:
    """A converter of times. A local time that occurs twice is the first of the two; one that does not exist is refused.

    Raises:
        FormatError: for a format that is not one.
        SettingRequired: of the converter, for numbers of seconds or milliseconds of which the format says otherwise.
    """
    form = form or TimeForm()
    reads = [_reader(name, form.zones) for name in form.formats or (RFC_3339,)]
    is_plain = not form.formats

    def convert(raw: Any, zone: tzinfo | None = None) -> object:
        if type(raw) is str:
            raw = raw.strip()
            if is_plain and RFC_3339_TIME.fullmatch(raw):
                return raw  # to be read where calls are checked
        moment = _typed(raw) if isinstance(raw, date) else _first(reads, raw, zone, form)
        if moment.tzinfo is not None:
            return moment
        if zone is None:
            raise ZoneMissing(
                f"{shown(str(raw))} has no offset from UTC",
                f'{TIMESTAMP_FORM}; or time_zone = "Europe/Berlin", or another zone, in the mapping',
            )
        local = moment.replace(tzinfo=zone)
        if type(zone) is ZoneInfo and _is_skipped(local) and not _is_day(raw, local):
            raise CellRefused(
                f"{shown(str(raw))} does not exist in {zone.key}, where clocks were put forward over it",
                'a local time that exists; if times are in UTC or elsewhere, time_zone = "UTC" or another zone in the '
                "mapping",
            )
        return local

    return convert


def _is_day(raw: object, local: datetime) -> bool:
    """Whether a value is a day alone: where it begins an hour later than at midnight, that hour is meant."""
    return local.time() == time() and not isinstance(raw, datetime) and ":" not in str(raw)


def _is_skipped(local: datetime) -> bool:
    """Whether clocks were put forward over a local time: then the offset before is less than the one after. Of a time
    that occurs twice it is more."""
    before, after = local.utcoffset(), local.replace(fold=1).utcoffset()
    return before is not None and after is not None and before < after


def moment_of(value: object) -> datetime:
    """A converted time as one that can be calculated with, in UTC.

    Raises:
        CellRefused: it is a text that only looks like a time.
    """
    try:
        return check_timestamp(value)
    except Refused as refusal:
        raise CellRefused(refusal.faults[0].message, refusal.faults[0].allowed) from None


def time_text(value: object) -> str:
    """A converted time as a text, in UTC."""
    return moment_of(value).isoformat().replace("+00:00", "Z")


def _typed(raw: date) -> datetime:
    return raw if isinstance(raw, datetime) else datetime.combine(raw, time())


def _first(reads: Sequence[Read], raw: Any, zone: tzinfo | None, form: TimeForm) -> datetime:
    reason = ""
    for read in reads:
        try:
            moment = read(raw, zone)
        except UnknownZoneError as error:
            raise CellRefused(f"{shown(raw)}: {error}", allowed_zones(error.zone)) from None
        except (ValueError, OverflowError) as error:
            if isinstance(error, CellRefused):
                raise
            reason = reason or str(error)
            continue
        if moment is not None:
            return moment
    if not form.formats and _UNIX_DIGITS.fullmatch(str(raw)):
        raise _unix_hint(raw)
    what = "a valid time" if form.formats or zone else "a time with an offset"
    message = f"{shown(raw)} is not {what}{f': {reason}' if reason and form.formats else ''}"
    allowed = form_words(form.formats) if form.formats else TIMESTAMP_FORM
    raise CellRefused(message, f"{allowed}; format in the mapping takes others")


def _unix_hint(raw: object) -> SettingRequired:
    is_milliseconds = float(str(raw)) >= _MILLISECONDS_FROM
    form, unit = (UNIX_MS, "milliseconds") if is_milliseconds else (UNIX, "seconds")
    return SettingRequired(
        f"{shown(raw)} is a number of {unit} since 1970",
        f'format = "{form}" in the mapping; without it {TIMESTAMP_FORM}',
    )


def _reader(name: str, zones: Mapping[str, tzinfo]) -> Read:
    match name:
        case "rfc3339":
            return _rfc_3339
        case "rfc2822":
            return _rfc_2822(zones)
        case "unix":
            return _unix
        case "unix_ms":
            return _unix_ms
        case "excel":
            return _excel
        case _:
            parse = compiled(name, zones)
            return lambda raw, zone: parse(raw) if type(raw) is str else None


def _rfc_3339(raw: Any, zone: tzinfo | None) -> datetime | None:
    if type(raw) is not str or (len(raw) != _DAY_DIGITS and _NUMBER.fullmatch(raw)):
        return None  # of a number of seconds, ISO 8601 would take any character for the one between day and time
    return datetime.fromisoformat(raw.upper())


def _rfc_2822(zones: Mapping[str, tzinfo]) -> Read:
    named = {**_RFC_2822_ZONES, **zones}
    parses = [compiled(f"%d %b %Y %H:%M{seconds} %{zone}", named) for seconds in (":%S", "") for zone in "zZ"]

    def read(raw: Any, zone: tzinfo | None) -> datetime | None:
        match = _RFC_2822.fullmatch(raw) if isinstance(raw, str) and len(raw) <= _LONGEST else None
        for parse in parses if match else ():
            try:
                return parse(match[1] if match else "")
            except UnknownZoneError:
                raise
            except ValueError as error:
                if str(error):
                    raise
        return None

    return read


def _unix(raw: Any, zone: tzinfo | None) -> datetime | None:
    number = _number(raw)
    if number is not None and number >= _MILLISECONDS_FROM:
        raise SettingRequired(
            f"{shown(raw)} is a number of milliseconds since 1970", f'format = "{UNIX_MS}" in the mapping'
        )
    return None if number is None else _EPOCH + timedelta(seconds=number)


def _unix_ms(raw: Any, zone: tzinfo | None) -> datetime | None:
    number = _number(raw)
    if number is not None and number < _MILLISECONDS_FROM:
        raise SettingRequired(f"{shown(raw)} is a number of seconds since 1970", f'format = "{UNIX}" in the mapping')
    return None if number is None else _EPOCH + timedelta(milliseconds=number)


def _excel(raw: Any, zone: tzinfo | None) -> datetime | None:
    number = _number(raw)
    if number is None or not 1 <= number < _EXCEL_DAYS:
        return None
    # A double holds a time of day to about a microsecond; spreadsheets show milliseconds.
    return _EXCEL_EPOCH + timedelta(milliseconds=round(number * 86_400_000))


def _number(raw: Any) -> float | None:
    if type(raw) is int or type(raw) is float:
        return raw
    if type(raw) is not str or not _DIGITS.fullmatch(raw):
        return None
    return float(raw) if "." in raw else int(raw)
