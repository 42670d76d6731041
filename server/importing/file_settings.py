"""What a mapping says of its file, beside what becomes which value of a call."""

import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from server.importing.outcome import ImportFormat
from server.importing.paths import Key, PathError, parse_path


@dataclass(frozen=True, slots=True)
class FileSettings:
    """What a mapping says of its file; None where it leaves that to be found.

    Attributes:
        format: what the file is written in.
        encoding: a name that Python's codecs know.
        delimiter: of the cells of a row, one character.
        quote: the character around cells that have delimiters or line ends in them; "" for none.
        skip_lines: how many lines of a table stand above its header.
        names: of the columns of a table that has no header.
        other_names: the same for tables of other widths.
        list: keys on the way from a JSON document to the list of its calls; none when it is the document itself.
        sheet: of a workbook, by name or by number from 1.
    """

    format: ImportFormat | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    skip_lines: int | None = None
    names: tuple[str, ...] | None = None
    other_names: tuple[tuple[str, ...], ...] | None = None
    list: tuple[str, ...] | None = None
    sheet: str | int | None = None

    def names_for(self, width: int) -> tuple[str, ...] | None:
        """The names of a table with so many columns; None where there are none for that."""
        tried = (*(() if self.names is None else (self.names,)), *(self.other_names or ()))
        return next((names for names in tried if len(names) == width), None)


def _format(value: object) -> ImportFormat:
    if value not in tuple(ImportFormat):
        raise ValueError(f"allowed: {', '.join(ImportFormat)}")
    return ImportFormat(cast("str", value))


def _encoding(value: object) -> str:
    try:
        return codecs.lookup(cast("str", value)).name
    except (LookupError, TypeError, ValueError):
        raise ValueError("allowed: the name of an encoding, such as utf-8, utf-16, cp1252 or gbk") from None


def _delimiter(value: object) -> str:
    if isinstance(value, str) and len(value) == 1 and value not in '"\r\n ':
        return value
    raise ValueError("it must be one character, such as ',' or ';' or '\\t'")


def _quote(value: object) -> str:
    if isinstance(value, str) and len(value) <= 1 and value not in tuple("\r\n \0"):
        return value
    raise ValueError('it must be one character, such as "\'", or "" for none')


def _skip_lines(value: object) -> int:
    if type(value) is int and 0 <= value <= 1_000:
        return value
    raise ValueError("it must be a number of lines from 0 to 1,000")


def _names(value: object) -> tuple[tuple[str, ...], ...]:
    """The names for a table, or those for several of different widths."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    lists = cast("list[list[object]]", items) if items and all(isinstance(item, list) for item in items) else [items]
    widths = {len(names) for names in lists}
    if len(widths) == len(lists) and all(map(_are_names, lists)):
        return tuple(tuple(cast("list[str]", names)) for names in lists)
    raise ValueError(
        "it must be a list of strings, all different: the names of the columns of a table without a header; or a list "
        "of such lists, of different lengths, of which the one counts that has as many names as the rows have cells"
    )


def _are_names(names: Sequence[object]) -> bool:
    return bool(names) and all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names)


def _list(value: object) -> tuple[str, ...]:
    if value == "":
        return ()
    try:
        steps = parse_path(value) if isinstance(value, str) else ()
    except PathError as error:
        raise ValueError(str(error)) from None
    keys = tuple(step.name for step in steps if isinstance(step, Key))
    if not keys or len(keys) < len(steps):
        raise ValueError('it must be keys separated by dots, such as "data.calls", or "" for the document itself')
    return keys


def _sheet(value: object) -> str | int:
    if (isinstance(value, str) and value) or (type(value) is int and value >= 1):
        return value
    raise ValueError("it must be the name of a sheet, or its number from 1")


_READERS: dict[str, Callable[[object], Any]] = {
    "format": _format,
    "encoding": _encoding,
    "delimiter": _delimiter,
    "quote": _quote,
    "skip_lines": _skip_lines,
    "names": _names,
    "list": _list,
    "sheet": _sheet,
}
FILE_KEYS = tuple(_READERS)
"""The keys of a mapping file that speak of the file."""


def read_file_settings(content: Mapping[str, object]) -> tuple[FileSettings, list[str]]:
    """The settings in a mapping file, and what is wrong with them."""
    settings: dict[str, Any] = {}
    faults: list[str] = []
    for key, read in _READERS.items():
        if key in content:
            try:
                settings[key] = read(content[key])
            except ValueError as error:
                faults.append(f"{key} {content[key]!r} is not valid: {error}")
    if "names" in settings:
        settings["names"], *others = settings["names"]
        settings["other_names"] = tuple(others) or None
    return FileSettings(**settings), faults
