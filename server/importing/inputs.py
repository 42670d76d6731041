"""What an import is given: a file, standard input, a folder, or a pattern; and the files of a ZIP archive."""

import glob
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from server.importing.outcome import ImportFailure

STANDARD_INPUT = Path("-")

TABLE_OR_JSON = frozenset(
    {".csv", ".tsv", ".tab", ".psv", ".txt", ".json", ".jsonl", ".ndjson", ".jsonlines", ".xlsx", ".xlsm", ".parquet"}
)
"""Endings of names of files that are taken from a folder or an archive; ``.gz`` and ``.zip`` may follow."""
_PACKED = frozenset({".gz", ".gzip", ".zip"})
_REJECTED = ".rejected"
_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read. ``member`` is its name within a ZIP archive at ``path``."""

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """How messages call it."""
        return str(self.path) if self.member is None else f"{self.path}/{self.member}"

    @property
    def ending(self) -> str:
        """The ending of its name in small letters, without that of a compression."""
        pure = PurePosixPath(self.member or self.path.name)
        return (PurePosixPath(pure.stem) if pure.suffix.lower() in _PACKED else pure).suffix.lower()

    @property
    def is_read_once(self) -> bool:
        """Whether it is standard input or a pipe, such as that of ``<(command)``: what was read of it is gone."""
        return self.path == STANDARD_INPUT or (self.path.exists() and not self.path.is_file())

    @property
    def stem(self) -> str:
        """Its name without endings, for files beside it."""
        if self.path == STANDARD_INPUT:
            return "stdin"
        own = _stem(self.path.name)
        return own if self.member is None else f"{own}.{_stem(PurePosixPath(self.member).name)}"


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files to read, and the names of files that are left out because of their names."""

    files: tuple[Input, ...]
    ignored: tuple[str, ...] = ()


def find_inputs(path: Path) -> Inputs:
    """The files at a path. Of a folder those with the names of tables and JSON, without folders within it; of a pattern
    such as ``calls/*.csv`` those that match it. Files of rejected rows are only read if they are named themselves.

    Raises:
        ImportFailure: there are none.
    """
    if path == STANDARD_INPUT:
        return Inputs((Input(path),))
    if Input(path).is_read_once and not path.is_dir():
        return Inputs((Input(path),))
    if path.is_dir():
        return _several(sorted(file for file in path.iterdir() if file.is_file()), f"the folder {path}")
    if not path.exists() and _WILD & set(str(path)):
        return _matching(str(path))
    return Inputs(tuple(_unpacked(path)))


def is_pattern(text: str) -> bool:
    """Whether a text names files by a pattern."""
    return bool(_WILD & set(text))


def _matching(pattern: str) -> Inputs:
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))
    files = [file for file in found if file.is_file() and not _is_rejected(file.name)]
    if not files:
        raise ImportFailure(f"{pattern}: no file matches this pattern")
    return Inputs(tuple(input_ for file in files for input_ in _unpacked(file)))


def _several(files: Sequence[Path], where: str) -> Inputs:
    taken = [file for file in files if _is_taken(file.name)]
    if not taken:
        endings = ", ".join(sorted(TABLE_OR_JSON))
        raise ImportFailure(f"{where} has no files to import; allowed: files whose names end in {endings}, .gz or .zip")
    ignored = tuple(str(file) for file in files if file not in taken)
    return Inputs(tuple(input_ for file in taken for input_ in _unpacked(file)), ignored)


def _unpacked(path: Path) -> list[Input]:
    """A file, or the files of a ZIP archive; a workbook is such an archive, and one file."""
    try:
        if not _is_archive(path):
            return [Input(path)]
        with zipfile.ZipFile(path) as archive:
            names = [item.filename for item in archive.infolist() if not item.is_dir()]
    except OSError as error:
        raise ImportFailure(f"{path}: cannot be read: {error.strerror}") from None
    except zipfile.BadZipFile as error:
        raise ImportFailure(f"{path}: the ZIP archive is damaged: {error}") from None
    if is_workbook(names):
        return [Input(path)]
    taken = members_to_import(names)
    if not taken:
        raise ImportFailure(
            f"{path}: the ZIP archive has no files to import; it has: {', '.join(names[:10]) or 'none'}"
        )
    return [Input(path, name) for name in sorted(taken)]


def members_to_import(names: Sequence[str]) -> list[str]:
    """The files of an archive that are read: the only one, or those with the names of tables and JSON."""
    named = [name for name in names if not name.endswith("/") and not _is_hidden(name)]
    return named if len(named) == 1 else [name for name in named if _is_taken(PurePosixPath(name).name)]


def is_workbook(names: Sequence[str]) -> bool:
    """Whether an archive of files with these names is an Excel workbook."""
    return "xl/workbook.xml" in names


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _is_taken(name: str) -> bool:
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    last = suffixes[-1:] or [""]
    known = last[0] in TABLE_OR_JSON or last[0] in _PACKED
    return known and not name.startswith(".") and not _is_rejected(name)


def _is_rejected(name: str) -> bool:
    return _REJECTED in PurePosixPath(name).suffixes


def _stem(name: str) -> str:
    pure = PurePosixPath(name)
    if pure.suffix.lower() in _PACKED:
        pure = PurePosixPath(pure.stem)
    return pure.stem or name
