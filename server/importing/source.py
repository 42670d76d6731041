"""Opening a file to import: what it is is found, or taken from what is given."""

import codecs
import io
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from models.call_record import CallFaults, parse_call
from server.importing.csv_rows import CsvRows
from server.importing.detect import binary_format, text_format
from server.importing.dialect import find_dialect
from server.importing.documents import REASON_KEY
from server.importing.encoding import (
    UTF_8,
    AsUtf8,
    CarriageReturns,
    Encoding,
    encoding_of,
    has_carriage_returns,
)
from server.importing.encodings.finding import ASCII
from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.json_rows import JsonRows
from server.importing.json_shape import JsonShape, Judge, Likeness, begins_with_long_object, json_shape
from server.importing.json_text import DOCUMENT_LIMIT
from server.importing.jsonl_rows import JsonLineRows
from server.importing.lines import LINE_LIMIT, Lines
from server.importing.mapping import CallMapping
from server.importing.opened import Opened, Stream, open_bytes
from server.importing.outcome import ImportFailure, ImportFormat
from server.importing.parquet_rows import open_parquet
from server.importing.reading import Rows
from server.importing.tables import fits
from server.importing.workbook_rows import open_workbook

_BUFFER = 256 * 1024
_HEAD = 256 * 1024
"""Bytes that are looked at."""
_JSON_HEAD = 4 * 1024 * 1024
"""Bytes that are looked at to find a list in a JSON document."""
_LINES = (".jsonl", ".ndjson", ".jsonlines")
_REJECTS = f'{{"{REASON_KEY}"'


@dataclass(frozen=True, slots=True)
class Source:
    """An open file.

    Attributes:
        rows: its rows.
        found: what it was found to be.
        position: tells how many bytes of the file were read so far.
        size: in bytes; None when it is not known.
        is_rejects: whether its rows are those that an earlier import rejected.
        unread_sheets: of a workbook, sheets that have rows, too, and are not read.
    """

    rows: Rows
    found: str
    position: Callable[[], int]
    size: int | None
    is_rejects: bool = False
    unread_sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The mapping, what is known of the file, and the ending of its name."""

    mapping: CallMapping | None
    file: FileSettings
    ending: str


@dataclass(frozen=True, slots=True)
class _Found:
    rows: Rows
    words: str
    is_rejects: bool = False
    unread_sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in UTF-8 and its beginning."""

    stream: BinaryIO
    head: str
    is_all: bool
    encoding: Encoding


@contextmanager
def open_source(
    given: Path | Input, mapping: CallMapping | None, file: FileSettings | None = None
) -> Generator[Source]:
    """Opens a file, or the standard input for ``-``.

    Args:
        mapping: None where the file has the native format.
        file: what is known of the file; it counts more than what the mapping says.

    Raises:
        ImportFailure: it cannot be opened or told, or it does not fit the mapping. The message begins with its name.
    """
    input_ = given if isinstance(given, Input) else Input(given)
    settings = merged_settings(mapping.file if mapping else FileSettings(), file or FileSettings())
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(open_bytes(input_))
            found = _found(stack, opened, _Asked(mapping, settings, input_.ending))
        except ImportFailure as failure:
            raise ImportFailure(f"{input_.name}: {failure}") from None
        words = ", ".join((*opened.compression, found.words))
        yield Source(found.rows, words, lambda: opened.position, opened.size, found.is_rejects, found.unread_sheets)


def merged_settings(under: FileSettings, over: FileSettings) -> FileSettings:
    """What is known of a file from two places; the second counts more."""
    given = {field.name: value for field in fields(over) if (value := getattr(over, field.name)) is not None}
    if over.names is not None:
        given["other_names"] = over.other_names
    return replace(under, **given)


def _found(stack: ExitStack, opened: Opened, asked: _Asked) -> _Found:
    match binary_format(opened.stream.head(_HEAD)):
        case ImportFormat.XLSX:
            _check_given(asked, ImportFormat.XLSX, "an Excel workbook")
            book, words = stack.enter_context(open_workbook(opened.on_disk(), asked.file, asked.mapping))
            return _Found(book, f"Excel workbook, {words}, {_columns(book.header)}", book.is_rejects, book.unread)
        case ImportFormat.PARQUET:
            _check_given(asked, ImportFormat.PARQUET, "Parquet")
            rows = stack.enter_context(open_parquet(opened.on_disk(), asked.mapping))
            return _Found(rows, f"Parquet, {_columns(rows.header)}")
        case None:
            return _of_text(_text(opened, asked.file.encoding), asked)


def _text(opened: Opened, given: str | None) -> _Text:
    telling, line = _telling(opened)
    encoding = encoding_of(telling, given, is_all=opened.stream.is_all_in_head, line=line)
    below: BinaryIO = cast("BinaryIO", opened.stream)
    below.read(encoding.mark)
    if encoding.name != UTF_8:
        below = cast("BinaryIO", AsUtf8(below, encoding))
    stream = below if isinstance(below, Stream) else Stream(below)
    head = _decoded(stream.head(_HEAD))
    if has_carriage_returns(head):
        stream = Stream(cast("BinaryIO", CarriageReturns(cast("BinaryIO", stream))))
        head = _decoded(stream.head(_HEAD))
    if not stream.is_all_in_head and begins_with_long_object(head):
        head = _decoded(stream.head(_JSON_HEAD))
    if not head.strip() and stream.is_all_in_head:
        raise ImportFailure("the file has only blank lines; export it again")
    return _Text(cast("BinaryIO", io.BufferedReader(stream, _BUFFER)), head, stream.is_all_in_head, encoding)


def _telling(opened: Opened) -> tuple[bytes, int]:
    """The first bytes from which the encoding can be told, and the lines in front of them: of a file on the disk that
    begins with ASCII alone, those after which it does not."""
    head = opened.stream.head(_HEAD)
    if opened.is_plain and head.isascii() and not opened.stream.is_all_in_head and b"\0" not in head:
        line = 0
        with opened.on_disk().open("rb") as file:
            while part := file.read(_BUFFER):
                if not part.isascii():
                    begin = part.rfind(b"\n", 0, len(part) - len(part.lstrip(ASCII))) + 1
                    return part[begin:], line + part.count(b"\n", 0, begin)
                line += part.count(b"\n")
    return head, 0


def _decoded(head: bytes) -> str:
    return codecs.getincrementaldecoder(UTF_8)("surrogateescape").decode(head)


def _of_text(text: _Text, asked: _Asked) -> _Found:
    given = asked.file.format
    match _kind(text.head, given, asked.ending):
        case ImportFormat.JSON:
            return _of_json(text, asked)
        case ImportFormat.CSV:
            return _of_rows(text, asked)


def _kind(head: str, given: ImportFormat | None, ending: str) -> Literal[ImportFormat.JSON, ImportFormat.CSV]:
    """Whether a text is JSON or rows of cells, by what it is and by what is given."""
    found = text_format(head)
    begins = head.lstrip("\ufeff \t\r\n")
    if found is ImportFormat.CSV:
        has_objects = any(line.lstrip().startswith("{") for line in head.splitlines()[:50])
        if has_objects and (given in (ImportFormat.JSONL, ImportFormat.JSON) or ending in _LINES):
            return ImportFormat.JSON  # its first line is wrong: that is told with it
        if given in (ImportFormat.JSONL, ImportFormat.JSON):
            raise ImportFailure(
                f"the file is not JSON: it begins with {begins[:20]!r}, and no line with a brace; leave the format "
                "out, or set it to csv"
            )
        return ImportFormat.CSV
    if given is ImportFormat.CSV:
        if begins.startswith(('{"', "{}", "[{", "{\n", "[\n", "{\r", "[\r")):
            raise ImportFailure("the file is JSON, not CSV; leave the format out, or set it to json")
        return ImportFormat.CSV
    return ImportFormat.JSON


def _of_json(text: _Text, asked: _Asked) -> _Found:
    encoding = "" if text.encoding.name == UTF_8 else f", {text.encoding.words}"
    is_rejects = text.head.lstrip().startswith(_REJECTS)
    shape = _shape(text, asked, is_rejects=is_rejects)
    if not is_rejects:
        _check_given(asked, shape.format, shape.words, ImportFormat.JSON)
    match shape.format:
        case ImportFormat.JSONL:
            limit = DOCUMENT_LIMIT if asked.mapping else LINE_LIMIT
            rows = JsonLineRows(Lines(text.stream, limit), asked.mapping, limit, splits=True)
            return _Found(rows, shape.words + encoding, is_rejects)
        case ImportFormat.JSON:
            return _Found(JsonRows(text.stream, shape.path, asked.mapping), shape.words + encoding)


def _shape(text: _Text, asked: _Asked, *, is_rejects: bool) -> JsonShape:
    if is_rejects or not text.head.lstrip().startswith(("{", "[")):
        return JsonShape(ImportFormat.JSONL)
    if asked.file.list is not None:
        where = f", list {'.'.join(asked.file.list)}" if asked.file.list else ""
        return JsonShape(ImportFormat.JSON, asked.file.list, f"JSON{where}")
    return json_shape(text.head, is_all=text.is_all, judge=_judge(asked.mapping))


def _judge(mapping: CallMapping | None) -> Judge:
    conversion = mapping.for_documents() if mapping else None

    def judge(document: dict[str, Any]) -> Likeness:
        call: dict[str, Any] | None = document
        try:
            if conversion is not None:
                converted = conversion.convert(document)
                call = converted.call
                if converted.faults:
                    return Likeness.IN_PART if call and "call_id" in call else Likeness.NONE
            if call is None:
                return Likeness.NONE
            parse_call(call)
        except (CallFaults, ImportFailure):
            return Likeness.IN_PART if call and "call_id" in call else Likeness.NONE
        return Likeness.CALL

    return judge


def _of_rows(text: _Text, asked: _Asked) -> _Found:
    head = text.head if text.is_all else text.head[: text.head.rfind("\n") + 1] or text.head
    dialect = find_dialect(head, asked.file, partial(fits, asked.mapping))
    if not dialect.is_rejects:
        _check_given(asked, ImportFormat.CSV, "a text of rows")
    mark = "" if text.encoding.name == UTF_8 else "\ufeff"
    words = f"CSV, {text.encoding.words}, {dialect.words}"
    try:
        rows = CsvRows(Lines(text.stream), asked.mapping, dialect, mark, head)
    except ImportFailure as failure:
        raise ImportFailure(f"{failure} (read as {words})") from None
    return _Found(rows, f"{words}, {_columns(rows.header)}", dialect.is_rejects)


def _check_given(asked: _Asked, found: ImportFormat, what: str, also: ImportFormat | None = None) -> None:
    given = asked.file.format
    if given not in (None, found, also):
        raise ImportFailure(f"the file is {what}, not {given}; leave the format out, or set it to {found}")


def _columns(header: Sequence[str]) -> str:
    return f"{len(header)} columns" if len(header) != 1 else "1 column"
