"""The page on filters names every field, operator, group and fault, and its example is a valid filter."""

import json
import re
from pathlib import Path

import pytest

from aggregation.call_log_fields import CALL_LOG_FIELDS
from filters import OPERATORS, FaultCode, GroupOperator
from tests.filters.filter_cases import checked

PAGE = (Path(__file__).parents[2] / "docs" / "filters.md").read_text()
NAMES = (*CALL_LOG_FIELDS.names(), *OPERATORS, *GroupOperator, *FaultCode)


@pytest.mark.parametrize("name", NAMES)
def test_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_the_example_is_valid() -> None:
    examples = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert examples
    for example in examples:
        assert checked(json.loads(example)).root is not None
