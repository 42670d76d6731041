"""Every GraphQL operation and every shell command of the documentation is run, or says why not."""

import json
import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import URL

from tests.imports import ROOT
from tests.pages.place import Place, serving
from tests.pages.snippets import PAGES, Snippet, of_text, snippets

ALL = {page: [*snippets(page)] for page in PAGES}
RUN_HERE = [page for page, found in ALL.items() if any(snippet.is_run_here for snippet in found)]


@pytest.fixture(scope="module")
def place(new_database: Callable[[], URL], tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    with serving(Path(tmp_path_factory.mktemp("pages")), new_database()) as made:
        yield made


def _replaced(text: str, names: dict[str, str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, names[name])
    return text


def _refusals(value: Any) -> Iterator[str]:
    """The errors in a response, at any depth: those of GraphQL, of payloads, and instead of charts."""
    match value:
        case dict():
            if "message" in value and {"code", "extensions", "locations"} & value.keys():
                yield json.dumps(value)
            for name, part in value.items():
                if name == "errors" and part:
                    yield json.dumps(part)
                else:
                    yield from _refusals(part)
        case list():
            for part in value:
                yield from _refusals(part)
        case _:
            pass


def _at(response: Any, path: str) -> Any:
    for step in path.split("."):
        response = response[int(step)] if step.isdigit() else response[step]
    return response


def _execute(place: Place, query: str, variables: dict[str, Any]) -> Any:
    body = {"query": query, "variables": variables}
    headers = {"X-API-Key": place.key, "Accept": "text/event-stream, application/json"}
    with httpx.stream("POST", f"{place.base}/graphql", json=body, headers=headers, timeout=60) as response:
        if not response.headers["Content-Type"].startswith("text/event-stream"):
            return json.loads(response.read())
        for line in response.iter_lines():
            if line.startswith("data: "):
                return json.loads(line.removeprefix("data: "))
    raise AssertionError("The subscription has ended without an event.")


def _variables(snippet: Snippet, following: Snippet | None, names: dict[str, str]) -> dict[str, Any]:
    """Those of the comment, or of the block of JSON that follows, if the operation has any."""
    said = snippet.mark("variables")
    if said is None and "$" in snippet.text and following is not None and following.language == "json":
        said = following.text
    variables = json.loads(_replaced(said or "{}", names))
    assert isinstance(variables, dict)
    return variables


def _run_operation(place: Place, snippet: Snippet, following: Snippet | None, names: dict[str, str]) -> None:
    known = {**names, **{name: names.get(other, other) for name, other in snippet.stand_ins.items()}}
    response = _execute(place, _replaced(snippet.text, known), _variables(snippet, following, names))
    refused = [*_refusals(response)]
    assert not refused, f"{snippet}: {refused}"
    for kept in snippet.marks.get("keep", ()):
        name, _, path = kept.partition(" = ")
        names[name] = str(_at(response["data"], path))


def _run_commands(place: Place, snippet: Snippet, names: dict[str, str]) -> None:
    script = _replaced(_replaced(snippet.script, snippet.stand_ins), names)
    script = re.sub(r"https://dialboard\.example\.com|http://127\.0\.0\.1:8000", place.base, script)
    script = script.replace(".venv/bin/dialboard", "dialboard")
    script = re.sub(r"X-API-Key: (dlbk?_)?…", f"X-API-Key: {place.key}", script)
    if "KEY=$(" in script:
        script += 'echo "KEY is $KEY"\n'
    output = place.run(script, snippet.mark("until"), int(snippet.mark("exit") or 0))
    if "graphql" in script and '"errors":[{' in output:
        raise AssertionError(f"{snippet}: {output}")
    if "KEY=$(" in script:
        place.key = output.strip().rpartition("KEY is ")[2]
    for kept in snippet.marks.get("keep", ()):
        name, _, pattern = kept.partition(" = ")
        found = re.search(pattern, output)
        assert found, f"{snippet}: {pattern!r} is not in what it prints:\n{output}"
        names[name] = found[0]


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.parametrize("page", RUN_HERE)
def test_every_snippet_of_the_page_runs(place: Place, page: str) -> None:
    place = place.page(page.replace("/", "-"))
    names = _known(place)
    for number, snippet in enumerate(ALL[page]):
        if not snippet.is_run_here:
            continue
        following = ALL[page][number + 1] if number + 1 < len(ALL[page]) else None
        if snippet.language == "graphql":
            _run_operation(place, snippet, following, names)
        else:
            _run_commands(place, snippet, names)


def _known(place: Place) -> dict[str, str]:
    """IDs of the project that pages without operations that make some can name."""
    query = (
        "{ dashboards(first: 1) { nodes { id widgets { id chartType } } } callLogs(first: 1) { nodes { id } }"
        " metrics(first: 1) { nodes { id } } }"
    )
    data = _execute(place, query, {})["data"]
    (dashboard,) = data["dashboards"]["nodes"]
    bar = next(widget["id"] for widget in dashboard["widgets"] if widget["chartType"] == "BAR")
    return {
        "SOME_DASHBOARD": dashboard["id"],
        "SOME_WIDGET": bar,
        "SOME_METRIC": data["metrics"]["nodes"][0]["id"],
        "SOME_CALL": data["callLogs"]["nodes"][0]["id"],
    }


def test_every_command_is_marked_as_one() -> None:
    hidden = [str(snippet) for found in ALL.values() for snippet in found if snippet.is_hidden_command]
    assert not hidden, f"Write these as ```console: {hidden}"


def test_what_another_test_runs_is_there() -> None:
    for found in ALL.values():
        for snippet in found:
            if named := snippet.mark("run by"):
                assert snippet.page.removeprefix("docs/") in (ROOT / named).read_text(), snippet


def test_reasons_are_sentences() -> None:
    for found in ALL.values():
        for snippet in found:
            reason = snippet.mark("not run")
            assert reason is None or len(reason) > 15, snippet


def test_counts() -> None:
    """The documentation has many of both, and few that are not run."""
    every = [snippet for found in ALL.values() for snippet in found]
    operations = [one for one in every if one.language == "graphql"]
    commands = [one for one in every if one.is_command]
    not_run = [one for one in (*operations, *commands) if "not run" in one.marks]
    print(
        f"{len(operations)} operations; {sum(one.commands for one in commands)} commands in {len(commands)} blocks; "
        f"not run: {sum(one.commands for one in not_run)} in {len(not_run)}"
    )
    assert len(operations) >= 20
    assert sum(one.commands for one in commands) >= 60
    assert not [one for one in not_run if one.language == "graphql"]
    assert len(not_run) * 4 < len(commands)


@pytest.mark.parametrize(
    "response",
    [
        {"errors": [{"message": "Cannot query field 'x' on type 'Query'.", "locations": [{"line": 1, "column": 2}]}]},
        {"errors": [{"message": "It does not exist.", "extensions": {"code": "NOT_FOUND"}}]},
        {"data": {"deleteWidget": {"errors": [{"code": "NOT_FOUND", "message": "It does not exist."}]}}},
        {"data": {"deleteWidget": {"errors": [{"message": "It does not exist."}]}}},
        {"data": {"widget": {"data": {"code": "INVALID_FILTER", "message": "It is not valid."}}}},
    ],
    ids=["a document", "a field", "a payload", "a message alone", "a chart"],
)
def test_what_is_wrong_in_a_response_is_seen(response: dict[str, Any]) -> None:
    assert len([*_refusals(response)]) == 1


def test_a_block_is_read_with_its_comments() -> None:
    comments = "<!-- keep: A = b.0.c -->\n<!-- exit: 3 -->\n\n"
    text = f"{comments}```console\n$ one \\\n    two\nprinted\n$ three\n```\n\n    make it\n"
    fenced, indented = of_text("x.md", text)
    assert fenced.marks == {"keep": ["A = b.0.c"], "exit": ["3"]}
    assert (fenced.line, fenced.script, fenced.commands) == (5, "one \\\n    two\nthree\n", 2)
    assert (indented.language, indented.line, indented.is_hidden_command) == ("indented", 11, True)
