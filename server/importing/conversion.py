"""From the rows of a table or from JSON documents to objects of the native format, and back from their faults."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rapidfuzz import process

from models.call_record import CallFault, pointer_token
from server.formulas import unescaped
from server.importing.conversions import CellRefused
from server.importing.outcome import ImportFailure
from server.importing.paths import PathError, Steps, getter, parse_path, pointer_of
from server.importing.reading import LineFault
from server.importing.targets import PARTS, Part, Target


@dataclass(frozen=True, slots=True)
class PointedFault:
    """What is wrong in a JSON document, and the JSON pointer of the place."""

    pointer: str
    reason: str


FaultT = TypeVar("FaultT", LineFault, PointedFault)
RowT = TypeVar("RowT", Sequence[Any], Mapping[str, Any])
Get = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Converted(Generic[FaultT]):
    """A row as an object of the native format, without the values that are not there, and what is wrong.

    ``call`` is None when the mapping skips the row: it is not a call, and nothing is wrong with it.
    """

    call: dict[str, Any] | None
    faults: tuple[FaultT, ...] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """A target with what gets its raw values out of a row."""

    target: Target
    gets: tuple[Get, ...]
    pointer: str


class _Conversion(Generic[RowT, FaultT]):
    """What conversions of tables and of documents have in common."""

    def __init__(
        self, targets: Sequence[Target], null: frozenset[str], locate: Callable[[str], Get], *, unescapes: bool = False
    ) -> None:
        self._null = null
        self._unescapes = unescapes
        self._sources = [_Source(target, tuple(map(locate, target.columns)), _pointer(target)) for target in targets]

    def convert(self, row: RowT) -> Converted[FaultT]:
        """Converts a row.

        Raises:
            ImportFailure: the file as a whole is not what the mapping says; without the file's name and the line.
        """
        call: dict[str, object] = {}
        metadata: dict[str, object] = {}
        metrics: list[dict[str, object]] = []
        faults: list[FaultT] = []
        for source in self._sources:
            target = source.target
            try:
                value = self._value(source, row)
            except CellRefused as refused:
                faults.append(self._fault(target, row, f"{refused.message}; allowed: {refused.allowed}"))
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
        return Converted(call | {"metadata": metadata, "metrics": metrics}, tuple(faults))

    def placed(self, row: RowT, faults: Sequence[CallFault]) -> tuple[FaultT, ...]:
        """Faults of the call that a row became as faults of the places that its values came from."""
        raw = self.convert(row).call or {}
        return tuple(self._placed(row, raw, fault) for fault in faults)

    def _placed(self, row: RowT, raw: dict[str, Any], fault: CallFault) -> FaultT:
        _, part, *rest = fault.path.split("/")
        pointer = f"/{part}{_below(part, rest, raw)}"
        source = next((source for source in self._sources if source.pointer == pointer), None)
        if source is None:
            return self._fault(None, row, f"{fault.path}: {fault}")
        return self._fault(source.target, row, str(fault))

    def _value(self, source: _Source, row: RowT) -> object | None:
        if not source.gets:
            return source.target.constant
        texts = [_text(get(row)) for get in source.gets]
        if any(self._is_null(text) for text in texts):
            return None
        if self._unescapes:
            texts = [unescaped(text) for text in texts]
        return source.target.convert(" ".join(texts))

    def _is_null(self, text: str) -> bool:
        stripped = text.strip()
        return not stripped or stripped in self._null

    def _fault(self, target: Target | None, row: RowT, reason: str) -> FaultT:
        raise NotImplementedError


class TableConversion(_Conversion[Sequence[Any], LineFault]):
    """Converts the rows of a table.

    Args:
        first_column: number of the first of ``header``'s columns in the file.

    Raises:
        ImportFailure: when the mapping names a column that the header does not have.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        null: frozenset[str],
        header: Sequence[str],
        first_column: int = 1,
        *,
        unescapes: bool = False,
    ) -> None:
        named = {name for target in targets for name in target.columns}
        absent = [_absent(name, header) for name in sorted(named.difference(header))]
        if absent:
            raise ImportFailure(f"{'; '.join(absent)}. The header has: {', '.join(map(repr, header))}")
        self._header = header
        self._first_column = first_column
        super().__init__(targets, null, self._locate, unescapes=unescapes)

    def _locate(self, name: str) -> Get:
        index = self._header.index(name)
        return lambda row: row[index]

    def _fault(self, target: Target | None, row: Sequence[Any], reason: str) -> LineFault:
        if target is None:
            return LineFault(self._first_column, reason)
        names = " and ".join(target.columns) or target.key
        index = min(map(self._header.index, target.columns), default=0)
        return LineFault(self._first_column + index, f"{names}: {reason}")


class DocumentConversion(_Conversion[Mapping[str, Any], PointedFault]):
    """Converts JSON documents.

    Raises:
        ImportFailure: when the mapping names what is not a path.
    """

    def __init__(self, targets: Sequence[Target], null: frozenset[str]) -> None:
        super().__init__(targets, null, lambda path: getter(_steps(path)))

    def _fault(self, target: Target | None, row: Mapping[str, Any], reason: str) -> PointedFault:
        if target is None:
            return PointedFault("", reason)
        names = " and ".join(target.columns) or target.key
        pointer = pointer_of(_steps(target.columns[0]), row) if target.columns else ""
        return PointedFault(pointer, f"{names}: {reason}")


def _steps(path: str) -> Steps:
    try:
        return parse_path(path)
    except PathError as error:
        raise ImportFailure(f"the mapping: {error}") from None


def _text(raw: object) -> str:
    if raw is None:
        return ""
    return raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, default=str)


def _pointer(target: Target) -> str:
    if target.part is Part.CALL:
        return f"/{target.key}"
    return f"/{target.part.value}/{pointer_token(target.key)}"


def _below(part: str, rest: Sequence[str], raw: dict[str, Any]) -> str:
    """What of a fault's pointer names a source, below its part of the call."""
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
