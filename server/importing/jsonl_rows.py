"""JSON lines in the native format, one call a line."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn, cast

import orjson

from models.call_record import CallFault, CallFaults, parse_call
from server.importing.lines import LINE_LIMIT, Line
from server.importing.locate import column_of
from server.importing.reading import LineFault, Reading

REASON_KEY = "reject_reason"
"""Key that a rejected line carries its reason in; ignored when the line is read again."""
LINE_KEY = "reject_line"
"""Key that a rejected line which is no JSON object is kept in."""

_MANY_DIGITS = re.compile(rb"[0-9]{19}")
_ENOUGH_DIGITS = 400


class JsonLineRows:
    """Calls from JSON lines. Blank lines are skipped."""

    reject_suffix = ".rejected.jsonl"
    reject_header = ""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = lines

    def readings(self) -> Iterator[Reading]:
        for line in self._lines:
            if line.is_cut:
                fault = LineFault(LINE_LIMIT, f"the line is longer than {LINE_LIMIT:,} bytes")
                yield Reading(line.number, _text(line)[:1_000], None, (fault,))
            elif not line.content.isspace():
                yield self._read(line)

    def _read(self, line: Line) -> Reading:
        try:
            raw = _loaded(line.content.rstrip())
        except orjson.JSONDecodeError as error:
            return Reading(line.number, _text(line), None, (_syntax_fault(line, error),))
        if not isinstance(raw, dict):
            fault = LineFault(1, "the line is not a JSON object; allowed: one call per line, as an object")
            return Reading(line.number, _text(line), None, (fault,))
        call = cast("dict[str, Any]", raw)
        if call.pop(REASON_KEY, None) and isinstance(kept := call.get(LINE_KEY), str):
            return self._read(Line(line.number, kept.encode(errors="surrogatepass"), False))
        try:
            return Reading(line.number, _text(line), parse_call(call))
        except CallFaults as refused:
            reading = Reading(line.number, _text(line), None)
            return Reading(line.number, reading.text, None, self.placed(reading, refused.faults))

    def placed(self, reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        return tuple(LineFault(column_of(reading.text, fault.path), f"{fault.path}: {fault}") for fault in faults)

    def reject_line(self, reading: Reading, reason: str) -> str:
        try:
            raw = json.loads(reading.text)
        except (ValueError, RecursionError):
            raw = None
        if not isinstance(raw, dict):
            return json.dumps({REASON_KEY: reason, LINE_KEY: reading.text}) + "\n"
        if REASON_KEY in raw:
            return json.dumps({**cast("dict[str, Any]", raw), REASON_KEY: reason}) + "\n"
        # Spliced as text: what the line says, digits of numbers included, stays as it was written.
        members = reading.text.lstrip()[1:].lstrip()
        separator = "" if members.startswith("}") else ", "
        return f"{{{json.dumps(REASON_KEY)}: {json.dumps(reason)}{separator}{members}\n"


def _loaded(content: bytes) -> object:
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
        return _with_all_numbers(content) if _MANY_DIGITS.search(content) else value
    except RecursionError:
        return value  # nested deeper than anything of a call may be


def _with_all_numbers(content: bytes) -> object:
    return json.loads(content, parse_int=_integer, parse_constant=_refuse_constant)


def _integer(digits: str) -> int:
    """The integer; of one with more digits than anything takes, only the first, which are too many as well."""
    return int(digits[:_ENOUGH_DIGITS])


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a valid JSON number")


def _text(line: Line) -> str:
    return line.content.decode(errors="surrogateescape").rstrip("\r\n")


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
