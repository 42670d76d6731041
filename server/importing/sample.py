"""The first rows of a file that no mapping is known for, as they are."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, cast

from server.importing.conversion import Converted, DocumentConversion, TableConversion
from server.importing.dialect import is_header_again
from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.mapping import CallMapping, has_native_names
from server.importing.observed import Observed
from server.importing.outcome import ImportFailure, of_file
from server.importing.paths import Key, parse_path
from server.importing.presets import PRESETS, Preset, preset_of_document, preset_of_header, read_preset
from server.importing.proposing.columns import Column
from server.importing.proposing.names import EXACT
from server.importing.proposing.nulls import without_nulls
from server.importing.proposing.times import guess_time
from server.importing.proposing.totals import Total, totals
from server.importing.source import open_source
from server.importing.targets import Rules
from server.importing.values.day_orders import tells_order

ROWS = 1_000
"""Most rows of a sample."""
FURTHER_ROWS = 50_000
"""Most rows below them in which is looked for one that tells whether the day or the month comes first."""
_MOST_LEVELS = 4
_A_CALL: dict[str, Any] = {"call_id": "-", "agent": "-", "timestamp": "2000-01-01T00:00:00Z"}
"""What stands for a row while rows are only looked at."""


@dataclass(frozen=True)
class Sample:
    """The first rows of a file.

    Attributes:
        header: names of a table's columns; None for JSON documents.
        rows: lists of cells, or documents.
        found: what the file was found to be.
        is_rejects: whether the rows are those that an earlier import rejected.
        lines: where each row stands; none where that is not known of all.
    """

    header: tuple[str, ...] | None
    rows: tuple[Any, ...]
    found: str
    is_rejects: bool = False
    lines: tuple[int, ...] = ()

    @property
    def is_native(self) -> bool:
        """Whether they are calls in the native format, or meant to be."""
        if self.is_rejects:
            return True
        if not self.rows and (self.header is None or not is_like_header(self.header)):
            return True
        if self.header is not None:
            return has_native_names(self.header)
        return any(_is_native(row) for row in self.rows[:100])

    @property
    def preset(self) -> Preset | None:
        """The preset for the service that the file comes from; None where it is not recognised."""
        if self.header is not None:
            return preset_of_header(self.header)
        return next((preset for row in self.rows[:20] if (preset := preset_of_document(row)) is not None), None)

    @property
    def skip(self) -> list[dict[str, object]]:
        """Conditions of rows that are no calls: the header again, and totals."""
        if self.header is None:
            return []
        again = next((row for row in self.rows if is_header_again(row, self.header)), None)
        totals_ = dict.fromkeys((total.column, total.text) for total in self._totals())
        names = [] if again is None else [next(name for name, cell in zip(self.header, again, strict=False) if cell)]
        return [{"column": name, "equals": text} for name, text in (*((name, name) for name in names), *totals_)]

    def _totals(self) -> list[Total]:
        if self.header is None:
            return []
        rows = [row for row in self.rows if not is_header_again(row, self.header)]
        return totals(self.header, rows)

    def columns(self) -> list[Column]:
        """The columns of a table, or what is at the paths of documents."""
        if self.header is not None:
            rows = [row for row in self.rows if not is_header_again(row, self.header)]
            left_out = {total.row for total in self._totals()}
            rows = [row for number, row in enumerate(rows) if number not in left_out]
            return [Column(name, [row[place] for row in rows]) for place, name in enumerate(self.header)]
        found = [dict(flat(row)) for row in self.rows]
        paths = dict.fromkeys(path for one in found for path in one)
        return [Column(path, [one.get(path) for one in found], keys=_keys(path)) for path in paths]


def read_sample(input_: Input, file: FileSettings) -> Sample:
    """Reads the first rows of a file.

    Raises:
        ImportFailure: it cannot be opened or told.
    """
    observer = _Observer()
    with open_source(input_, observer, file) as source, of_file(input_.name):
        readings = source.rows.readings()
        lines = [reading.line for reading in islice(readings, ROWS)]
        seen = observer.conversions[-1]
        told = tuple(lines) if len(lines) == len(seen.rows) else ()
        sample = Sample(seen.header, tuple(seen.rows), source.found, source.is_rejects, told)
        if input_.is_read_once or len(sample.rows) < ROWS or sample.is_native or sample.preset is not None:
            return sample
        seen.asked = open_days(sample.columns())
        for _ in islice(readings, FURTHER_ROWS) if seen.asked else ():
            if not seen.asked:
                break
        return replace(sample, rows=tuple(seen.rows))


def headless_preset(input_: Input, file: FileSettings) -> Preset | None:
    """The preset whose mapping makes calls of a table that has no header; None where none does."""
    for preset in PRESETS:
        if not preset.is_headless:
            continue
        try:
            with open_source(input_, read_preset(preset.name), file) as source:
                readings = [*islice(source.rows.readings(), 20)]
        except ImportFailure:
            continue
        if readings and all(reading.record is not None for reading in readings):
            return preset
    return None


class _Seen:
    """What a conversion was given: the first rows, and of those below the first that tells of each asked column whether
    the day or the month comes first."""

    def __init__(self, header: tuple[str, ...] | None) -> None:
        self.header = header
        self.rows: list[Any] = []
        self.asked: frozenset[str] = frozenset()

    def add(self, row: Any, *, is_call: bool) -> Converted[Any]:
        if len(self.rows) < ROWS or (self.asked and self._tells(row)):
            self.rows.append(row)
        return Converted(dict(_A_CALL) if is_call else None)

    def _tells(self, row: Any) -> bool:
        values = flat(row) if self.header is None else zip(self.header, row, strict=False)
        told = {
            name for name, raw in values if name in self.asked and isinstance(raw, str) and tells_order(raw.strip())
        }
        self.asked -= told
        return bool(told)


class _TableObserver(TableConversion):
    def __init__(self, seen: _Seen) -> None:
        self._seen = seen
        self.observed = Observed()

    def convert(self, row: Sequence[Any]) -> Converted[Any]:
        return self._seen.add([*row], is_call=True)


class _DocumentObserver(DocumentConversion):
    def __init__(self, seen: _Seen) -> None:
        self._seen = seen
        self.observed = Observed()

    def convert(self, row: Mapping[str, Any]) -> Converted[Any]:
        return self._seen.add(row, is_call=is_like_call(row))


@dataclass(frozen=True)
class _Observer(CallMapping):
    """A mapping that takes any file and notes its rows. The file is looked at with conversions of their own; the last
    one has the rows."""

    rules: Rules = field(default_factory=lambda: Rules(()))
    conversions: list[_Seen] = field(default_factory=list[_Seen])

    def fits(self, header: Sequence[str]) -> bool:
        return preset_of_header(header) is not None or has_native_names(header) or is_like_header(header)

    def for_table(self, header: Sequence[str], first_column: int = 1) -> TableConversion:
        return _TableObserver(self._new(tuple(header)))

    def for_documents(self) -> DocumentConversion:
        return _DocumentObserver(self._new(None))

    def _new(self, header: tuple[str, ...] | None) -> _Seen:
        self.conversions.append(_Seen(header))
        return self.conversions[-1]


def open_days(columns: Sequence[Column]) -> frozenset[str]:
    """The columns with days of which the day or the month can be what comes first."""
    guesses = [(column.name, guess_time(column)) for column in map(without_nulls, columns)]
    return frozenset(name for name, guess in guesses if guess is not None and guess.other is not None)


def is_like_header(header: Sequence[str]) -> bool:
    """Whether names of columns are those of calls: one tells when a call began, and others which it is, or whose it is
    and how long it took."""
    columns = [Column(name, ()) for name in header]

    def has(*meanings: str) -> bool:
        return all(any(column.likeness(meaning) >= EXACT for column in columns) for meaning in meanings)

    return len(header) > 2 and (has("call_id", "timestamp") or has("agent", "timestamp", "duration"))


def is_like_call(document: Mapping[str, Any]) -> bool:
    """Whether a JSON document is probably a call, rather than what has calls in it."""
    if _is_native(document) or preset_of_document(document) is not None:
        return True
    if any(is_like_call(first) for value in document.values() if (first := _first_object(value)) is not None):
        return False
    columns = [Column(path, [value], keys=_keys(path)) for path, value in flat(document)]
    return any(column.likeness("call_id") >= EXACT for column in columns) and any(map(guess_time, columns))


def _first_object(value: object) -> dict[str, Any] | None:
    """The first item of a list if it is an object."""
    first = cast("list[Any]", value)[0] if isinstance(value, list) and value else None
    return cast("dict[str, Any]", first) if isinstance(first, dict) else None


def _is_native(document: Mapping[str, Any]) -> bool:
    return "call_id" in document and ("agent" in document or "timestamp" in document)


def flat(document: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The paths of a document's values, with these; lists are values."""
    return _flat(document, (), 0)


def _flat(value: Mapping[str, Any], path: tuple[str, ...], level: int) -> Iterator[tuple[str, object]]:
    for key, member in value.items():
        below = (*path, _quoted(key))
        if isinstance(member, dict) and level < _MOST_LEVELS:
            yield from _flat(cast("dict[str, Any]", member), below, level + 1)
        else:
            yield ".".join(below), member


def _keys(path: str) -> tuple[str, ...]:
    return tuple(step.name for step in parse_path(path) if isinstance(step, Key))


def _quoted(key: str) -> str:
    return key if key and not set(key) & set(".[]\"'=") else json.dumps(key, ensure_ascii=False)
