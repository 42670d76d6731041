"""JSON lines, one call a line."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import orjson

from models.call_record import CallFault
from server.importing.documents import LINE_KEY, REASON_KEY, Documents, JsonRejects, fault_at
from server.importing.encoding import is_utf8
from server.importing.json_keys import RepeatedKeyError, check_keys
from server.importing.json_text import decode, integer, refuse_constant
from server.importing.lines import LINE_LIMIT, Line
from server.importing.mapping import CallMapping
from server.importing.observed import Observed
from server.importing.reading import LineFault, Reading

_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_MANY_DIGITS = b"0" * 19
_BETWEEN = re.compile(r"[ \t\r\n,]*+")


class JsonLineRows:
    """Calls from JSON lines. Blank lines are skipped.

    Args:
        mapping: None when they are in the native format.
        limit: what the lines were cut at.
        splits: whether several objects on one line are read; otherwise such a line is rejected.
    """

    reject_suffix = ".rejected.jsonl"

    def __init__(
        self,
        lines: Iterable[Line],
        mapping: CallMapping | None = None,
        limit: int = LINE_LIMIT,
        *,
        splits: bool = False,
    ) -> None:
        self._lines = lines
        self._documents = Documents(mapping)
        self._limit = limit
        self._splits = splits

    @property
    def skipped(self) -> int:
        return self._documents.skipped

    @property
    def observed(self) -> Observed:
        return self._documents.observed

    def readings(self) -> Iterator[Reading]:
        for line in self.observed.ahead(self._lines, _documents, lambda line: len(line.content)):
            if line.is_cut:
                fault = LineFault(self._limit, f"the line is longer than {self._limit:,} bytes")
                yield Reading(line.number, _text(line)[:1_000], None, (fault,))
            elif not line.content.isspace():
                yield from self._read(line)

    def placed(self, reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        return self._documents.placed(reading, faults)

    def reject_file(self, path: Path) -> JsonRejects:
        return JsonRejects(path)

    def _read(self, line: Line) -> Iterator[Reading]:
        try:
            raw = loaded(line.content.rstrip())
        except orjson.JSONDecodeError as error:
            several = _several(_text(line)) if self._splits else ()
            for start, end, value in several:
                text = _text(line)[start:end]
                try:
                    check_keys(text.encode(errors="surrogatepass"), value)
                except RepeatedKeyError as repeated:
                    yield Reading(line.number, text, None, (_repeated(repeated, text, start + 1),), start + 1)
                    continue
                yield from self._object(line.number, text, value, start + 1)
            if not several:
                yield Reading(line.number, _text(line), None, (_syntax_fault(line, error),))
            return
        try:
            check_keys(line.content, raw)
        except RepeatedKeyError as error:
            text = _text(line)
            yield Reading(line.number, text, None, (_repeated(error, text, 1),))
            return
        yield from self._object(line.number, _text(line), raw, 1)

    def _object(self, number: int, text: str, raw: object, column: int) -> Iterator[Reading]:
        if not isinstance(raw, dict):
            reading = Reading(number, text, None, (), column)
            reason = "the line is not a JSON object; allowed: one call per line, as an object"
            yield Reading(number, text, None, (fault_at(reading, 0, reason),), column)
            return
        document = cast("dict[str, Any]", raw)
        if document.pop(REASON_KEY, None) and isinstance(kept := document.get(LINE_KEY), str):
            yield from self._read(Line(number, kept.encode(errors="surrogatepass"), False))
        elif (reading := self._documents.read(number, text, document, column)) is not None:
            yield reading


def loaded(content: bytes) -> object:
    """The value of a line. Integers beyond 64 bits, which orjson takes for fractions, stay what they are, and fractions
    that no float can hold, which it refuses, are infinite: the checks of a call then tell where they stand.

    Raises:
        orjson.JSONDecodeError: it is not JSON.
    """
    try:
        value: object = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if "infinity" not in error.msg:
            raise
        try:
            return _with_all_numbers(content)
        except (ValueError, RecursionError):
            raise error from None
    try:
        return _with_all_numbers(content) if _MANY_DIGITS in content.translate(_ZEROS) else value
    except RecursionError:
        return value  # nested deeper than anything of a call may be


def _documents(line: Line) -> Sequence[object]:
    """The objects of a line, as far as it is valid, without looking at what they are."""
    try:
        value: object = orjson.loads(line.content)
    except orjson.JSONDecodeError:
        return [value for _, _, value in _several(_text(line))]
    return (cast("object", value),) if isinstance(value, dict) else ()


def _with_all_numbers(content: bytes) -> object:
    return json.loads(content, parse_int=integer, parse_constant=refuse_constant)


def _several(text: str) -> list[tuple[int, int, object]]:
    """The values of a line that has several, each with where it begins and ends; none where the line is not that."""
    found = list[tuple[int, int, object]]()
    at = _after_space(text, 0)
    try:
        while at < len(text):
            value, end = decode(text, at)
            if not isinstance(value, dict) or (not text.isascii() and not is_utf8(text[at:end])):
                return []
            found.append((at, end, cast("object", value)))
            at = _after_space(text, end)
    except (ValueError, RecursionError):
        return []
    return found if len(found) > 1 else []


def _after_space(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at


def _text(line: Line) -> str:
    return line.content.decode(errors="surrogateescape").rstrip("\r\n")


def _repeated(error: RepeatedKeyError, text: str, column: int) -> LineFault:
    return LineFault(column + error.column(text), f"{error}; allowed: every key once")


def _syntax_fault(line: Line, error: orjson.JSONDecodeError) -> LineFault:
    try:
        line.content.decode()
    except UnicodeDecodeError as wrong:
        return LineFault(
            wrong.start + 1, f"byte 0x{line.content[wrong.start]:02x} is not UTF-8; allowed: text in UTF-8"
        )
    return LineFault(
        error.colno, f"the line is not valid JSON: {error.msg}; allowed: one call per line, as a JSON object"
    )
