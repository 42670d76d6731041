"""The time that a command's chart is about: ``--from`` and ``--to``, or ``--range``."""

import re

import typer

_SPAN = re.compile(r"[0-9]{1,6}[smhdwMqy]", re.ASCII)
_BETWEEN = ".."


def time_range(start: str | None, end: str | None, both: str | None) -> dict[str, str | None] | None:
    """The time range of a request; None for that of the widget. The API checks the times.

    Raises:
        typer.BadParameter: the options contradict each other, or the range is not one.
    """
    if both is None:
        if end is not None and start is None:
            raise typer.BadParameter("--to requires --from.")
        return None if start is None else {"from": start, "to": end}
    if start is not None or end is not None:
        raise typer.BadParameter("--range cannot be combined with --from and --to.")
    if _SPAN.fullmatch(both):
        return {"from": f"now-{both}", "to": None}
    first, found, last = both.partition(_BETWEEN)
    if not found or not first or not last:
        raise typer.BadParameter(
            f"{both!r} is not a range such as 7d, 2026-02-01..2026-02-28 or now-1M/M..now/M (--range)."
        )
    return {"from": first, "to": last}
