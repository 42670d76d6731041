"""Nothing falls through: ``case _:`` stands only where the subject is open, or where it proves that nothing is left.

Over a closed set (an enum, a union of our own classes) a type checker sees a member that no case names, but only where
no ``case _:`` takes it. A new member must be looked at everywhere, so there it is either named or answered by
``assert_never``. A chain of ``if`` over the members of an enum has neither, so a ``match`` stands in its place.
"""

import ast
from collections.abc import Iterator, Mapping
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
    "graph/cost/walk.py": {"node": "nodes of graphql-core's syntax tree"},
    "graph/document_size.py": {"node": "nodes of graphql-core's syntax tree"},
    "graph/input_size.py": {"node": "nodes of graphql-core's syntax tree"},
    "graph/inputs/call_log_filter.py": {"value": "values of any input type"},
    "graph/lookahead.py": {"node": "nodes of graphql-core's syntax tree"},
    "graph/scalars.py": {
        "node": "nodes of graphql-core's syntax tree",
        "literal": "nodes of graphql-core's syntax tree",
        "value": "JSON of a client",
    },
    "graph/schema.py": {"kind": "types of graphql-core"},
    "models/json_numbers.py": {"item": "JSON of a client"},
    "resolvers/documents/names.py": {"value": "JSON of a client"},
    "resolvers/documents/write.py": {"value": "JSON of any kind"},
    "resolvers/json_values.py": {"item": "JSON of a client"},
    "resolvers/kept_results.py": {"value": "values of any type", "kept": "JSON that it wrote itself"},
    "server/exporting/encoding.py": {"value": "values of any column"},
    "server/json_slices.py": {"self._text[at:at + 1]": "the next character of a text"},
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


def chains(source: str, enums: Mapping[str, set[str]]) -> Iterator[tuple[int, str]]:
    """The line and the subject of every row of ``if`` or ``elif`` that asks after members of an enum one by one."""
    for node in nodes_of(source):
        for statements in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            asked: dict[tuple[str, str], list[int]] = {}
            for test in _tests(statements if isinstance(statements, list) else []):
                if (found := _asked(test, enums)) is not None:
                    asked.setdefault(found, []).append(test.lineno)
            yield from ((lines[0], subject) for (subject, _), lines in asked.items() if len(lines) > 1)


def _tests(statements: list[ast.stmt]) -> Iterator[ast.expr]:
    """The conditions of the ``if`` statements that stand beside each other, with their ``elif``."""
    for statement in statements:
        while isinstance(statement, ast.If):
            yield statement.test
            if len(statement.orelse) != 1:
                break
            statement = statement.orelse[0]


def _asked(test: ast.expr, enums: Mapping[str, set[str]]) -> tuple[str, str] | None:
    """What a comparison compares with members of which enum."""
    match test:
        case ast.Compare(left, [ast.Is() | ast.Eq()], [member]):
            members = [member]
        case ast.Compare(left, [ast.In()], [ast.Tuple(elts=members) | ast.Set(elts=members)]):
            pass
        case _:
            return None
    for member in members:
        match member:
            case ast.Attribute(ast.Name(name), attr) if attr in enums.get(name, set()):
                return ast.unparse(left), name
            case _:
                pass
    return None


def enums_of(source: str) -> Iterator[tuple[str, set[str]]]:
    """The enums that a text declares, with their members."""
    for node in nodes_of(source):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Enum") for base in node.bases):
            targets = (target for line in node.body if isinstance(line, ast.Assign) for target in line.targets)
            yield node.name, {target.id for target in targets if isinstance(target, ast.Name)}


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


def test_no_chain_of_ifs_stands_for_a_match() -> None:
    texts = {str(file.relative_to(ROOT)): file.read_text() for file in files()}
    enums = dict(found for text in texts.values() for found in enums_of(text))
    assert {"Op", "TimePeriod"} <= enums.keys()
    found = {f"{name}:{line} {subject}" for name, text in texts.items() for line, subject in chains(text, enums)}
    assert not found, "Use match, which ends with assert_never or names every member."


CHAIN = """
if op is Op.EQ:
    x = 1
{second} op {test}:
    x = 2
"""


@pytest.mark.parametrize("second", ["elif", "if"])
@pytest.mark.parametrize("test", ["is Op.IN", "== Op.IN", "in (Op.IN, Op.LT)"])
def test_a_planted_chain_is_seen(second: str, test: str) -> None:
    source = CHAIN.format(second=second, test=test)
    assert list(chains(source, {"Op": {"EQ", "IN", "LT"}})) == [(2, "op")]


@pytest.mark.parametrize("test", ["is other", "is Kind.IN", "is not Op.IN"])
def test_what_is_no_chain_is_not(test: str) -> None:
    source = CHAIN.format(second="elif", test=test)
    assert list(chains(source, {"Op": {"EQ", "IN"}, "Kind": {"IN"}})) == []


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
