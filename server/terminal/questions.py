"""The GraphQL that commands of the terminal ask."""

from dataclasses import dataclass
from typing import Any, assert_never

from aggregation.question.query import MAX_POINTS
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


_POINTS_A_CELL = 8
"""A cell is two columns of dots wide, and four points draw a column."""
_ROWS = 100


def chart_question(chart_type: ChartType, size: tuple[int, int | None] | None) -> tuple[str, dict[str, Any]]:
    """The document that asks for the chart of a widget, and its variables beside those of the widget and the time.

    Args:
        size: the width, and the height if there is one, of a drawing; None for as much as tables have.
    """
    part = _part(chart_type, *(size or (None, None)))
    limit = f"({part.argument}: $most)" if part.most is not None else ""
    declared = ", $most: Int" if limit else ""
    document = _CHART.format(of_type=part.selected.replace("(most)", limit), declared=declared)
    return document, {"most": part.most} if limit else {}


@dataclass(frozen=True, slots=True)
class _Part:
    """What is selected of a chart type.

    Attributes:
        argument: what limits how much there is; it stands where ``selected`` has ``(most)``.
        most: the limit; None for as much as usual.
    """

    selected: str
    argument: str = ""
    most: int | None = None


def _part(chart_type: ChartType, width: int | None, height: int | None) -> _Part:
    match chart_type:
        case ChartType.LINE:
            points = "points { databaseId timestamp value }"
            selected = f"totalPoints isThinned(most) series(most) {{ label isOther totalPoints isThinned {points} }}"
            most = MAX_POINTS if width is None else min(MAX_POINTS, _POINTS_A_CELL * width)
            return _Part(f"... on LineChart {{ {selected} }}", "maxPoints", most)
        case ChartType.BAR:
            bucket = "start end value dateTimeValue sampleCount share isPartial isFilled"
            selected = f"timePeriod series {{ label isOther sampleCount buckets {{ {bucket} }} }}"
            return _Part(f"... on BarChart {{ {selected} }}")
        case ChartType.PIE:
            most = None if height is None else height - 1  # and one for all others
            return _Part("... on PieChart { total slices(most) { label isOther value percentage } }", "top", most)
        case ChartType.LIST:
            rows = "rows(most) { label labels value sampleCount percentage }"
            return _Part(f"... on ListChart {{ totalRows {rows} }}", "first", _ROWS if width is None else height)
        case ChartType.STAT:
            overview = "{ totalCalls successRate averageDuration p95Latency }"
            selected = "value dateTimeValue previousValue previousDateTimeValue previousSampleCount isSmallSample"
            overviews = f"overview {overview} previousOverview {overview}"
            return _Part(f"... on StatChart {{ {selected} interval {{ low high level }} {overviews} }}")
        case ChartType.HISTOGRAM:
            series = "series(most) { label isOther sampleCount bins { from to value percentage } }"
            return _Part(f"... on HistogramChart {{ nullCount min max {series} }}", "maxBins", height)
        case _:
            assert_never(chart_type)
