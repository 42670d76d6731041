"""Nothing falls through: ``case _:`` stands only where the subject is open, or where it proves that nothing is left.

Over a closed set (an enum, a union of our own classes) a type checker sees a member that no case names, but only where
no ``case _:`` takes it. A new member must be looked at everywhere, so there it is either named or answered by
``assert_never``. A chain of ``if`` over the members of an enum has neither, so a ``match`` stands in its place. So it
does in place of a conditional expression, or of a predicate that is returned, over an enum of more than two members.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from aggregation.question.faults import ChartError
from filters import FilterFault
from graph.chart_errors import error_member, request_error
from tests.imports import ROOT, nodes_of, parsed

PACKAGES = ("aggregation", "filters", "graph", "models", "resolvers", "server")

OPEN = {
    "aggregation/question/grouping.py": {"Grouping._one": "JSON of a client"},
    "aggregation/service.py": {"chart_error": "errors of the database driver"},
    "filters/faults.py": {"echo": "JSON of a client"},
    "filters/parse.py": {"_Parser.literal_is_sound": "JSON of a client"},
    "filters/values.py": dict.fromkeys(("_type_of", "_string", "_integer"), "JSON of a client"),
    "graph/chart_errors.py": dict.fromkeys(("error_member", "request_error"), "subclasses, which the test below walks"),
    "graph/client_config/urql.py": dict.fromkeys(("_type", "_types"), "kinds of types of graphql-core"),
    "graph/cost/walk.py": {"Walk._fields": "nodes of graphql-core's syntax tree"},
    "graph/document_size.py": dict.fromkeys(("Sizes.of", "Sizes.repeats"), "nodes of graphql-core's syntax tree"),
    "graph/input_size.py": {"_type_of": "nodes of graphql-core's syntax tree"},
    "graph/inputs/call_log_filter.py": {"_plain": "values of any input type"},
    "graph/lookahead.py": dict.fromkeys(("_Walk.fields",), "nodes of graphql-core's syntax tree"),
    "graph/scalars.py": {
        "parse_big_int": "JSON of a client",
        "parse_big_int_literal": "nodes of graphql-core's syntax tree",
        "parse_json_literal": "nodes of graphql-core's syntax tree",
    },
    "graph/schema.py": {"Schema.forget_null_defaults": "types of graphql-core"},
    "models/json_numbers.py": {"wrong_numbers": "JSON of a client"},
    "resolvers/documents/names.py": {"_number": "JSON of a client"},
    "resolvers/documents/write.py": {"_sorted": "JSON of any kind"},
    "resolvers/json_values.py": {"check_storable": "JSON of a client"},
    "resolvers/kept_results.py": {
        "_kept": "values of any type, rows of any table among them",
        "_plain": "values of any column",
        "_restored": "JSON that it wrote itself",
    },
    "server/commands/mapping_choice.py": {"_confirmed": "what somebody types"},
    "server/exporting/encoding.py": {"CsvWriter._cell": "values of any column"},
    "server/json_slices.py": dict.fromkeys(
        ("SlicedReader._items", "SlicedReader._members"), "the next character of a text"
    ),
    "server/importing/mapping_values.py": {"ValueReader._of": "a key of a mapping file"},
    "server/importing/proposing/toml_text.py": {"_value": "values of TOML"},
    "server/importing/values/cells.py": dict.fromkeys(("text_of", "plain"), "what files hold"),
    "server/importing/values/times.py": {"_reader": "a format, of which few have names"},
}
"""Functions with one ``match`` over what is no closed set, by file, and what that is."""

OPEN_TO_SUBCLASSES = {
    "graph/chart_errors.py": {"error_member", "request_error"},
    "resolvers/kept_results.py": {"_kept"},
}
"""Those of them whose cases name classes of our own."""


Enums = Mapping[str, set[str]]
"""Names of enums, each with its members."""


def _matches(node: ast.AST, within: tuple[str, ...] = ()) -> Iterator[tuple[str, ast.Match]]:
    """Every ``match`` below a node, with the qualified name of the function it is in."""
    for below in ast.iter_child_nodes(node):
        if isinstance(below, ast.Match):
            yield ".".join(within), below
        is_named = isinstance(below, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from _matches(below, (*within, below.name) if is_named else within)


def _swallows(node: ast.Match) -> bool:
    """Whether it has a ``case _:`` that does not call ``assert_never``."""
    for case in node.cases:
        is_any = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
        if is_any and not any("assert_never" in ast.unparse(statement) for statement in case.body):
            return True
    return False


def swallowing(
    source: str, enums: Enums | None = None, classes: Collection[str] | None = None
) -> Iterator[tuple[int, str]]:
    """The line and the function of every ``match`` with a ``case _:`` that does not call ``assert_never``.

    With ``enums``, only those that name a member of one, and with ``classes``, only those that name one of them: their
    subject is closed, wherever it is.
    """
    for function, node in _matches(parsed(source)):
        is_meant = (enums is None or _names_members(node, enums)) and (classes is None or _names_classes(node, classes))
        if is_meant and _swallows(node):
            yield node.lineno, function


def _names_classes(node: ast.Match, classes: Collection[str]) -> bool:
    """Whether a case names one of the classes, at any depth."""
    patterns = (pattern for case in node.cases for pattern in ast.walk(case.pattern))
    return any(isinstance(one, ast.MatchClass) and ast.unparse(one.cls) in classes for one in patterns)


def _names_members(node: ast.Match, enums: Enums) -> bool:
    """Whether a case of its own, or one side of an ``or``, is a member of an enum."""
    patterns = [side for case in node.cases for side in _sides(case.pattern)]
    return any(isinstance(one, ast.MatchValue) and _enum_of(one.value, enums) for one in patterns)


def _sides(pattern: ast.pattern) -> list[ast.pattern]:
    return pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]


def chosen(source: str, enums: Enums) -> Iterator[tuple[int, str]]:
    """The line and the text of every ``a if x is Member else b``, and of every predicate that is returned, over an enum
    of more than two members: a new one would join the others unseen."""
    large = {name: members for name, members in enums.items() if len(members) > 2}
    for node in nodes_of(source):
        match node:
            case ast.IfExp(test) | ast.Return(ast.Compare(ops=[ast.In() | ast.NotIn()]) as test):
                if any(_asked(part, large) for part in ast.walk(test) if isinstance(part, ast.Compare)):
                    yield node.lineno, ast.unparse(test)
            case _:
                pass


def chains(source: str, enums: Enums) -> Iterator[tuple[int, str]]:
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


def _asked(test: ast.expr, enums: Enums) -> tuple[str, str] | None:
    """What a comparison compares with members of which enum."""
    match test:
        case ast.BoolOp(ast.And(), [first, *_]):
            return _asked(first, enums)
        case ast.Compare(left, [ast.Is() | ast.Eq() | ast.IsNot() | ast.NotEq()], [member]):
            members = [member]
        case ast.Compare(
            left, [ast.In() | ast.NotIn()], [ast.Tuple(elts=members) | ast.Set(elts=members) | ast.List(elts=members)]
        ):
            pass
        case _:
            return None
    names = [name for member in members if (name := _enum_of(member, enums))]
    return (ast.unparse(left), names[0]) if names else None


def _enum_of(member: ast.expr, enums: Enums) -> str | None:
    """The enum of which an expression names a member, or the member's value or name."""
    match member:
        case ast.Attribute(ast.Name(name), attr) if attr in enums.get(name, set()):
            return name
        case ast.Attribute(ast.Attribute() as inner, "value" | "name"):
            return _enum_of(inner, enums)
        case _:
            return None


def enums_of(source: str) -> Iterator[tuple[str, set[str]]]:
    """The enums that a text declares, with their members."""
    for node in nodes_of(source):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Enum") for base in node.bases):
            targets = (target for line in node.body if isinstance(line, ast.Assign) for target in line.targets)
            yield node.name, {target.id for target in targets if isinstance(target, ast.Name)}


def classes_of(source: str) -> set[str]:
    """The names of the classes that a text declares."""
    return {node.name for node in nodes_of(source) if isinstance(node, ast.ClassDef)}


def files() -> list[Path]:
    return sorted(file for folder in PACKAGES for file in (ROOT / folder).rglob("*.py"))


def test_nothing_falls_through() -> None:
    found = {
        f"{file.relative_to(ROOT)}:{line} in {function}"
        for file in files()
        for line, function in swallowing(file.read_text())
        if function not in OPEN.get(str(file.relative_to(ROOT)), {})
    }
    assert not found, "Name the cases, or call assert_never; a function over an open subject goes into OPEN."


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The program, by file."""
    return {str(file.relative_to(ROOT)): file.read_text() for file in files()}


@pytest.fixture(scope="module")
def enums(texts: dict[str, str]) -> Enums:
    """Every enum of the program."""
    found = dict(found for text in texts.values() for found in enums_of(text))
    assert {"Op", "TimePeriod"} <= found.keys()
    return found


def test_no_match_over_an_enum_is_open(texts: dict[str, str], enums: Enums) -> None:
    found = {
        f"{name}:{line} in {function}" for name, text in texts.items() for line, function in swallowing(text, enums)
    }
    assert not found, "Name every member, or call assert_never."


def test_no_match_over_our_own_classes_is_open(texts: dict[str, str]) -> None:
    own = {name for text in texts.values() for name in classes_of(text)}
    assert {"ChartError", "Buckets"} <= own
    found = {name: {function for _, function in swallowing(text, classes=own)} for name, text in texts.items()}
    assert {name: functions for name, functions in found.items() if functions} == OPEN_TO_SUBCLASSES


def test_no_chain_of_ifs_stands_for_a_match(texts: dict[str, str], enums: Enums) -> None:
    found = {f"{name}:{line} {subject}" for name, text in texts.items() for line, subject in chains(text, enums)}
    assert not found, "Use match, which ends with assert_never or names every member."


def test_no_condition_over_an_enum_stands_for_a_match(texts: dict[str, str], enums: Enums) -> None:
    found = {f"{name}:{line} {text_of}" for name, text in texts.items() for line, text_of in chosen(text, enums)}
    assert not found, "Use match, which ends with assert_never or names every member."


CHAIN = """
if op is Op.EQ:
    x = 1
{second} op {test}:
    x = 2
"""


@pytest.mark.parametrize("second", ["elif", "if"])
@pytest.mark.parametrize(
    "test",
    [
        "is Op.IN",
        "== Op.IN",
        "is not Op.IN",
        "in (Op.IN, Op.LT)",
        "== Op.IN.value",
        "in {Op.IN.value}",
        "is Op.IN and y",
    ],
)
def test_a_planted_chain_is_seen(second: str, test: str) -> None:
    source = CHAIN.format(second=second, test=test)
    assert list(chains(source, {"Op": {"EQ", "IN", "LT"}})) == [(2, "op")]


@pytest.mark.parametrize("test", ["is other", "is Kind.IN", "== Op.value", "== Op.IN.other"])
def test_what_is_no_chain_is_not(test: str) -> None:
    source = CHAIN.format(second="elif", test=test)
    assert list(chains(source, {"Op": {"EQ", "IN"}, "Kind": {"IN"}})) == []


@pytest.mark.parametrize(
    "source",
    [
        "x = 1 if op is Op.EQ else 2",
        "x = 1 if op is not Op.EQ else 2",
        "x = 1 if y and op.value == Op.EQ.value else 2",
        "def f():\n    return op in (Op.EQ, Op.IN)",
        "def f():\n    return op not in {Op.EQ}",
    ],
)
def test_a_planted_condition_is_seen(source: str) -> None:
    assert len(list(chosen(source, {"Op": {"EQ", "IN", "LT"}}))) == 1
    assert list(chosen(source, {"Op": {"EQ", "IN"}})) == [], "of two members, the other is meant"


@pytest.mark.parametrize(
    ("case", "is_closed"), [("Op.EQ", True), ("Range()", True), ("[Range(), *_]", True), ("str()", False)]
)
def test_a_match_over_a_closed_set_is_seen_in_whatever_function_it_is(case: str, is_closed: bool) -> None:
    planted = PLANTED.format(subject="value", body="return 2").replace("Op.EQ", case)
    by_enum, by_class = swallowing(planted, {"Op": {"EQ", "IN"}}), swallowing(planted, classes={"Range"})
    assert [*by_enum, *by_class] == ([(2, "")] if is_closed else [])


def test_a_function_is_named_with_its_surroundings() -> None:
    planted = PLANTED.format(subject="value", body="return 2").replace("\n", "\n        ")
    source = f"class Reader:\n    async def read(self):\n        {planted}"
    assert [function for _, function in swallowing(source)] == ["Reader.read"]


def test_every_exception_is_needed_and_is_of_one_match() -> None:
    for name, functions in OPEN.items():
        found = [function for _, function in swallowing((ROOT / name).read_text())]
        assert sorted(found) == sorted(functions), name


PLANTED = """
match {subject}:
    case Op.EQ:
        return 1
    case _:
        {body}
"""


@pytest.mark.parametrize("body", ["return 2", "pass", "raise error"])
def test_a_planted_case_is_seen(body: str) -> None:
    assert list(swallowing(PLANTED.format(subject="op", body=body))) == [(2, "")]


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
