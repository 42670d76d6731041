"""From the rows of a table or from JSON documents to objects of the native format, and back from their faults."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, assert_never, cast

from models.call_record import CallFault, pointer_token
from models.call_values import TIMESTAMP_FORM
from models.types import EvaluationType
from server.importing.compiling import Compiled, cells_of, compiled, compiled_condition, condition_cells
from server.importing.outcome import ImportFailure, PlacedFailure
from server.importing.paths import Get
from server.importing.places import DocumentPlaces, FaultT, Members, Places, PointedFault, TablePlaces, members_of
from server.importing.reading import LineFault
from server.importing.targets import PARTS, REST, Cell, FirstOf, Part, Rest, Rules, Target, Value
from server.importing.turns import Transcript, compiled_turns
from server.importing.values.cells import CellRefused, SettingRequired

RowT = TypeVar("RowT", Sequence[Any], Mapping[str, Any])


class SettingFailure(ImportFailure):
    """The mapping does not say how a column is to be read, and nothing may go in before it does. ``fault`` is where."""

    def __init__(self, fault: LineFault | PointedFault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def at_line(failure: SettingFailure, line: int) -> PlacedFailure:
    """The failure with its place in the file."""
    return PlacedFailure(str(failure), line, failure.fault.column if isinstance(failure.fault, LineFault) else 1)


@dataclass(frozen=True, slots=True)
class Converted(Generic[FaultT]):
    """A row as an object of the native format, without the values that are not there, and what is wrong.

    ``call`` is None when the mapping skips the row: it is not a call, and nothing is wrong with it. ``has_no_agent``
    says that the agent is not one of the row, but the one of calls without any.
    """

    call: dict[str, Any] | None
    faults: tuple[FaultT, ...] = ()
    has_no_agent: bool = False

    @property
    def call_id(self) -> str | None:
        """The id of the call, faults or not."""
        found = (self.call or {}).get("call_id")
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class _Target:
    key: str
    value: Compiled
    pointer: str
    metric_type: EvaluationType | None
    allowed: str = ""


class Conversion(Generic[RowT, FaultT]):
    """Converts the rows of one file.

    Raises:
        ImportFailure: the file cannot have what the rules name.
    """

    def __init__(self, rules: Rules, places: Places[FaultT]) -> None:
        self._places = places
        self.observed = places.observed
        self._no_agent = rules.no_agent
        self._parts = {part: _compiled(rules.targets, part, places) for part in Part}
        self._reads = {part: [(target.key, target.value.read) for target in self._parts[part]] for part in Part}
        self._rests = _rests(rules, places)
        self._skip = [compiled_condition(condition, places) for condition in rules.skip]
        self._transcript: Transcript | None = None
        self._turns: Compiled | None = None
        if rules.transcript:
            self._transcript, self._turns = compiled_turns(rules.transcript, places)
        if places.is_sparse:
            self.observed.missing = _sought(rules, places)

    def convert(self, row: RowT) -> Converted[FaultT]:
        """Converts a row.

        Raises:
            SettingFailure: of the whole file, before which nothing may go in; without the file's name and the line.
        """
        for holds in self._skip:
            if holds(row):
                return Converted(None)
        self.observed.look(row)
        faults: list[FaultT] = []
        call = self._values(Part.CALL, row, faults)
        metadata = self._metadata(row, faults)
        call["metadata"] = metadata
        call["metrics"] = self._metrics(row, faults)
        if self._parts[Part.FEEDBACK] and (feedback := self._feedback(row, faults)):
            call["feedback"] = feedback
        if self._transcript and (transcript := self._turns_of(self._transcript, row, call, faults)):
            call["transcript"] = transcript
        has_no_agent = self._no_agent is not None and "agent" not in call
        if has_no_agent:
            call["agent"] = self._no_agent
        return Converted(call, tuple(faults), has_no_agent)

    def placed(self, row: RowT, faults: Iterable[CallFault]) -> tuple[FaultT, ...]:
        """Faults of the call that a row became as faults of the places that its values came from."""
        call = self.convert(row).call or {}
        return tuple(self._placed(row, call, fault) for fault in faults)

    def _values(self, part: Part, row: RowT, faults: list[FaultT]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, read in self._reads[part]:
            try:
                value = read(row)
            except CellRefused as refused:
                faults.append(self._fault(refused, row))
                continue
            if value is not None:
                values[key] = value
        return values

    def _metadata(self, row: RowT, faults: list[FaultT]) -> dict[str, Any]:
        named = self._values(Part.METADATA, row, faults)
        for rest, members in self._rests:
            try:
                named = members_of(members(row), rest.prefix, rest.without) | named
            except CellRefused as refused:
                faults.append(self._fault(refused, row))
        return named

    def _metrics(self, row: RowT, faults: list[FaultT]) -> list[dict[str, object]]:
        metrics: list[dict[str, object]] = []
        for target in self._parts[Part.METRICS]:
            try:
                value = target.value.read(row)
            except CellRefused as refused:
                faults.append(self._fault(refused, row))
                continue
            values = cast("list[object]", value) if isinstance(value, list) else [value]
            metrics += [
                {"metric": target.key, "type": target.metric_type, "value": item} for item in values if item is not None
            ]
        return metrics

    def _feedback(self, row: RowT, faults: list[FaultT]) -> dict[str, Any] | None:
        feedback = self._values(Part.FEEDBACK, row, faults)
        return feedback if "rating" in feedback or "comment" in feedback else None

    def _turns_of(
        self, transcript: Transcript, row: RowT, call: Mapping[str, object], faults: list[FaultT]
    ) -> list[dict[str, object]] | None:
        try:
            return transcript(row, call)
        except CellRefused as refused:
            faults.append(self._fault(refused, row))
            return None

    def _fault(self, refused: CellRefused, row: RowT) -> FaultT:
        fault = self._places.fault(refused.cells, row, str(refused))
        if isinstance(refused, SettingRequired):
            raise SettingFailure(fault) from None
        return fault

    def _placed(self, row: RowT, call: Mapping[str, Any], fault: CallFault) -> FaultT:
        _, head, *rest = fault.path.split("/")
        if head == "transcript" and self._turns:
            return self._places.fault(self._turns.cells(row), row, f"{fault.path}: {fault}")
        part = PARTS.get(head, Part.CALL)
        pointer = _pointer(part, _key(part, head, rest, call))
        found = next((target for target in self._parts[part] if target.pointer == pointer), None)
        if found is None or (part is Part.CALL and found.key == "agent" and "agent" not in self._values(part, row, [])):
            return self._places.fault((), row, f"{fault.path}: {fault}")
        cells = found.value.cells(row)
        if found.allowed and fault.allowed == TIMESTAMP_FORM:
            fault = replace(fault, allowed=found.allowed)
        return self._places.fault(cells, row, str(fault) if cells else f"{fault.path}: {fault}")


TableConversion = Conversion[Sequence[Any], LineFault]
DocumentConversion = Conversion[Mapping[str, Any], PointedFault]


def table_conversion(rules: Rules, header: Sequence[str], first_column: int) -> TableConversion:
    """The conversion of the rows of a table.

    Raises:
        ImportFailure: when the rules name a column that the header does not have.
    """
    return TableConversion(rules, TablePlaces(header, first_column, _cells(rules)))


def document_conversion(rules: Rules) -> DocumentConversion:
    """The conversion of JSON documents.

    Raises:
        ImportFailure: when the rules name what is not a path.
    """
    return DocumentConversion(rules, DocumentPlaces())


def _compiled(targets: Sequence[Target], part: Part, places: Places[Any]) -> list[_Target]:
    return [
        _Target(
            target.key,
            compiled(target.value, places),
            _pointer(part, pointer_token(target.key)),
            target.metric_type,
            _allowed(target.value),
        )
        for target in targets
        if target.part is part
    ]


def _allowed(value: Value) -> str:
    """What may stand in the cells of a value, where the mapping says that."""
    if not isinstance(value.source, FirstOf):
        return value.allowed
    return " or ".join(dict.fromkeys(words for one in value.source.values if (words := _allowed(one))))


def _cells(rules: Rules) -> set[Cell]:
    """All cells of a row that the rules read."""
    conditions = {cell for value in _values(rules) for cell in condition_cells(value)}
    return _used(rules) | conditions | {condition.cell for condition in rules.skip}


def _used(rules: Rules) -> set[Cell]:
    """The cells that something is made of."""
    cells = {cell for value in _values(rules) for cell in cells_of(value.source)}
    return cells | {rest.cell for rest in rules.rest if rest.cell}


def _values(rules: Rules) -> list[Value]:
    """The values that are read from a row."""
    return [*(target.value for target in rules.targets), *([rules.transcript.turns] if rules.transcript else ())]


def _rests(rules: Rules, places: Places[Any]) -> list[tuple[Rest, Members]]:
    return [(rest, places.rest(_used(rules), rest.cell)) for rest in rules.rest]


def _sought(rules: Rules, places: Places[Any]) -> list[tuple[str, list[Get]]]:
    """What rules look for, each with how it is told and with what finds it."""
    named = [(target.key, target.value) for target in rules.targets]
    if rules.transcript:
        named.append(("transcript", rules.transcript.turns))
    sought = [(key, [*dict.fromkeys(cells_of(value.source))]) for key, value in named]
    sought += [(REST, [rest.cell]) for rest in rules.rest if rest.cell]
    return [
        (f"{' or '.join(cell.name for cell in cells)} ({key})", [places.locate(cell) for cell in cells])
        for key, cells in sought
        if cells
    ]


def _pointer(part: Part, key: str) -> str:
    match part:
        case Part.CALL:
            return f"/{key}"
        case Part.METADATA | Part.METRICS | Part.FEEDBACK:
            return f"/{part.value}/{key}"
        case _:
            assert_never(part)


def _key(part: Part, head: str, rest: Sequence[str], call: Mapping[str, Any]) -> str:
    """What of a fault's pointer names a target of a part."""
    match part:
        case Part.CALL:
            return head
        case Part.METADATA | Part.FEEDBACK:
            return rest[0] if rest else ""
        case Part.METRICS:
            return pointer_token(call["metrics"][int(rest[0])]["metric"]) if rest else ""
        case _:
            assert_never(part)
