"""A mapping: what of a file's rows or documents becomes which value of a call."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.call_fields import GIVEN
from models.call_record import CALL_KEYS, REQUIRED_KEYS
from models.types import DataType, EvaluationType
from server.formulas import unescaped
from server.importing.conversion import (
    DocumentConversion,
    TableConversion,
    document_conversion,
    table_conversion,
)
from server.importing.file_settings import FileSettings
from server.importing.legs import Join
from server.importing.outcome import ImportFailure
from server.importing.targets import PARTS, Cell, Part, Rules, Target, Value
from server.importing.values.cells import Convert
from server.importing.values.numbers import to_number
from server.importing.values.texts import to_boolean, to_identifier, to_text
from server.importing.values.times import to_time

NO_AGENT = "(none)"
"""The agent of calls without one, unless a mapping names another."""


@dataclass(frozen=True, slots=True)
class CallMapping:
    """How calls are read from a file."""

    rules: Rules
    file: FileSettings = field(default_factory=FileSettings)
    join: Join | None = None
    """How rows with the same ``call_id`` are joined; None where each of them updates the call of the one before."""

    def for_table(self, header: Sequence[str], first_column: int = 1) -> TableConversion:
        """The conversion of a table's rows.

        Args:
            header: names of the columns, all different.
            first_column: number of the first of them in the file.

        Raises:
            ImportFailure: when the mapping names a column that the header does not have.
        """
        return table_conversion(self.rules, header, first_column)

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a table with such a header has what the mapping names."""
        try:
            self.for_table(header)
        except ImportFailure:
            return False
        return True

    def for_documents(self) -> DocumentConversion:
        """The conversion of JSON documents.

        Raises:
            ImportFailure: when the mapping names what is not a path.
        """
        return document_conversion(self.rules)


_RFC_3339 = to_time()
_CELLS: dict[DataType, Convert] = {
    DataType.STRING: to_text,
    DataType.NUMBER: to_number(),
    DataType.BOOLEAN: to_boolean,
    DataType.DATETIME: lambda raw: _RFC_3339(raw, None),
}
_KEYS: dict[str, Convert] = {
    "agent": to_text,
    **{field.name: _CELLS[field.data_type] for field in GIVEN},
    "call_id": to_identifier,
    "customer_number": to_identifier,
}
COLUMN_KEYS = tuple(_KEYS)
"""The keys of the native format that a column can fill."""
_METRICS: dict[EvaluationType, Convert] = {
    EvaluationType.NUMERIC: to_number(),
    EvaluationType.RATING: to_number(),
    EvaluationType.BINARY: to_boolean,
    EvaluationType.ENUM: to_text,
}


_NUMERIC = (EvaluationType.NUMERIC, EvaluationType.RATING)
_NUMBER_KEYS = tuple(field.name for field in GIVEN if field.data_type is DataType.NUMBER)


def native_mapping(header: Sequence[str], *, asks: bool = False) -> CallMapping:
    """The mapping of a header that needs none: native keys, ``metadata.KEY`` and ``metrics.NAME:TYPE``.

    Texts are read as ``server.formulas`` escapes them.

    Args:
        asks: whether a point in numbers may be one of thousands, as in files that another program wrote.

    Raises:
        ImportFailure: when a column is none of these or a required key has no column.
    """
    targets = [_native_target(name) for name in header]
    foreign = [repr(name) for name, target in zip(header, targets, strict=True) if target is None]
    missing = [key for key in REQUIRED_KEYS if key not in header]
    if not foreign and not missing:
        found = [target for target in targets if target is not None]
        return CallMapping(Rules(tuple(map(_doubted, found) if asks else found)))
    wrong = [f"unknown columns {', '.join(foreign)}"] if foreign else []
    if missing:
        wrong.append(
            f"{'columns' if missing[1:] else 'column'} {', '.join(missing)} {'are' if missing[1:] else 'is'} missing"
        )
    allowed = ", ".join(key for key in CALL_KEYS if key in COLUMN_KEYS)
    raise ImportFailure(
        f"{'; '.join(wrong)}. Allowed without a mapping: {allowed}, metadata.KEY and metrics.NAME:TYPE. "
        "For other columns give a mapping file with --map"
    )


def has_native_names(header: Sequence[str]) -> bool:
    """Whether a header is meant to be one that needs no mapping, though something may be wrong with it."""
    is_prefixed = any(name.startswith((f"{Part.METADATA.value}.", f"{Part.METRICS.value}.")) for name in header)
    return is_prefixed or ("call_id" in header and ("agent" in header or "timestamp" in header))


def _native_target(name: str) -> Target | None:
    if name in _KEYS:
        return _native(Part.CALL, name, name, _KEYS[name])
    part, _, key = name.partition(".")
    match PARTS.get(part):
        case Part.METADATA:
            return _native(Part.METADATA, key, name, to_text) if key else None
        case Part.METRICS:
            return _native_metric(name, key)
        case Part.CALL | Part.FEEDBACK | None:
            return None


def _doubted(target: Target) -> Target:
    """A target whose numbers are asked about, where only the column can tell how they are written."""
    is_number = target.metric_type in _NUMERIC if target.metric_type else target.key in _NUMBER_KEYS
    is_doubtful = is_number and target.part is not Part.METADATA
    return replace(target, value=replace(target.value, is_doubtful=is_doubtful))


def _native_metric(name: str, key: str) -> Target | None:
    metric, _, type_name = key.rpartition(":")
    if not metric or type_name not in tuple(EvaluationType):
        return None
    metric_type = EvaluationType(type_name)
    return _native(Part.METRICS, metric, name, _METRICS[metric_type], metric_type)


def _native(part: Part, key: str, name: str, convert: Convert, metric_type: EvaluationType | None = None) -> Target:
    def unescape(raw: Any) -> object:
        return convert(unescaped(raw) if type(raw) is str else raw)

    return Target(part, key, Value(Cell(name), unescape), metric_type)
