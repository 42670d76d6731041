"""The entry of the command: its version, its own packages, and the wheel that brings them."""

import base64
import hashlib
import os
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import Distribution, version
from pathlib import Path

import pytest

from dialboard import PACKAGES, foreign_packages, overwritten_packages
from server.importing.presets import NAMES

pytestmark = [pytest.mark.processes, pytest.mark.slow]
ROOT = Path(__file__).parent.parent


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dialboard", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=60
    )


def test_version() -> None:
    assert run("--version").stdout == f"dialboard {version('dialboard')}\n"


def test_the_packages_are_those_of_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert {*PACKAGES, "dialboard", "examples"} == set(
        project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    )
    assert foreign_packages() == {}


@pytest.mark.parametrize("name", ["models", "server"])
def test_a_foreign_package_of_the_same_name_is_named(tmp_path: Path, name: str) -> None:
    """Installed before ours: Python would import it in place of ours."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    shadowed = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv[1:] = ['--version']; "
    program = f"{shadowed}import importlib.util as u; " + (
        f"spec = u.spec_from_file_location('dialboard', {str(ROOT / 'dialboard' / '__init__.py')!r}); "
        "module = u.module_from_spec(spec); spec.loader.exec_module(module); module.main()"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert f"{name} from {tmp_path / name}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_package_that_was_overwritten_is_named(tmp_path: Path) -> None:
    """By a distribution with a package of the same name, installed later into the same place."""
    contents = {f"{name}/__init__.py": f"# {name}\n".encode() for name in PACKAGES}
    record = ""
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        record += f"{name},sha256={digest},{len(content)}\n"
    (tmp_path / "dialboard-1.dist-info").mkdir()
    (tmp_path / "dialboard-1.dist-info" / "METADATA").write_text("Name: dialboard\nVersion: 1\n")
    (tmp_path / "dialboard-1.dist-info" / "RECORD").write_text(record)
    distribution = Distribution.at(tmp_path / "dialboard-1.dist-info")
    assert overwritten_packages(distribution) == []
    (tmp_path / "models" / "__init__.py").write_text("# of another distribution\n")
    assert overwritten_packages(distribution) == ["models"]


def test_the_wheel_runs_from_anywhere(tmp_path: Path) -> None:
    """Built, installed without network beside what it depends on, and run by its command from an empty folder."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    target, empty = tmp_path / "environment", tmp_path / "empty"
    venv.create(target, with_pip=True)
    own = next(target.glob("lib/python*/site-packages"))
    dependencies = next(place for place in sys.path if place.endswith("site-packages"))
    (own / "dependencies.pth").write_text(dependencies)
    pip = [str(target / "bin" / "python"), "-m", "pip", "--isolated", "--quiet", "install"]
    offline = [*pip, "--no-index", "--no-deps", "--ignore-installed", str(wheel)]
    subprocess.run(offline, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    empty.mkdir()
    for arguments, expected in ((["--version"], f"dialboard {version('dialboard')}"), (["schema"], "type Query")):
        command = [str(target / "bin" / "dialboard"), *arguments]
        ended = subprocess.run(command, cwd=empty, capture_output=True, text=True, check=False, timeout=60)
        assert expected in ended.stdout, ended.stderr
    for needed in (
        "server/http/graphiql.html",
        "server/http/graphiql_missing.html",
        "server/http/built/page.js",
        "server/http/built/licences.txt",
        "server/http/example_query.graphql",
        "migrations/script.py.mako",
        *(f"examples/{name}.toml" for name in NAMES),
    ):
        assert (own / needed).exists()
