"""Reading the imports of source texts, for the tests of what may import what."""

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent


@cache
def parsed(text: str) -> ast.Module:
    """The syntax tree of a text, which several tests look at and none changes."""
    return ast.parse(text)


@cache
def nodes_of(text: str) -> tuple[ast.AST, ...]:
    """Every node of that tree."""
    return tuple(ast.walk(parsed(text)))


@cache
def _imports(text: str) -> tuple[ast.AST, ...]:
    return tuple(node for node in nodes_of(text) if isinstance(node, ast.Import | ast.ImportFrom))


def forget() -> None:
    """Drops the syntax trees: a million objects, through which every search for garbage goes otherwise."""
    for cached in (parsed, nodes_of, _imports):
        cached.cache_clear()


def files_of(folder: Path) -> dict[str, Path]:
    """The files of a package by the names of their modules."""
    named: dict[str, Path] = {}
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder.parent).with_suffix("").parts
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return named


def imported(text: str, known: Collection[str]) -> set[str]:
    """The modules among ``known`` that a text imports anywhere, ``from package import module`` included."""
    return {found for node in _imports(text) for found in _modules(node, known)}


def taken(text: str) -> set[tuple[str, str]]:
    """The modules that a text takes names from, each with the name; ``from package import name`` included."""
    return {(module, name) for node in _imports(text) for module, name in _names(node) if name is not None}


def libraries(text: str) -> set[str]:
    """The first part of every module that a text imports."""
    return {name.partition(".")[0] for node in _imports(text) for name, _ in _names(node)}


def graph_of(texts: Mapping[str, str]) -> dict[str, set[str]]:
    """Which modules each module makes Python load.

    Those under ``TYPE_CHECKING`` are only names. A type that ``strawberry.lazy`` names may be imported by a function,
    which is how Strawberry has types refer to each other.
    """
    return {module: _loaded(text, texts) - {module} for module, text in texts.items()}


def circles(graph: Mapping[str, Collection[str]]) -> list[list[str]]:
    """The circles found, each sorted; one at a time is looked for, and taken apart at its last step."""
    edges, found = {module: set(targets) for module, targets in graph.items()}, list[list[str]]()
    while True:
        try:
            TopologicalSorter(edges).prepare()
        except CycleError as error:
            path: list[str] = error.args[1]
            found.append(sorted(set(path)))
            edges[path[1]].discard(path[0])
        else:
            return found


def _loaded(text: str, known: Collection[str]) -> set[str]:
    lazy = {
        argument.value
        for node in nodes_of(text)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "lazy"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }
    return {
        module
        for node, in_function in _running(parsed(text), in_function=False)
        for module in _modules(node, known)
        if not (in_function and module in lazy)
    }


def _running(node: ast.AST, *, in_function: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            for other in child.orelse:
                yield other, in_function
                yield from _running(other, in_function=in_function)
            continue
        yield child, in_function
        inside = in_function or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield from _running(child, in_function=inside)


def _names(node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """What an import names: a module, and what is taken from it."""
    match node:
        case ast.Import(names=names):
            yield from ((name.name, None) for name in names)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            yield from ((module, name.name) for name in names)
        case ast.ImportFrom():
            raise AssertionError("imports are written in full here")
        case _:
            pass


def _modules(node: ast.AST, known: Collection[str]) -> Iterator[str]:
    for module, name in _names(node):
        full = f"{module}.{name}"
        if full in known:
            yield full
        elif module in known:
            yield module
        elif (first := module.partition(".")[0]) in known:
            yield first
