"""Writing the history of a dashboard: a revision for every change, in the transaction of the change.

The dashboard's row must be locked; that is what numbers revisions without gaps. A state that nothing recorded (a
dashboard older than the history, or changed by plain SQL) is recorded first, without an author, so that an undo
finds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from models import DashboardRevision
from resolvers.author import Author
from resolvers.dashboard_changes import Change, changes_metric, compare, summary
from resolvers.dashboard_state import DashboardState, from_json, to_json
from resolvers.writing import Writing, metrics_of

MAX_REVISIONS = 200
"""Revisions kept of a dashboard. The oldest go when there are more."""

FOUND = "The state of the dashboard when recording began; earlier changes were not recorded."
OUTSIDE = "Changed outside the API."


@dataclass(frozen=True, slots=True)
class Head:
    """The newest revision of a dashboard. ``state_of`` is the revision whose state it is: itself, but for an undo."""

    number: int
    state_of: int


NO_HEAD = Head(0, 0)


async def record(
    writing: Writing,
    dashboard_id: int,
    before: DashboardState | None,
    after: DashboardState,
    *,
    told: str | None = None,
    state_of: int | None = None,
    even_same: bool = False,
) -> None:
    """Adds a revision, unless nothing differs.

    Args:
        before: the state before the change; None for a dashboard that the change made.
        told: the summary; without it the changes tell themselves.
        state_of: for an undo, the revision that it goes back to.
        even_same: adds it although nothing differs, as an undo does that could not take the default back: the next
            one must go further.
    """
    changes = await changes_between(writing, before, after)
    if before is not None and not changes and not even_same:
        return
    head = NO_HEAD if before is None else await head_of(writing, dashboard_id, before)
    number = head.number + 1
    sentence = told if told is not None else summary(changes)
    await _insert(writing, dashboard_id, number, after, sentence, changes, author=writing.author, state_of=state_of)
    if number > MAX_REVISIONS:
        oldest = number - MAX_REVISIONS
        await writing.session.execute(
            delete(DashboardRevision).where(*_of(writing, dashboard_id), DashboardRevision.number <= oldest)
        )


async def changes_between(writing: Writing, before: DashboardState | None, after: DashboardState) -> tuple[Change, ...]:
    """What differs, with metrics by their names; nothing for a new dashboard."""
    if before is None:
        return ()
    names = {}
    if changes_metric(before, after):
        names = {metric.id: metric.name for metric in (await metrics_of(writing)).values()}
    return compare(before, after, names)


async def head_of(writing: Writing, dashboard_id: int, present: DashboardState) -> Head:
    """The newest revision, which is that of the present state: one that was not recorded is so now."""
    columns = (DashboardRevision.number, DashboardRevision.state_of, DashboardRevision.document)
    statement = select(*columns).where(*_of(writing, dashboard_id)).order_by(DashboardRevision.number.desc()).limit(1)
    found = (await writing.session.execute(statement)).one_or_none()
    if found is None:
        await _insert(writing, dashboard_id, 1, present, FOUND, ())
        return Head(1, 1)
    number, state_of, document = found.tuple()
    unrecorded = await changes_between(writing, from_json(document), present)
    if unrecorded:
        await _insert(writing, dashboard_id, number + 1, present, OUTSIDE, unrecorded)
        return Head(number + 1, number + 1)
    return Head(number, state_of or number)


def _of(writing: Writing, dashboard_id: int) -> tuple[Any, Any]:
    return DashboardRevision.project_id == writing.project_id, DashboardRevision.dashboard_id == dashboard_id


async def _insert(
    writing: Writing,
    dashboard_id: int,
    number: int,
    state: DashboardState,
    sentence: str,
    changes: Sequence[Change],
    *,
    author: Author | None = None,
    state_of: int | None = None,
) -> None:
    await writing.session.execute(
        insert(DashboardRevision).values(
            project_id=writing.project_id,
            dashboard_id=dashboard_id,
            number=number,
            key_id=author.key_id if author else None,
            author=author.name if author else None,
            summary=sentence,
            changes=[change.to_json() for change in changes],
            document=to_json(state),
            state_of=state_of,
        )
    )
