"""The page on filters names every field, operator, group, fault and warning, and its examples are valid."""

import json
import re
from pathlib import Path

import pytest
from graphql import parse

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import OPERATORS, FaultCode, GroupOperator, WarningCode
from graph.schema import schema
from tests.filters.filter_cases import checked

PAGE = (Path(__file__).parents[2] / "docs" / "filters.md").read_text()
NAMES = (*CALL_LOG_FIELDS.names(), *OPERATORS, *GroupOperator, *FaultCode, *WarningCode)


@pytest.mark.parametrize("name", NAMES)
def test_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_the_example_is_valid() -> None:
    examples = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert examples
    for example in examples:
        assert checked(json.loads(example)).root is not None


def test_the_queries_are_valid() -> None:
    queries = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
    assert queries
    for query in queries:
        assert schema.validate(parse(query)) == []
