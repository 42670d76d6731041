"""A mapping: what of a file's rows or documents becomes which value of a call."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.call_fields import GIVEN
from models.call_record import CALL_KEYS, REQUIRED_KEYS
from models.types import DataType, EvaluationType
from server.importing.conversion import DocumentConversion, TableConversion
from server.importing.conversions import Convert, to_boolean, to_number, to_text, to_time
from server.importing.file_settings import FileSettings
from server.importing.outcome import ImportFailure
from server.importing.targets import PARTS, Part, Target


@dataclass(frozen=True, slots=True)
class CallMapping:
    """How calls are read from a file. A text that is one of ``null`` has no value; so has an empty one. With
    ``unescapes_formulas`` texts are read as ``server.formulas`` escapes them."""

    targets: tuple[Target, ...]
    file: FileSettings = field(default_factory=FileSettings)
    null: frozenset[str] = frozenset()
    unescapes_formulas: bool = False

    def for_table(self, header: Sequence[str], first_column: int = 1) -> TableConversion:
        """The conversion of a table's rows.

        Args:
            header: names of the columns, all different.
            first_column: number of the first of them in the file.

        Raises:
            ImportFailure: when the mapping names a column that the header does not have.
        """
        return TableConversion(self.targets, self.null, header, first_column, unescapes=self.unescapes_formulas)

    def for_documents(self) -> DocumentConversion:
        """The conversion of JSON documents.

        Raises:
            ImportFailure: when the mapping names what is not a path.
        """
        return DocumentConversion(self.targets, self.null)


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


def native_mapping(header: Sequence[str]) -> CallMapping:
    """The mapping of a header that needs none: native keys, ``metadata.KEY`` and ``metrics.NAME:TYPE``.

    Raises:
        ImportFailure: when a column is none of these or a required key has no column.
    """
    targets = [_native_target(name) for name in header]
    foreign = [repr(name) for name, target in zip(header, targets, strict=True) if target is None]
    missing = [key for key in REQUIRED_KEYS if key not in header]
    if not foreign and not missing:
        return CallMapping(tuple(target for target in targets if target is not None), unescapes_formulas=True)
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
