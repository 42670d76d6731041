"""The quotas of a project's widgets, and of the metadata keys that they chart.

Pre-aggregates are built for saved widgets alone, so these bound what is stored for the charts of a project, too.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func, select, union

from filters.metadata_names import METADATA, TYPED
from models import Dashboard, Widget
from models.quotas import Quotas
from models.sessions import QUOTAS
from resolvers.rejections import Rejections
from resolvers.widget_definitions import WidgetChanges
from resolvers.writing import Writing, lock_project


def count_widgets(project_id: int) -> Select[int]:
    """How many widgets the dashboards of a project have; those that are deleted are not counted."""
    return select(func.count()).select_from(Widget).join(Dashboard, _on_dashboard(project_id)).where(*_of(project_id))


def count_charted_keys(project_id: int) -> Select[int]:
    """How many metadata keys those widgets plot or group by."""
    names = [
        select(func.regexp_replace(name, _OF_TYPE, "").label("key"))
        .select_from(Widget)
        .join(Dashboard, _on_dashboard(project_id))
        .where(*_of(project_id), name.startswith(METADATA))
        for name in (Widget.field, Widget.group_by["field"].astext)
    ]
    return select(func.count()).select_from(union(*names).subquery())


_OF_TYPE = f"{TYPED}[a-z]+$"
"""What a field's name ends in that has the values of a type: it is another field of the same key."""


def _on_dashboard(project_id: int) -> ColumnElement[bool]:
    return (Dashboard.project_id == project_id) & (Dashboard.id == Widget.dashboard_id)


def _of(project_id: int) -> tuple[ColumnElement[bool], ...]:
    return Widget.project_id == project_id, Dashboard.project_id == project_id, Dashboard.deleted_at.is_(None)


@asynccontextmanager
async def in_widget_quotas(writing: Writing, rejections: Rejections, path: str) -> AsyncGenerator[None]:
    """Holds a block that writes widgets to the quotas. The project must be locked.

    Raises:
        Rejected: the project has more than it may, and more than before.
    """
    quotas: Quotas = writing.session.info[QUOTAS]
    before = await _used(writing)
    yield
    after = await _used(writing)
    limits = (
        (quotas.widgets, "widgets. Delete some first."),
        (quotas.charted_keys, "metadata keys in the fields and groupings of widgets. Chart fewer of them first."),
    )
    for (most, noun), was, now in zip(limits, before, after, strict=True):
        if now > max(most, was):
            rejections.exceeded(f"A project can have at most {most:,} {noun}", path)
    rejections.raise_if_any()


async def held_to_widget_quotas(
    writing: Writing, rejections: Rejections, path: str, changes: Iterable[WidgetChanges]
) -> AbstractAsyncContextManager[None]:
    """The same for changes of stored widgets, where they chart metadata keys; locks the project then."""
    if not any(_charts_metadata(one) for one in changes):
        return nullcontext()
    await lock_project(writing)
    return in_widget_quotas(writing, rejections, path)


def _charts_metadata(changes: WidgetChanges) -> bool:
    given: Any = changes.group_by
    group = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    names: tuple[Any, ...] = changes.field, group.get("field")
    return any(isinstance(name, str) and name.startswith(METADATA) for name in names)


async def _used(writing: Writing) -> tuple[int, int]:
    await writing.session.flush()
    counts = count_widgets(writing.project_id), count_charted_keys(writing.project_id)
    row = (await writing.session.execute(select(*(count.scalar_subquery() for count in counts)))).one()
    return row[0], row[1]
