"""Metrics: reading them, and changing how they are shown."""

import re
from collections.abc import Iterable

from sqlalchemy import select

from models import EvaluationType, Metric
from models.types import ValueFormat
from resolvers.absent import ABSENT, Absent
from resolvers.loaders.slices import Page, Slice
from resolvers.names import clean_name, is_storable
from resolvers.page import count_of, page_of
from resolvers.rejections import Rejections
from resolvers.scope import Scope
from resolvers.writing import Writing

UNIT_LENGTH = 20
"""The most characters of a unit."""

FORMATS = (
    ValueFormat.NUMBER,
    ValueFormat.INTEGER,
    ValueFormat.PERCENT,
    ValueFormat.DURATION,
    ValueFormat.CURRENCY,
)
"""The formats of metrics whose values are numbers."""

_NUMBERS = (EvaluationType.NUMERIC, EvaluationType.RATING)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


async def list_metrics(scope: Scope, asked: Slice) -> Page[Metric]:
    """The project's metrics, as they were made."""
    return await page_of(scope, Metric, asked)


async def count_metrics(scope: Scope) -> int:
    """How many metrics the project has."""
    return await count_of(scope, Metric)


async def metric(scope: Scope, row_id: int) -> Metric | None:
    """One metric."""
    return await scope.loaders.metrics.load(row_id)


async def metrics(scope: Scope, row_ids: Iterable[int]) -> list[Metric]:
    """Several metrics, of those numbers that there are any of."""
    found = await scope.loaders.metrics.load_many(row_ids)
    return [row for row in found if row is not None]


async def update_metric(
    writing: Writing,
    rejections: Rejections,
    metric_id: int | None,
    display_name: str | Absent | None,
    unit: str | Absent | None,
    format: ValueFormat | Absent | None,
) -> Metric:
    """Changes how a metric is shown. What is absent stays; null is the usual.

    Raises:
        Rejected: there is no such metric, or a value is wrong.
    """
    statement = select(Metric).where(Metric.project_id == writing.project_id, Metric.id == metric_id).with_for_update()
    metric = None if metric_id is None else await writing.session.scalar(statement)
    if display_name is not ABSENT and display_name is not None:
        display_name = clean_name(rejections, display_name, "/displayName")
    if unit is not ABSENT and unit is not None:
        unit = _clean_unit(rejections, unit)
    if metric is None:
        if metric_id is not None:
            rejections.not_found("Metric", "/id")
        rejections.raise_if_any()
        raise AssertionError("An ID that is not valid is noted where it is read.")
    if display_name is not ABSENT:
        metric.display_name = display_name
    if unit is not ABSENT:
        metric.unit = unit
    if format is not ABSENT:
        metric.format = format
    _check_hints(rejections, metric, "/format" if format is not ABSENT else "/unit")
    rejections.raise_if_any()
    await writing.session.flush()
    await writing.session.refresh(metric)
    return metric


def _clean_unit(rejections: Rejections, value: str) -> str:
    unit = value.strip()
    if not unit or len(unit) > UNIT_LENGTH:
        message = f"A unit must have 1 to {UNIT_LENGTH} characters; this one has {len(unit):,}."
        rejections.invalid(message, "/unit")
    elif not is_storable(unit):
        rejections.invalid("A unit must be Unicode text without NUL characters.", "/unit")
    return unit


def _check_hints(rejections: Rejections, metric: Metric, path: str) -> None:
    """Notes what does not go together: of the metric's type, its format and its unit."""
    type_name = metric.evaluation_type.name
    if metric.evaluation_type not in _NUMBERS:
        if metric.format is not None:
            rejections.invalid(f"The format of a metric of type {type_name} cannot be set.", "/format")
        if metric.unit is not None:
            rejections.invalid(f"A metric of type {type_name} has no unit.", "/unit")
        return
    match metric.format:
        case ValueFormat.DATETIME | ValueFormat.BOOLEAN | ValueFormat.TEXT:
            names = tuple(one.name for one in FORMATS)
            message = f"{metric.format.name} is not a format of numbers. Allowed here: {', '.join(names)}."
            rejections.invalid(message, "/format", names)
        case ValueFormat.DURATION:
            if metric.unit is not None:
                rejections.invalid("DURATION is always in seconds, and takes no unit.", path)
        case ValueFormat.CURRENCY:
            if not _CURRENCY.fullmatch(metric.unit or ""):
                rejections.invalid("CURRENCY needs an ISO 4217 code as unit, such as EUR.", path)
        case ValueFormat.NUMBER | ValueFormat.INTEGER | ValueFormat.PERCENT | None:
            pass
