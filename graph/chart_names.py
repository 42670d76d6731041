"""How the types of charts are named in the schema."""

from collections.abc import Mapping

from models import ChartType

CHART_NAMES: Mapping[ChartType, str] = {kind: f"{kind.value.capitalize()}Chart" for kind in ChartType}
"""The type of each chart type."""
