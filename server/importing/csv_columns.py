"""From the cells of a CSV row to an object of the native format, and back from its faults to the cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import process

from models.call_record import CallFault, pointer_token
from server.formulas import unescaped
from server.importing.conversions import CellRefused, Scalar
from server.importing.mapping import PARTS, CsvMapping, Part, Target
from server.importing.outcome import ImportFailure
from server.importing.reading import LineFault


@dataclass(frozen=True, slots=True)
class _Cells:
    """A target with the indexes of its cells."""

    target: Target
    indexes: tuple[int, ...]
    pointer: str


class RowConversion:
    """Converts the rows of one file.

    Args:
        first_column: number of the first of ``header``'s columns in the file.

    Raises:
        ImportFailure: when the mapping names a column that the header does not have.
    """

    def __init__(self, mapping: CsvMapping, header: Sequence[str], first_column: int = 1) -> None:
        self._header = header
        self._first_column = first_column
        self._null = mapping.null
        self._unescapes = mapping.unescapes_formulas
        named = {name for target in mapping.targets for name in target.columns}
        absent = [_absent(name, header) for name in sorted(named.difference(header))]
        if absent:
            raise ImportFailure(f"{'; '.join(absent)}. The header has: {', '.join(map(repr, header))}")
        self._cells = [
            _Cells(target, tuple(header.index(name) for name in target.columns), _pointer(target))
            for target in mapping.targets
        ]

    def convert(self, cells: Sequence[str]) -> tuple[dict[str, object], tuple[LineFault, ...]]:
        """The call as an object of the native format, without the values that have no text, and what is wrong."""
        call: dict[str, object] = {}
        metadata: dict[str, object] = {}
        metrics: list[dict[str, object]] = []
        faults: list[LineFault] = []
        for source in self._cells:
            target = source.target
            try:
                value = self._value(source, cells)
            except CellRefused as refused:
                faults.append(self._fault(source, refused.message, refused.allowed))
                continue
            if value is None:
                continue
            match target.part:
                case Part.CALL:
                    call[target.key] = value
                case Part.METADATA:
                    metadata[target.key] = value
                case Part.METRICS:
                    metrics.append({"metric": target.key, "type": target.metric_type, "value": value})
        return call | {"metadata": metadata, "metrics": metrics}, tuple(faults)

    def placed(self, raw: dict[str, Any], faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        """Faults of the object as faults of the cells that its values came from."""
        return tuple(self._placed(raw, fault) for fault in faults)

    def _placed(self, raw: dict[str, Any], fault: CallFault) -> LineFault:
        _, part, *rest = fault.path.split("/")
        pointer = f"/{part}{_below(part, rest, raw)}"
        source = next((source for source in self._cells if source.pointer == pointer), None)
        if source is None:
            return LineFault(self._first_column, f"{fault.path}: {fault}")
        return self._fault(source, fault.message, fault.allowed)

    def _value(self, source: _Cells, cells: Sequence[str]) -> Scalar | object | None:
        if not source.indexes:
            return source.target.constant
        texts = [cells[index] for index in source.indexes]
        if any(self._is_null(text) for text in texts):
            return None
        if self._unescapes:
            texts = [unescaped(text) for text in texts]
        return source.target.convert(" ".join(texts))

    def _is_null(self, text: str) -> bool:
        stripped = text.strip()
        return not stripped or stripped in self._null

    def _fault(self, source: _Cells, message: str, allowed: str) -> LineFault:
        names = " and ".join(source.target.columns) or source.target.key
        return LineFault(self._first_column + min(source.indexes, default=0), f"{names}: {message}; allowed: {allowed}")


def _pointer(target: Target) -> str:
    if target.part is Part.CALL:
        return f"/{target.key}"
    return f"/{target.part.value}/{pointer_token(target.key)}"


def _below(part: str, rest: Sequence[str], raw: dict[str, Any]) -> str:
    """What of a fault's pointer names a cell, below its part of the call."""
    if not rest:
        return ""
    match PARTS.get(part):
        case Part.METADATA:
            return f"/{rest[0]}"
        case Part.METRICS:
            return f"/{pointer_token(raw['metrics'][int(rest[0])]['metric'])}"
        case Part.CALL | None:  # the pointer's first token is a key of the call itself
            return ""


def _absent(name: str, header: Sequence[str]) -> str:
    near = process.extractOne(name, header, score_cutoff=60)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    return f"column {name!r} is missing{meant}"
