"""Dashboards as files: one JSON document each, written so that a version control system shows small differences."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.user_error import UserError

MAX_BYTES = 20_000_000
"""The largest file that is read."""

SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A file and the document in it, not yet checked."""

    path: Path
    document: Any


class DocumentFileError(UserError):
    """A file cannot be read or written, or is no JSON."""


def document_text(document: Mapping[str, Any]) -> str:
    """The document as files have it: indented, a line a value, ending in a line feed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def file_names(names: Iterable[str]) -> list[str]:
    """A file name for each dashboard's name: its letters and digits in lower case, numbered where taken."""
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        stem = _stem(name)
        number, candidate = 1, f"{stem}{SUFFIX}"
        while candidate in taken:
            number += 1
            candidate = f"{stem}-{number}{SUFFIX}"
        taken.add(candidate)
        found.append(candidate)
    return found


def write_documents(folder: Path, documents: Iterable[Mapping[str, Any]]) -> list[Path]:
    """Writes a file for each document, over those that are there. Files of other names stay.

    Raises:
        DocumentFileError: the folder cannot be written to.
    """
    written = list(documents)
    paths = [folder / name for name in file_names(str(document["name"]) for document in written)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, document in zip(paths, written, strict=True):
            path.write_text(document_text(document), encoding="utf-8", newline="\n")
    except OSError as error:
        raise DocumentFileError(f"Cannot write to {folder}: {error.strerror}.") from error
    return paths


def read_documents(path: Path) -> list[DocumentFile]:
    """The document of a file, or those of a folder's ``.json`` files by name, its subfolders left out.

    Raises:
        DocumentFileError: a file is unreadable, too large or no JSON, or a folder has none.
    """
    if not path.is_dir():
        return [_read(path)]
    files = sorted(found for found in path.iterdir() if found.suffix == SUFFIX and found.is_file())
    if not files:
        raise DocumentFileError(f"{path} has no {SUFFIX} files.")
    return [_read(file) for file in files]


def _read(path: Path) -> DocumentFile:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DocumentFileError(f"{path} is larger than {MAX_BYTES:,} bytes.")
        text = path.read_bytes().decode("utf-8-sig")
        return DocumentFile(path, json.loads(text, parse_constant=_refuse_constant))
    except OSError as error:
        raise DocumentFileError(f"Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DocumentFileError(f"{path} is not UTF-8: byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise DocumentFileError(
            f"{path} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except (RecursionError, ValueError) as error:
        raise DocumentFileError(f"{path} is not valid JSON: {error}.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a valid JSON number")


def _stem(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:80] or "dashboard"
