"""Imports run downward only, between packages and between the rooms of a package, and no files import in a circle.

A row names what may be imported; rooms that are yet to come have their rows already. An import under
``TYPE_CHECKING`` or inside of a function counts as well.
"""

from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from tests.imports import ROOT, circles, files_of, graph_of, imported, libraries

PACKAGES: Mapping[str, set[str]] = {
    "dialboard": {"server"},
    "server": {"graph", "reports", "alerts", "resolvers", "pictures", "aggregation", "filters", "models", "migrations"},
    "graph": {"reports", "alerts", "resolvers", "aggregation", "filters", "models"},
    "reports": {"alerts", "resolvers", "pictures", "aggregation", "filters", "models"},
    "alerts": {"resolvers", "pictures", "aggregation", "filters", "models"},
    "resolvers": {"aggregation", "filters", "models"},
    "pictures": {"aggregation"},
    "aggregation": {"filters", "models"},
    "filters": set(),
    "models": set(),
    "migrations": {"models"},
}
"""For each package, the others that its files may import."""

TO_COME = {"reports", "alerts", "pictures"}
"""Packages that need not be there yet."""

ROOMS: Mapping[str, Mapping[str, set[str]]] = {
    "aggregation": {
        "functions": set(),
        "question": {"functions"},
        "compute": {"functions", "question"},
        "answer": {"functions", "question", "compute"},
        "calls": {"functions", "question", "compute", "answer"},
        "stored": {"functions", "question", "compute"},
        "service": {"functions", "question", "compute", "answer", "calls", "stored"},
    },
    "graph": {
        "": set(),
        "cost": {""},
        "inputs": {""},
        "types": {"", "cost", "inputs"},
        "queries": {"", "cost", "inputs", "types"},
        "payloads": {"", "inputs", "types", "query"},  # a payload's `query` is the whole graph again
        "mutations": {"", "inputs", "types", "payloads"},
        "subscriptions": {"", "inputs", "types", "queries"},  # a preview is asked as that of the query
        "query": {"", "types", "queries"},
        "mutation": {"", "payloads", "mutations"},
        "subscription": {"", "types", "subscriptions"},
        "client_config": set(),
        "schema": {"", "cost", "query", "mutation", "subscription"},
    },
    "models": {"": set(), "ingest": {""}},
    "resolvers": {"loaders": set(), "": {"loaders"}, "documents": {"", "loaders"}},
    "server": {
        "": set(),
        "postgres": {""},
        "runtime": {"", "postgres"},
        "http": {"", "runtime"},
        "exporting": {"", "runtime", "http"},
        "telemetry": {"", "runtime", "http"},
        "app": {"", "runtime", "postgres", "http", "exporting", "ingesting", "hooks", "telemetry"},
        "importing": {""},
        "ingesting": {"", "runtime", "http", "importing"},
        "hooks": {"", "runtime", "http", "importing"},
        "demo": {"", "importing", "http"},
        "terminal": {""},
        "commands": {
            *("", "runtime", "postgres", "http", "exporting", "ingesting", "hooks", "app", "importing", "demo"),
            "terminal",
        },
    },
}
"""For each package, its rooms and which others each may import: folders and single files; "" is every other file."""

PARTS = {
    "graph.chart_data": "types",
    "graph.call_connection": "types",
    "graph.write": "mutations",
    "server.background_builder": "runtime",
    "server.change_listener": "runtime",
    "graph.event_stream": "schema",
    "server.readiness": "app",
}
"""Files that belong to a room beside which they lie."""

NEVER = {
    "pictures": {"strawberry", "graphql", "fastapi", "starlette", "sqlalchemy", "psycopg"},
    "alerts": {"strawberry", "graphql", "fastapi", "starlette"},
    "reports": {"strawberry", "graphql", "fastapi", "starlette"},
    "aggregation": {"strawberry", "graphql", "fastapi", "starlette"},
    "filters": {"strawberry", "graphql", "fastapi", "starlette"},
    "models": {"strawberry", "graphql", "fastapi", "starlette"},
    "graph": {"sqlalchemy", "psycopg"},
    "resolvers": {"graphql", "fastapi", "starlette"},
}
"""Libraries that a package knows nothing of."""

Sources = Mapping[str, str]
"""Texts of files by the names of their modules."""


@cache
def sources() -> dict[str, str]:
    """Every file of every package."""
    return {name: file.read_text() for package in PACKAGES for name, file in files_of(ROOT / package).items()}


def room_of(module: str) -> str:
    """The room that a module is in."""
    package, _, rest = module.partition(".")
    first = rest.partition(".")[0]
    return PARTS.get(module) or (first if first in ROOMS.get(package, {}) else "")


def wrong_packages(files: Sources) -> Iterator[tuple[str, str]]:
    """Imports of packages and libraries that the importing package may not know."""
    known = set(files) | PACKAGES.keys() | {"tests", "bench"}
    for module, text in files.items():
        package = module.partition(".")[0]
        refused = ({*PACKAGES, "tests", "bench"} - PACKAGES[package] - {package}) | NEVER.get(package, set())
        found = {name.partition(".")[0] for name in imported(text, known)} | libraries(text)
        yield from ((module, name) for name in sorted(found & refused))


def wrong_rooms(files: Sources) -> Iterator[tuple[str, str]]:
    """Imports of rooms that the importing room may not know."""
    for module, text in files.items():
        package, room = module.partition(".")[0], room_of(module)
        for name in sorted(imported(text, set(files))):
            within = package in ROOMS and name.startswith(f"{package}.") and room_of(name) != room
            if within and room_of(name) not in ROOMS[package].get(room, set()):
                yield module, name


def test_every_package_and_every_folder_has_its_row() -> None:
    there = {file.parent.name for file in ROOT.glob("*/*.py")} - {"tests", "bench", "examples"}
    assert there >= PACKAGES.keys() - TO_COME
    assert there <= PACKAGES.keys()
    for package, rooms in ROOMS.items():
        assert {file.parent.name for file in (ROOT / package).glob("*/*.py")} <= rooms.keys(), package
    for package in (PACKAGES.keys() & there) - ROOMS.keys() - {"migrations"}:
        assert not [*(ROOT / package).glob("*/*.py")], f"{package} has rooms without rows"


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_downward(package: str) -> None:
    files = {name: text for name, text in sources().items() if name.partition(".")[0] == package}
    assert files or package in TO_COME
    assert [*wrong_packages(files)] == []


@pytest.mark.parametrize("package", ROOMS)
def test_rooms_import_downward(package: str) -> None:
    files = {name: text for name, text in sources().items() if name.partition(".")[0] == package}
    assert files
    assert [*wrong_rooms(files)] == []


def test_no_files_import_in_a_circle() -> None:
    assert circles(graph_of(sources())) == []


def test_what_is_written_in_typescript_has_no_python() -> None:
    assert [*(ROOT / "web").rglob("*.py")] == []


@pytest.mark.parametrize(
    ("module", "text", "name"),
    [
        ("graph.schema", "from server.app import create_app", "server"),
        ("filters.parse", "def f():\n    import models.call_log", "models"),
        ("models.agent", "from tests.conftest import x", "tests"),
        ("aggregation.service", "import strawberry", "strawberry"),
        ("aggregation.service", "from fastapi.responses import JSONResponse", "fastapi"),
        ("pictures.bars", "from resolvers import charts", "resolvers"),
        ("pictures.bars", "import sqlalchemy as sa", "sqlalchemy"),
        ("resolvers.charts", "from alerts.evaluators import run", "alerts"),
        ("alerts.evaluators", "if TYPE_CHECKING:\n    from graph.context import Context", "graph"),
        ("alerts.jobs", "from reports.daily import send", "reports"),
        ("reports.daily", "from server.runtime import Runtime", "server"),
    ],
)
def test_an_upward_import_between_packages_is_seen(module: str, text: str, name: str) -> None:
    assert [*wrong_packages({module: text})] == [(module, name)]


@pytest.mark.parametrize(
    ("module", "text", "name"),
    [
        ("aggregation.functions.table", "from aggregation.question import query", "aggregation.question.query"),
        ("aggregation.question.query", "from aggregation.compute.plan import plan", "aggregation.compute.plan"),
        ("aggregation.compute.plan", "from aggregation.answer import tables", "aggregation.answer.tables"),
        ("aggregation.compute.plan", "from aggregation.stored.day import x", "aggregation.stored.day"),
        ("aggregation.answer.tables", "from aggregation.calls.pages import x", "aggregation.calls.pages"),
        ("aggregation.stored.day", "from aggregation.answer.results import x", "aggregation.answer.results"),
        ("aggregation.stored.day", "import aggregation.calls.pages", "aggregation.calls.pages"),
        ("aggregation.calls.pages", "from aggregation.service import x", "aggregation.service"),
        ("graph.errors", "from graph.types.metric import Metric", "graph.types.metric"),
        ("graph.inputs.widget", "from graph.write import Write", "graph.write"),
        ("graph.types.widget", "from graph.queries.preview import x", "graph.queries.preview"),
        ("graph.payloads.widget", "from graph.mutations.widget import x", "graph.mutations.widget"),
        ("graph.queries.preview", "from graph.mutations.widget import x", "graph.mutations.widget"),
        ("graph.subscriptions.charts", "from graph.mutations.widget import x", "graph.mutations.widget"),
        ("graph.mutations.widget", "from graph.schema import schema", "graph.schema"),
        ("resolvers.loaders.rows", "from resolvers.scope import Scope", "resolvers.scope"),
        ("resolvers.scope", "from resolvers.documents.read import x", "resolvers.documents.read"),
        ("models.agent", "from models.ingest.merge import x", "models.ingest.merge"),
        ("server.settings", "from server.postgres.database import x", "server.postgres.database"),
        ("server.postgres.database", "from server.runtime import x", "server.runtime"),
        ("server.http.graphql", "def f():\n    from server.exporting.routes import x", "server.exporting.routes"),
        ("server.http.graphql", "from server.app import create_app", "server.app"),
        ("server.importing.service", "from server.demo.calls import x", "server.demo.calls"),
        ("server.demo.service", "from server.commands.cli import x", "server.commands.cli"),
        ("server.background_builder", "from server.http.auth import x", "server.http.auth"),
    ],
)
def test_an_upward_import_between_rooms_is_seen(module: str, text: str, name: str) -> None:
    assert [*wrong_rooms({module: text, name: ""})] == [(module, name)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("from graph.b import x", "from graph.a import y"),
        ("from graph import b", "import graph.a"),
        ("from graph.b import x", "def f():\n    from graph.a import y"),
        ('from graph.b import x\nL = strawberry.lazy("graph.c")', "def f():\n    from graph.a import y"),
        ("from graph.b import x", 'L = strawberry.lazy("graph.a")\nfrom graph.a import y'),
    ],
)
def test_a_circle_is_seen(first: str, second: str) -> None:
    assert circles(graph_of({"graph.a": first, "graph.b": second})) == [["graph.a", "graph.b"]]


@pytest.mark.parametrize(
    "second",
    [
        "if TYPE_CHECKING:\n    from graph.a import y",
        'L = Annotated["A", strawberry.lazy("graph.a")]\ndef f():\n    from graph.a import A',
        "from graph.c import z",
    ],
)
def test_names_of_types_and_lazy_types_make_no_circle(second: str) -> None:
    assert circles(graph_of({"graph.a": "from graph.b import x", "graph.b": second, "graph.c": ""})) == []
