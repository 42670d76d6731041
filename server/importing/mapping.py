"""A mapping: which columns of a CSV file become which values of a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from models.call_fields import GIVEN
from models.call_record import CALL_KEYS, REQUIRED_KEYS
from models.types import DataType, EvaluationType
from server.importing.conversions import Convert, Scalar, to_boolean, to_number, to_text, to_time
from server.importing.outcome import ImportFailure


class Part(Enum):
    """The part of a call that a value belongs to."""

    CALL = "call"
    METADATA = "metadata"
    METRICS = "metrics"


PARTS = {part.value: part for part in Part}
"""The parts by their names in pointers and mappings."""


@dataclass(frozen=True, slots=True)
class Target:
    """A value of a call and where it comes from.

    Several ``columns`` are joined by a space before they are converted. Without columns the value is ``constant``.
    """

    part: Part
    key: str
    columns: tuple[str, ...]
    convert: Convert
    constant: Scalar | None = None
    metric_type: EvaluationType | None = None


@dataclass(frozen=True, slots=True)
class CsvMapping:
    """How to read a CSV file. A cell whose text is one of ``null`` has no value; so has an empty one. With
    ``unescapes_formulas`` texts are read as ``server.formulas`` escapes them."""

    targets: tuple[Target, ...]
    delimiter: str = ","
    null: frozenset[str] = frozenset()
    unescapes_formulas: bool = False


_CELLS: dict[DataType, Convert] = {
    DataType.STRING: to_text,
    DataType.NUMBER: to_number,
    DataType.BOOLEAN: to_boolean,
    DataType.DATETIME: to_time(None, None),
}
COLUMN_KEYS: dict[str, Convert] = {
    "agent": to_text,
    **{field.name: _CELLS[field.data_type] for field in GIVEN},
}
"""The keys of the native format that a column can fill, with how they read a cell where the mapping does not say."""

METRIC_CELLS: dict[EvaluationType, Convert] = {
    EvaluationType.NUMERIC: to_number,
    EvaluationType.RATING: to_number,
    EvaluationType.BINARY: to_boolean,
    EvaluationType.ENUM: to_text,
}


def native_mapping(header: Sequence[str]) -> CsvMapping:
    """The mapping of a header that needs none: native keys, ``metadata.KEY`` and ``metrics.NAME:TYPE``.

    Raises:
        ImportFailure: when a column is none of these or a required key has no column.
    """
    targets = [_native_target(name) for name in header]
    foreign = [repr(name) for name, target in zip(header, targets, strict=True) if target is None]
    missing = [key for key in REQUIRED_KEYS if key not in header]
    if not foreign and not missing:
        return CsvMapping(tuple(target for target in targets if target is not None), unescapes_formulas=True)
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


def _native_target(name: str) -> Target | None:
    if name in COLUMN_KEYS:
        return Target(Part.CALL, name, (name,), COLUMN_KEYS[name])
    part, _, key = name.partition(".")
    match PARTS.get(part):
        case Part.METADATA:
            return Target(Part.METADATA, key, (name,), to_text) if key else None
        case Part.METRICS:
            return _native_metric(name, key)
        case Part.CALL | None:
            return None


def _native_metric(name: str, key: str) -> Target | None:
    metric, _, type_name = key.rpartition(":")
    if not metric or type_name not in tuple(EvaluationType):
        return None
    metric_type = EvaluationType(type_name)
    return Target(Part.METRICS, metric, (name,), METRIC_CELLS[metric_type], metric_type=metric_type)
