"""Where the values of a row stand: in the columns of a table, or at the paths of a document."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Protocol, TypeVar, cast

import orjson
from rapidfuzz import process

from server.importing.observed import Observed
from server.importing.outcome import ImportFailure
from server.importing.paths import Get, Key, PathError, Step, Steps, getter, parse_path, pointer_of
from server.importing.reading import LineFault
from server.importing.targets import Cell
from server.importing.values.cells import is_empty, plain, text_of

_HASH_DIGITS = 32
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class PointedFault:
    """What is wrong in a JSON document, and the JSON pointer of the place."""

    pointer: str
    reason: str


FaultT = TypeVar("FaultT", LineFault, PointedFault)
FaultCo = TypeVar("FaultCo", LineFault, PointedFault, covariant=True)
Members = Callable[[Any], Mapping[str, object]]
"""Takes a row and returns what of it has no other use, by name."""


class Places(Protocol[FaultCo]):
    """The places of one file's rows."""

    observed: Observed
    """What is seen of all rows together."""
    is_sparse: bool
    """Whether a value may be in some rows and have no place in others."""

    def column(self, cells: Sequence[str]) -> int:
        """The number of the first of some cells; 1 where they have none."""
        ...

    def locate(self, cell: Cell) -> Get:
        """What gets the raw value of a cell out of a row.

        Raises:
            ImportFailure: the file cannot have it.
        """
        ...

    def rest(self, used: Collection[Cell], of: Cell | None) -> Members:
        """What gets the members of a row, or of the object at ``of``, that none of the used cells is."""
        ...

    def digest(self, row: Any) -> str:
        """What tells a row from others that differ in anything."""
        ...

    def fault(self, cells: Sequence[str], row: Any, reason: str) -> FaultCo:
        """A fault of the value in some cells; of the row itself without any."""
        ...


class TablePlaces:
    """The columns of a table.

    Args:
        header: their names.
        first_column: number of the first in the file.
        cells: all that the mapping uses.

    Raises:
        ImportFailure: when the header does not have one of them.
    """

    def __init__(self, header: Sequence[str], first_column: int, cells: Collection[Cell]) -> None:
        self.observed = Observed()
        self.is_sparse = False
        self._header = list(header)
        self._first_column = first_column
        required = {cell.name for cell in cells if not cell.is_optional}
        absent = [_absent(name, header) for name in sorted(required.difference(header))]
        if absent:
            raise ImportFailure(f"{'; '.join(absent)}. The header has: {', '.join(map(repr, header))}")
        self._sorted = sorted(range(len(header)), key=self._header.__getitem__)

    def locate(self, cell: Cell) -> Get:
        if cell.name not in self._header:
            return lambda row: None
        return itemgetter(self._header.index(cell.name))

    def rest(self, used: Collection[Cell], of: Cell | None) -> Members:
        if of is not None:
            get = self.locate(of)
            return lambda row: _object(get(row))
        names = {cell.name for cell in used}
        columns = [(name, index) for index, name in enumerate(self._header) if name not in names]
        return lambda row: {name: row[index] for name, index in columns}

    def digest(self, row: Sequence[Any]) -> str:
        cells = ((self._header[index], row[index]) for index in self._sorted)
        given = (f"{name}\x1e{text_of(raw)}" for name, raw in cells if not is_empty(raw, frozenset()))
        return _hashed(_SEPARATOR.join(given).encode(errors="surrogatepass"))

    def column(self, cells: Sequence[str]) -> int:
        indexes = [self._header.index(name) for name in cells if name in self._header]
        return self._first_column + min(indexes, default=0)

    def fault(self, cells: Sequence[str], row: Sequence[Any], reason: str) -> LineFault:
        named = f"{' and '.join(cells)}: {reason}" if cells else reason
        return LineFault(self.column(cells), named)


class DocumentPlaces:
    """The paths of JSON documents."""

    def __init__(self) -> None:
        self.observed = Observed()
        self.is_sparse = True

    def column(self, cells: Sequence[str]) -> int:
        return 1

    def locate(self, cell: Cell) -> Get:
        return getter(_steps(cell.name))

    def rest(self, used: Collection[Cell], of: Cell | None) -> Members:
        base = _steps(of.name) if of else ()
        get = getter(base)
        tree: dict[str, Any] = {}
        for cell in used:
            _use(tree, _steps(cell.name), base)
        return lambda row: _without(_object(get(row)), tree)

    def digest(self, row: Mapping[str, Any]) -> str:
        try:
            return _hashed(orjson.dumps(row, option=orjson.OPT_SORT_KEYS))
        except TypeError:
            return _hashed(json.dumps(row, sort_keys=True, default=str).encode())

    def fault(self, cells: Sequence[str], row: Mapping[str, Any], reason: str) -> PointedFault:
        named = f"{' and '.join(cells)}: {reason}" if cells else reason
        return PointedFault(pointer_of(_steps(cells[0]), row) if cells else "", named)


def _steps(path: str) -> Steps:
    try:
        return parse_path(path)
    except PathError as error:
        raise ImportFailure(f"the mapping: {error}") from None


def _object(value: object) -> Mapping[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _use(tree: dict[str, Any], path: Steps, base: Steps) -> None:
    """Notes a path in a tree of used keys, in which what is used as a whole is an empty tree."""
    if path[: len(base)] != base or len(path) == len(base):
        return
    keys = [step.name for step in _leading_keys(path[len(base) :])]
    for place, key in enumerate(keys):
        if place == len(keys) - 1:
            tree[key] = {}
        elif tree.get(key) == {}:
            return
        else:
            tree = tree.setdefault(key, {})


def _leading_keys(steps: Sequence[Step]) -> Sequence[Key]:
    """The keys on the way as far as no list comes between."""
    keys: list[Key] = []
    for step in steps:
        if not isinstance(step, Key):
            break
        keys.append(step)
    return keys


def _without(value: Mapping[str, object], used: Mapping[str, Any]) -> dict[str, object]:
    """An object without what is used of it. What is nested and left without members goes, too."""
    rest: dict[str, object] = {}
    for key, member in value.items():
        below = used.get(key)
        if below is None or (below and not isinstance(member, dict)):
            rest[key] = member
        elif below and isinstance(member, dict) and (left := _without(cast("dict[str, object]", member), below)):
            rest[key] = left
    return rest


def members_of(members: Mapping[str, object], prefix: str, without: Collection[str]) -> dict[str, object]:
    """Members as metadata: those that are there, under their prefixed names."""
    return {
        f"{prefix}{name}": plain(raw)
        for name, raw in members.items()
        if name not in without and not is_empty(raw, frozenset())
    }


def _hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_HASH_DIGITS]


def _absent(name: str, header: Sequence[str]) -> str:
    near = process.extractOne(name, header, score_cutoff=60)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    return f"column {name!r} is missing{meant}"
