"""Durations as options of commands have them: ``30m``, ``12h``, ``90d``."""

import re
from datetime import timedelta

import typer

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FORM = re.compile(rf"([0-9]{{1,9}})([{''.join(_UNITS)}])", re.ASCII)
LONGEST = timedelta(days=36_500)
"""The longest duration that an option takes."""


def duration(text: str) -> timedelta:
    """The duration of an option.

    Raises:
        typer.BadParameter: it is not one, or longer than ``LONGEST``.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        units = ", ".join(f"{unit} ({name})" for unit, name in _UNITS.items())
        raise typer.BadParameter(f"{text!r} is not a duration such as 30m, 12h or 90d. Units: {units}.")
    span = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if span > LONGEST:
        raise typer.BadParameter(f"{text} is longer than {LONGEST.days:,} days.")
    return span
