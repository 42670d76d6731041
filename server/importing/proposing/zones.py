"""Where local times are: by the name of their column, by another column, or as the command says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from server.importing.proposing.columns import Column
from server.importing.proposing.draft import Draft
from server.importing.proposing.senses import is_zone_alone, is_zone_of_times
from server.importing.proposing.spans import Moment
from server.importing.values.zones import AMBIGUOUS, allowed_zones, zone_of

_COMMON = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
}  # fmt: skip
"""What is written for zones with their summer time, and may mean others."""
_HALF_A_YEAR = frozenset({
    "WET", "WEST", "CET", "CEST", "EET", "EEST", "EST", "EDT", "CDT", "MST", "MDT", "PST", "PDT", "AKST", "AKDT",
    "AEST", "AEDT", "NZST", "NZDT",
})  # fmt: skip
"""Abbreviations that hold for a part of the year: as the name of a column they often mean the zone in all of it."""
_IN_BRACKETS = re.compile(r"[(\[{]\s*([^()\[\]{}]+?)\s*[)\]}]")
_LAST = re.compile(r"(?:^|[^A-Za-z])((?:UTC|GMT)\s*(?:[+-][0-9:]+)?|[A-Z]{2,4})$")
_UTC = re.compile(r"(?i:(?<![a-z])utc)|UTC|Utc")
_HOURS = re.compile(r"[+-]?[0-9]{1,2}(?:\.(?:0|00|25|5|50|75))?")
_MINUTES = re.compile(r"[+-]?[0-9]{3}")
"""What can be minutes, or hours and minutes."""
_MOST_HOURS = 14


def time_zone(draft: Draft, moment: Moment) -> object:
    """The ``time_zone`` of times that are local, or of which some are."""
    labels = [column.label for column in moment.columns]
    if any(_UTC.search(label) and (_named(label) in (None, "UTC")) for label in labels):
        return "UTC"
    if draft.zone is not None:
        return draft.zone
    for label in labels:
        if (name := _named(label)) is not None:
            return _of_name(draft, label, name)
    columns = [column for column in draft.free.columns if is_zone_of_times(column.keys or (column.name,))]
    for column in columns:
        if (source := _of_column(draft, column)) is not None:
            return source
    if moment.guess.is_mixed:
        draft.guess(f"Some of the times in {labels[0]} have no zone; these were read in UTC.")
    elif not any(is_zone_alone(column.label) for column in columns):
        draft.notes.append("The times have no zone and were read in UTC: change time_zone if they are of another.")
    return "UTC"


def _named(label: str) -> str | None:
    """The zone in the name of a column: in brackets, or its last word."""
    found = [match[1] for match in _IN_BRACKETS.finditer(label)]
    found += [match[1].strip() for match in _LAST.finditer(label.rstrip(" )]}"))]
    return next((name for name in found if _is_name(name)), None)


def _is_name(name: str) -> bool:
    known = name.upper() if name.upper() in ("UTC", "GMT") else name
    return known in _COMMON or known in AMBIGUOUS or zone_of(known) is not None


def _of_name(draft: Draft, label: str, name: str) -> str:
    if name in AMBIGUOUS:
        zones = " or ".join(f'"{zone}"' for zone in AMBIGUOUS[name])
        draft.questions.append(f"{label} has times in {name}, which stands for several zones; set time_zone = {zones}.")
        return "UTC"
    if name in _COMMON:
        draft.guess(f"{label}: {name} was read as {_COMMON[name]}; change time_zone if it means another zone.")
        return _COMMON[name]
    if name in _HALF_A_YEAR:
        draft.guess(
            f"{label}: the times were read in {name} in all of the year; change time_zone to a name such as "
            "Europe/Berlin or America/New_York if clocks are changed."
        )
    return name


@dataclass
class _Values:
    """What the texts of a column of zones are."""

    zones: dict[str, str] = field(default_factory=dict[str, str])
    common: list[str] = field(default_factory=list[str])
    ambiguous: list[str] = field(default_factory=list[str])
    others: list[str] = field(default_factory=list[str])


def _of_column(draft: Draft, column: Column) -> object | None:
    """The zones of a column as a source; None where it does not have zones."""
    values = _values(list(column.counts))
    if values.others:
        if values.zones or is_zone_alone(column.label):
            draft.guess(
                f"{column.name} seems to have the zones of the times, and {values.others[0]} is none that is known: "
                "the times were read in UTC."
            )
        return None
    draft.free.use(column)
    draft.questions += [f"{column.name} has the zone {name}; add {allowed_zones(name)}." for name in values.ambiguous]
    for name in values.common:
        draft.guess(f"{column.name}: {name} was read as {values.zones[name]}; change values if it means another zone.")
    keys: dict[str, object] = (
        {} if all(text == zone for text, zone in values.zones.items()) else {"values": values.zones}
    )
    if keys and all(_HOURS.fullmatch(text) or zone_of(text) is not None for text in values.zones):
        keys = {"unit": "hours"}  # also for hours that stand further down
    return {"column": column.name, **keys, **draft.null(column)}


def _values(texts: Sequence[str]) -> _Values:
    values = _Values()
    for text in texts:
        if text.upper() in AMBIGUOUS:
            values.ambiguous.append(text)
            values.zones[text] = text
        elif text.upper() in _COMMON:
            values.common.append(text)
            values.zones[text] = _COMMON[text.upper()]
        elif _HOURS.fullmatch(text) and abs(float(text)) <= _MOST_HOURS:
            values.zones[text] = text if text[0] in "+-" and zone_of(text) is not None else _offset(float(text))
        elif zone_of(text) is not None and not _MINUTES.fullmatch(text):
            values.zones[text] = text
        else:
            values.others.append(text)
    return values


def _offset(hours: float) -> str:
    minutes = round(abs(hours) * 60)
    return f"{'-' if hours < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
