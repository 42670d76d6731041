"""Building the GraphiQL page: once for each state of its sources, and what happens where it cannot be built."""

from pathlib import Path
from typing import Any, NoReturn

import pytest
from hatchling.bridge.app import Application

import hatch_build
from hatch_build import WITHOUT, GraphiQLHook, NotBuiltError, build, digest, sources


def hook(folder: Path) -> GraphiQLHook:
    parts: list[Any] = [{}, None, None, str(folder), "wheel", Application()]
    return GraphiQLHook(str(folder), *parts)


def fails() -> NoReturn:
    raise NotBuiltError("npm ended with error 1")


def test_an_editable_installation_can_do_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hatch_build, "build", fails)
    hook(tmp_path).initialize("editable", {})


def test_a_wheel_cannot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hatch_build, "build", fails)
    with pytest.raises(SystemExit, match=f"npm ended with error 1\n\nSet {WITHOUT}=1"):
        hook(tmp_path).initialize("standard", {})
    monkeypatch.setenv(WITHOUT, "1")
    hook(tmp_path).initialize("standard", {})


def test_what_was_built_once_is_taken_from_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    expected = digest(sources())
    kept = tmp_path / "dialboard" / "graphiql" / expected
    kept.mkdir(parents=True)
    (kept / "page.js").write_text("// built")
    (kept / ".digest").write_text(expected)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(hatch_build, "ASSETS", tmp_path / "assets")
    assert build()
    assert (tmp_path / "assets" / "page.js").read_text() == "// built"
    assert not build()


def test_every_source_and_example_decides() -> None:
    names = {path.name for path in sources()}
    assert {"package-lock.json", "build.mjs", "page.tsx", "4-ingest.json", "example_query.graphql"} <= names
    assert digest(sources()) != digest(sources()[1:])
