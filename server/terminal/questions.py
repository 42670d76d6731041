"""The GraphQL that commands of the terminal ask."""

from typing import Any

from models import ChartType
from server.terminal.chart_types import IN_TERMINAL

DASHBOARDS = """query Dashboards($after: String, $search: String) {
  dashboards(first: 100, after: $after, search: $search) {
    edges { node { id name filters timeZone updatedAt isDefault widgetCount } }
    pageInfo { hasNextPage endCursor }
  }
}"""

_WIDGETS = "widgets { id name chartType field metric { name } aggregation timePeriod groupBy }"

DASHBOARD = f"query Dashboard($id: ID!) {{ dashboard(id: $id) {{ id name {_WIDGETS} }} }}"

DASHBOARDS_WITH_WIDGETS = """query Widgets($after: String) {
  dashboards(first: 20, after: $after) {
    edges { node { id name widgets { id name chartType } } }
    pageInfo { hasNextPage endCursor }
  }
}"""

WIDGET = "query Widget($id: ID!) { widget(id: $id) { id name chartType } }"

_CHART = """query Chart($id: ID!, $timeRange: TimeRangeInput, $scope: JSON{declared}) {{
  widget(id: $id) {{
    id name chartType timePeriod groupBy metric {{ name }} dashboard {{ id name }}
    data(timeRange: $timeRange, scope: $scope) {{
      __typename
      ... on Chart {{
        window {{ start end timeZone }}
        asOf fieldName dataType aggregation sampleCount source precision relativeError
      }}
      {of_type}
      ... on InvalidFilter {{ origin }}
      ... on Error {{ code message path }}
    }}
  }}
}}"""


def chart_question(chart_type: ChartType, size: tuple[int, int | None] | None) -> tuple[str, dict[str, Any]]:
    """The document that asks for the chart of a widget, and its variables beside those of the widget and the time.

    Args:
        size: the width, and the height if there is one, of a drawing; None for as much as tables have.
    """
    part = IN_TERMINAL[chart_type].asked(*(size or (None, None)))
    limit = f"({part.argument}: $most)" if part.most is not None else ""
    declared = ", $most: Int" if limit else ""
    document = _CHART.format(of_type=part.selected.replace("(most)", limit), declared=declared)
    return document, {"most": part.most} if limit else {}
