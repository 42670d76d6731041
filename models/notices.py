"""Notices of changes, as triggers send them: which project something changed in, and nothing of what it was."""

import re
from dataclasses import dataclass
from enum import StrEnum

CHANNEL = "dialboard_changes"
"""The channel of PostgreSQL's LISTEN and NOTIFY."""


class Topic(StrEnum):
    """What changed."""

    CALLS = "calls"
    """Calls, their evaluations, or the names of agents and metrics: whatever appends change marks."""

    DASHBOARDS = "dashboards"
    """Dashboards or their widgets."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of a topic changed in a project."""

    project_id: int
    topic: Topic


_FORM = re.compile(rf"({'|'.join(Topic)}) ([0-9]{{1,19}})", re.ASCII)


def read_notice(payload: str) -> Notice | None:
    """The notice of a payload; None for one of another form, which anybody who may connect can send."""
    found = _FORM.fullmatch(payload)
    return Notice(int(found[2]), Topic(found[1])) if found else None
