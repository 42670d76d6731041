"""The widgets to begin with, as far as the project has what they plot."""

from dataclasses import dataclass

from sqlalchemy import select

from aggregation.question.faults import InvalidWidgetError
from aggregation.question.query import MetricRef, WidgetDefinition
from aggregation.question.validate import validate_widget
from models import Metric
from resolvers.scope import Scope
from resolvers.widget_templates import TEMPLATES, WidgetTemplate


@dataclass(frozen=True, slots=True)
class Offer:
    """A template, its metric in the project, and why it cannot be used there; None when it can."""

    template: WidgetTemplate
    metric: Metric | None = None
    reason: str | None = None


async def offers(scope: Scope) -> list[Offer]:
    """An offer for every template."""
    names = {template.metric_name for template in TEMPLATES} - {None}
    statement = select(Metric).where(Metric.project_id == scope.project_id, Metric.name.in_(names))
    async with scope.sessions.read(scope.project_id) as session:
        metrics = {metric.name: metric for metric in await session.scalars(statement)}
    return [_offer(template, metrics) for template in TEMPLATES]


def _offer(template: WidgetTemplate, metrics: dict[str, Metric]) -> Offer:
    if template.metric_name is None:
        return Offer(template)
    metric = metrics.get(template.metric_name)
    if metric is None:
        return Offer(template, None, f"The project has no metric named {template.metric_name!r}.")
    definition = WidgetDefinition(
        template.chart_type, template.field, metric.id, template.aggregation, template.time_period
    )
    try:
        validate_widget(definition, {metric.id: MetricRef(metric.id, metric.name, metric.evaluation_type)})
    except InvalidWidgetError as error:
        return Offer(template, metric, " ".join(fault.message for fault in error.faults))
    return Offer(template, metric)
