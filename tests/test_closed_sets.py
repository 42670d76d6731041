"""Nothing falls through: ``case _:`` stands only where the subject is open, or where it proves that nothing is left.

Over a closed set (an enum, a union of our own classes) a type checker sees a member that no case names, but only where
no ``case _:`` takes it. A new member must be looked at everywhere, so there it is either named or answered by
``assert_never``.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregation.question.faults import ChartError
from filters import FilterFault
from graph.chart_errors import error_member, request_error
from tests.imports import ROOT, nodes_of

PACKAGES = ("aggregation", "filters", "graph", "models", "resolvers", "server")

OPEN = {
    "aggregation/question/grouping.py": {"given.get('type')": "JSON of a client"},
    "aggregation/service.py": {"error.orig": "errors of the database driver"},
    "filters/faults.py": {"value": "JSON of a client"},
    "filters/parse.py": {"value": "JSON of a client"},
    "filters/values.py": {"value": "JSON of a client"},
    "graph/chart_errors.py": {"error": "subclasses, which the test below walks"},
    "graph/inputs/call_log_filter.py": {"value": "values of any input type"},
    "graph/limits.py": {"node": "nodes of graphql-core's syntax tree"},
    "graph/lookahead.py": {"node": "nodes of graphql-core's syntax tree"},
    "graph/scalars.py": {"node": "nodes of graphql-core's syntax tree"},
    "graph/schema.py": {"kind": "types of graphql-core"},
    "models/json_numbers.py": {"item": "JSON of a client"},
    "resolvers/documents/names.py": {"value": "JSON of a client"},
    "resolvers/documents/write.py": {"value": "JSON of any kind"},
    "resolvers/json_values.py": {"item": "JSON of a client"},
    "server/exporting/encoding.py": {"value": "values of any column"},
}
"""Subjects that are no closed sets, by file, and what they are."""


def swallowing(source: str) -> Iterator[tuple[int, str]]:
    """The line and the subject of every ``match`` with a ``case _:`` that does not call ``assert_never``."""
    for node in nodes_of(source):
        if isinstance(node, ast.Match):
            for case in node.cases:
                is_any = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
                if is_any and not any("assert_never" in ast.unparse(statement) for statement in case.body):
                    yield node.lineno, ast.unparse(node.subject)


def files() -> list[Path]:
    return sorted(file for folder in PACKAGES for file in (ROOT / folder).rglob("*.py"))


def test_nothing_falls_through() -> None:
    found = {
        f"{file.relative_to(ROOT)}:{line} match {subject}"
        for file in files()
        for line, subject in swallowing(file.read_text())
        if subject not in OPEN.get(str(file.relative_to(ROOT)), {})
    }
    assert not found, "Name the cases, or call assert_never; an open subject goes into OPEN with what it is."


def test_every_exception_is_needed() -> None:
    for name, subjects in OPEN.items():
        assert set(subjects) == {subject for _, subject in swallowing((ROOT / name).read_text())}, name


PLANTED = """
match {subject}:
    case Op.EQ:
        return 1
    case _:
        {body}
"""


@pytest.mark.parametrize("body", ["return 2", "pass", "raise error"])
def test_a_planted_case_is_seen(body: str) -> None:
    assert list(swallowing(PLANTED.format(subject="op", body=body))) == [(2, "op")]


def test_a_case_that_proves_that_nothing_is_left_is_not() -> None:
    assert list(swallowing(PLANTED.format(subject="op", body="assert_never(op)"))) == []


def all_errors(kind: type[ChartError]) -> Iterator[type[ChartError]]:
    for below in kind.__subclasses__():
        yield below
        yield from all_errors(below)


ERRORS = sorted(all_errors(ChartError), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ERRORS)
def test_every_chart_error_has_its_words(kind: type[ChartError]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "what is wrong")
    faults = (FilterFault("INVALID_VALUE", "what is wrong", "/value"),)
    for name, value in {"origin": "widget", "faults": faults, "days": 30, "seconds": 1.0}.items():
        setattr(error, name, value)
    assert error_member(error).message is not None
    assert request_error(error).message == "what is wrong"
