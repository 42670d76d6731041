"""Time zones as files name them: IANA names, offsets from UTC, and abbreviations.

An abbreviation that stands for several zones (CST is in Chicago and in Shanghai) is not guessed: a mapping has to say.
"""

import re
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_HOURS = {
    "UTC": 0, "UT": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
    "SGT": 8, "HKT": 8, "JST": 9, "KST": 9, "AWST": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "SAST": 2,
}  # fmt: skip
ABBREVIATIONS: Mapping[str, tzinfo] = {name: timezone(timedelta(hours=hours)) for name, hours in _HOURS.items()}
"""Abbreviations of zones with what they are from UTC; only those that have one meaning."""
AMBIGUOUS = {
    "CST": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "IST": ("Asia/Kolkata", "Asia/Jerusalem"),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "AST": ("America/Halifax", "Asia/Riyadh"),
    "GST": ("Asia/Dubai", "Atlantic/South_Georgia"),
}
"""Abbreviations that stand for several zones, with some of these."""
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])([0-9]{1,2})(?::?([0-5][0-9]))?", re.IGNORECASE)
ZONE_FORM = "an IANA name, such as Europe/Berlin, or an offset, such as +02:00"


def zone_of(text: str, zones: Mapping[str, tzinfo] = ABBREVIATIONS) -> tzinfo | None:
    """The zone of a name, an offset or an abbreviation of ``zones``, in upper case there; None where there is none."""
    name = text.strip()
    if (zone := zones.get(name.upper())) is not None:
        return zone
    if match := _OFFSET.fullmatch(name):
        return _fixed(match)
    try:
        return ZoneInfo(name) if name and name.upper() not in AMBIGUOUS else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def allowed_zones(text: str) -> str:
    """What may stand in place of a text that is not a known zone."""
    name = text.strip().upper()
    if name in AMBIGUOUS:
        first, *others = AMBIGUOUS[name]
        more = ", ".join(f'or "{other}"' for other in others)
        return f'in the mapping zones = {{ {name} = "{first}" }}, {more}, or another; it stands for several'
    return f'{ZONE_FORM}; or an abbreviation that the mapping knows: zones = {{ ABC = "+02:00" }}'


def _fixed(match: re.Match[str]) -> tzinfo | None:
    sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset >= timedelta(hours=24):
        return None
    return timezone(-offset if sign == "-" else offset) if offset else UTC
