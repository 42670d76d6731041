"""The entry of the command ``dialboard``: sees first that the packages that it runs are Dialboard's own.

Dialboard is an application with top-level packages of common names (``models``, ``server``). Where another distribution
in the same environment, or a folder on Python's path, has one of these names, Python may import that one.
"""

import base64
import hashlib
import sys
from importlib.metadata import Distribution, PackageNotFoundError
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("aggregation", "filters", "graph", "migrations", "models", "resolvers", "server")
_HERE = Path(__file__).resolve().parent.parent


def foreign_packages() -> dict[str, str]:
    """The packages that Python would not import from beside this one, each with where it would."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        spec = find_spec(name)
        places = [] if spec is None else [Path(place).resolve() for place in spec.submodule_search_locations or ()]
        if places != [_HERE / name]:
            origin = "nowhere" if spec is None else str(places[0] if places else spec.origin)
            found[name] = origin
    return found


def overwritten_packages(distribution: Distribution) -> list[str]:
    """The packages of an installed distribution that another one, installed into the same place, has written over."""
    found: list[str] = []
    for file in distribution.files or ():
        name = file.parts[0]
        if name not in PACKAGES or file.parts[1:] != ("__init__.py",) or file.hash is None:
            continue
        digest = hashlib.new(file.hash.mode, Path(str(file.locate())).read_bytes()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != file.hash.value:
            found.append(name)
    return found


def _installed() -> list[str]:
    try:
        return overwritten_packages(Distribution.from_name("dialboard"))
    except PackageNotFoundError:
        return []


def main() -> None:
    """Runs the command; ends with code 1 where a package is not Dialboard's own."""
    foreign = foreign_packages()
    foreign.update({name: f"{_HERE / name}, which another distribution has overwritten" for name in _installed()})
    if foreign:
        listed = "; ".join(f"{name} from {place}" for name, place in foreign.items())
        sys.stderr.write(
            f"dialboard: Python would import packages that are not Dialboard's own (those are in {_HERE}): {listed}. "
            "Run Dialboard in an environment of its own, as uv tool install, pipx or a container make one, and without "
            "folders of these names in PYTHONPATH.\n"
        )
        raise SystemExit(1)
    from server.commands.cli import main as run

    run()
