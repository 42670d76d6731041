"""Every table by chart type has a row for each of them."""

from collections.abc import Mapping
from typing import Any

import pytest

from aggregation.answer.charts import ANSWERS
from aggregation.question.chart_types import FORMS
from graph.chart_data import TYPES
from models import ChartType
from server.terminal.chart_types import IN_TERMINAL


@pytest.mark.parametrize("table", [ANSWERS, FORMS, TYPES, IN_TERMINAL])
def test_every_chart_type_has_a_row(table: Mapping[ChartType, Any]) -> None:
    assert set(table) == set(ChartType)
