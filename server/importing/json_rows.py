"""A JSON document: a list of calls, a list below a path, or objects that follow each other."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from models.call_record import CallFault
from server.importing.documents import LINE_KEY, REASON_KEY, Documents, JsonRejects, fault_at
from server.importing.json_text import Element, JsonText
from server.importing.mapping import CallMapping
from server.importing.observed import Observed
from server.importing.reading import LineFault, Reading


class JsonRows:
    """Calls from a JSON text.

    Args:
        path: keys on the way to the list of calls.
        mapping: None when they are in the native format.

    Raises:
        ImportFailure: the mapping does not apply to JSON.
    """

    reject_suffix = ".rejected.jsonl"

    def __init__(self, stream: BinaryIO, path: tuple[str, ...], mapping: CallMapping | None) -> None:
        self._text = JsonText(stream)
        self._path = path
        self._documents = Documents(mapping)

    @property
    def skipped(self) -> int:
        return self._documents.skipped

    @property
    def observed(self) -> Observed:
        return self._documents.observed

    def readings(self) -> Iterator[Reading]:
        elements = self._text.elements(self._path)
        for element in self.observed.ahead(elements, _documents, lambda one: len(one.text)):
            if (reading := self._read(element)) is not None:
                yield reading

    def placed(self, reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        return self._documents.placed(reading, faults)

    def reject_file(self, path: Path) -> JsonRejects:
        return JsonRejects(path)

    def _read(self, element: Element) -> Reading | None:
        reading = Reading(element.line, element.text, None, (), element.column)
        if (wrong := _wrong(element)) is not None:
            at, reason = wrong
            return Reading(element.line, element.text, None, (fault_at(reading, at, reason),), element.column)
        document = cast("dict[str, Any]", element.value)
        if LINE_KEY not in document:
            document.pop(REASON_KEY, None)
        return self._documents.read(element.line, element.text, document, element.column)


def _documents(element: Element) -> Sequence[object]:
    value: object = element.value
    return (cast("object", value),) if isinstance(value, dict) else ()


def _wrong(element: Element) -> tuple[int, str] | None:
    """Where in the text of an element, and why, it is not an object."""
    if not element.text.isascii():
        try:
            element.text.encode()
        except UnicodeEncodeError as error:
            byte = ord(element.text[error.start]) & 0xFF
            return error.start, f"byte 0x{byte:02x} is not UTF-8; allowed: text in UTF-8"
    if element.wrong is not None:
        return element.at, f"{element.wrong}; allowed: one JSON object for each call"
    if not isinstance(element.value, dict):
        return 0, "the value is not a JSON object; allowed: one object for each call"
    return None
