"""Imports run downward only: ``server > graph > resolvers > aggregation > filters``, and ``models`` is a leaf."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

MAY_IMPORT = {
    "server": {"server", "graph", "resolvers", "aggregation", "filters", "models", "migrations"},
    "graph": {"graph", "resolvers", "aggregation", "filters", "models"},
    "resolvers": {"resolvers", "aggregation", "filters", "models"},
    "aggregation": {"aggregation", "filters", "models"},
    "filters": {"filters"},
    "models": {"models"},
    "migrations": {"migrations", "models"},
}
"""For each folder, the folders of the project that its files may import."""

NEVER = {
    "aggregation": {"strawberry", "graphql", "fastapi", "starlette"},
    "filters": {"strawberry", "graphql", "fastapi", "starlette"},
    "models": {"strawberry", "graphql", "fastapi", "starlette"},
    "graph": {"sqlalchemy", "psycopg"},
    "resolvers": {"graphql", "fastapi", "starlette"},
}
"""Libraries that a folder knows nothing of."""


def imported(source: str) -> Iterator[str]:
    """The first part of every module that a file imports, also inside of functions."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (name.name.partition(".")[0] for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case _:
                pass


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_run_downward(folder: str) -> None:
    refused = (MAY_IMPORT.keys() - MAY_IMPORT[folder]) | NEVER.get(folder, set()) | {"tests", "bench"}
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    wrong = {
        str(file.relative_to(ROOT)): found for file in files if (found := refused & set(imported(file.read_text())))
    }
    assert not wrong


def test_an_upward_import_is_seen() -> None:
    assert set(imported("def f():\n    from graph.schema import schema\nimport server.http.app")) == {"graph", "server"}
