"""The parts of the documentation that come from tables are as the code has them, and the tables are whole."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aggregation.question.faults import WIDGET_FAULT_MEANINGS, WidgetFaultCode
from filters import FaultCode, WarningCode
from filters.faults import FAULT_MEANINGS
from filters.warnings import WARNING_MEANINGS
from graph.errors import ErrorCode
from server.http.codes import HTTP_CODES
from server.http.responses import UNAUTHENTICATED
from tests.imports import ROOT
from tests.pages.generated import PARTS, written

_CODE = re.compile(r"[A-Z]+(_[A-Z]+)+")
_ANSWERS = {"error_response", "error_body", "early_answer", "Reservations"}


@pytest.mark.parametrize("page", PARTS)
def test_the_page_is_as_the_code_has_it(page: str) -> None:
    text = (ROOT / page).read_text()
    assert written(text, PARTS[page]) == text, "Run python -m tests.pages.generated"


@pytest.mark.parametrize(
    ("codes", "meanings"),
    [(FaultCode, FAULT_MEANINGS), (WarningCode, WARNING_MEANINGS), (WidgetFaultCode, WIDGET_FAULT_MEANINGS)],
)
def test_every_code_has_a_meaning(codes: Any, meanings: Mapping[Any, str]) -> None:
    assert [*meanings] == [*codes]
    assert all(meaning.endswith(".") for meaning in meanings.values())


def _codes_of_answers() -> Iterator[str]:
    """The codes that the server's own answers are written with, and the tables of codes by status."""
    for path in (ROOT / "server").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            found: list[ast.expr] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ANSWERS:
                found = node.args
            elif isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["_CODES"]:
                found = node.value.values if isinstance(node.value, ast.Dict) else []
            for argument in found:
                if isinstance(argument, ast.Constant) and _CODE.fullmatch(text := str(argument.value)):
                    yield text


def test_every_code_of_the_server_is_listed() -> None:
    codes = {*_codes_of_answers(), UNAUTHENTICATED}
    assert len(codes) > 8
    assert codes - {code.value for code in ErrorCode} == set(HTTP_CODES)
