"""The GraphQL that commands of the terminal ask."""

from typing import Any, assert_never

from models import ChartType

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


def chart_question(chart_type: ChartType, most: int | None) -> tuple[str, dict[str, Any]]:
    """The document that asks for the chart of a widget, and its variables beside those of the widget and the time.

    Args:
        most: how many points, bins, rows or slices; None for as many as usual.
    """
    argument, of_type = _of_type(chart_type)
    limit = f"({argument}: $most)" if argument and most is not None else ""
    declared = ", $most: Int" if limit else ""
    document = _CHART.format(of_type=of_type.replace("(most)", limit), declared=declared)
    return document, {"most": most} if limit else {}


def _of_type(chart_type: ChartType) -> tuple[str | None, str]:
    """The argument that limits how much a chart has, and what is selected of it."""
    match chart_type:
        case ChartType.LINE:
            points = "points { databaseId timestamp value }"
            selected = f"totalPoints isThinned(most) series(most) {{ label isOther totalPoints isThinned {points} }}"
            return "maxPoints", f"... on LineChart {{ {selected} }}"
        case ChartType.BAR:
            bucket = "start end value dateTimeValue sampleCount share isPartial isFilled"
            selected = f"timePeriod series {{ label isOther sampleCount buckets {{ {bucket} }} }}"
            return None, f"... on BarChart {{ {selected} }}"
        case ChartType.PIE:
            return "top", "... on PieChart { total slices(most) { label isOther value percentage } }"
        case ChartType.LIST:
            row = "label labels value sampleCount percentage"
            return "first", f"... on ListChart {{ totalRows rows(most) {{ {row} }} }}"
        case ChartType.STAT:
            overview = "{ totalCalls successRate averageDuration p95Latency }"
            selected = "value dateTimeValue previousValue previousDateTimeValue previousSampleCount isSmallSample"
            interval = "interval { low high level }"
            return None, (
                f"... on StatChart {{ {selected} {interval} overview {overview} previousOverview {overview} }}"
            )
        case ChartType.HISTOGRAM:
            bins = "bins { from to value percentage }"
            return "maxBins", (
                f"... on HistogramChart {{ nullCount min max series(most) {{ label isOther sampleCount {bins} }} }}"
            )
        case _:
            assert_never(chart_type)
