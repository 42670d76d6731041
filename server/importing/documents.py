"""From JSON objects, wherever they come from, to calls."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from models.call_record import CallFault, CallFaults, parse_call
from server.importing.conversion import DocumentConversion, PointedFault, SettingFailure, at_line
from server.importing.json_text import decode
from server.importing.locate import column_of
from server.importing.mapping import CallMapping
from server.importing.observed import Observed
from server.importing.reading import LineFault, Reading, TextRejects

REASON_KEY = "reject_reason"
"""Key that a rejected object carries its reason in; ignored when it is read again."""
LINE_KEY = "reject_line"
"""Key that a rejected line which is no JSON object is kept in."""

_LINE_ENDS = str.maketrans("\r\n", "  ")


class Documents:
    """Converts JSON objects.

    Args:
        mapping: None when they are in the native format.

    Raises:
        ImportFailure: the mapping does not apply to JSON.
    """

    def __init__(self, mapping: CallMapping | None) -> None:
        self._conversion: DocumentConversion | None = mapping.for_documents() if mapping else None
        self.observed = self._conversion.observed if self._conversion else Observed()
        self.skipped = 0

    def read(self, line: int, text: str, document: dict[str, Any], column: int = 1) -> Reading | None:
        """The call of an object that does not have the reason of a rejected one; None when the mapping skips it.

        Raises:
            ImportFailure: the file as a whole is not what the mapping says.
        """
        if self._conversion is not None:
            return self._converted(self._conversion, Reading(line, text, None, (), column), document)
        try:
            return Reading(line, text, parse_call(document), (), column)
        except CallFaults as refused:
            reading = Reading(line, text, None, (), column)
            return Reading(line, text, None, _native(reading, refused.faults), column)

    def _converted(self, conversion: DocumentConversion, reading: Reading, document: dict[str, Any]) -> Reading | None:
        self.observed.line = reading.line
        try:
            converted = conversion.convert(document)
        except SettingFailure as failure:
            if isinstance(failure.fault, PointedFault):
                (fault,) = self._at(reading, (failure.fault,))
                raise at_line(SettingFailure(fault), fault.line or reading.line) from None
            raise
        if converted.faults:
            return replace(reading, faults=self._at(reading, converted.faults), call_id=converted.call_id)
        if converted.call is None:
            self.skipped += 1
            return None
        try:
            record = parse_call(converted.call, is_agent_given=not converted.has_no_agent)
            return replace(reading, record=record, has_no_agent=converted.has_no_agent)
        except CallFaults as refused:
            placed = self._at(reading, conversion.placed(document, refused.faults))
            return replace(reading, faults=placed, call_id=converted.call_id)

    def placed(self, reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        """Faults of the call of an object as faults of places in its text."""
        if self._conversion is None:
            return _native(reading, faults)
        document, _ = decode(reading.text, len(reading.text) - len(reading.text.lstrip()))
        return self._at(reading, self._conversion.placed(cast("dict[str, Any]", document), faults))

    def _at(self, reading: Reading, faults: Sequence[PointedFault]) -> tuple[LineFault, ...]:
        return tuple(fault_at(reading, column_of(reading.text, fault.pointer) - 1, fault.reason) for fault in faults)


def _native(reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
    return tuple(
        fault_at(reading, column_of(reading.text, fault.path) - 1, f"{fault.path}: {fault}") for fault in faults
    )


def fault_at(reading: Reading, at: int, reason: str) -> LineFault:
    """A fault at a place in the text of an object, which may have several lines."""
    lines = reading.text.count("\n", 0, at)
    if not lines:
        return LineFault(reading.column + at, reason)
    return LineFault(at - reading.text.rfind("\n", 0, at), reason, reading.line + lines)


class JsonRejects(TextRejects):
    """A file of rejected objects: JSON lines."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "")

    def add(self, reading: Reading, reason: str) -> None:
        self.write(reject_line(reading, reason))


def reject_line(reading: Reading, reason: str) -> str:
    """A rejected object with the reason, on one line."""
    try:
        raw = json.loads(reading.text)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        return json.dumps({REASON_KEY: reason, LINE_KEY: reading.text}) + "\n"
    if REASON_KEY in raw:
        return json.dumps({**cast("dict[str, Any]", raw), REASON_KEY: reason}) + "\n"
    # Spliced as text: what the object says, digits of numbers included, stays as it was written. Line ends are only
    # between its values.
    members = reading.text.translate(_LINE_ENDS).strip()[1:].lstrip()
    separator = "" if members.startswith("}") else ", "
    return f"{{{json.dumps(REASON_KEY)}: {json.dumps(reason)}{separator}{members}\n"
