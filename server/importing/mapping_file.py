"""Reading a mapping file (TOML). Every fault in it is collected, with where it stands and what is allowed there."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapidfuzz import process

from models.call_fields import GIVEN, SECONDS
from models.call_record import REQUIRED_KEYS
from models.json_numbers import number_fault
from models.types import DataType, EvaluationType
from server.importing.conversions import DURATION_UNITS, Convert, Scalar, by_table, to_seconds, to_text, to_time
from server.importing.file_settings import FILE_KEYS, read_file_settings
from server.importing.mapping import COLUMN_KEYS, METRIC_CELLS, CallMapping
from server.importing.outcome import ImportFailure
from server.importing.targets import Part, Target

_TOP_KEYS = (*FILE_KEYS, "null", *(part.value for part in Part))
_SOURCE_KEYS = ("column", "constant", "values")
_TIME_KEYS = ("column", "columns", "format", "time_zone")
_TIMES = {field.name for field in GIVEN if field.data_type is DataType.DATETIME}
_DURATIONS = {field.name for field in GIVEN if field.unit == SECONDS}
_CONVERSIONS = "a column's name, or a table of {allowed}"

Table = Mapping[str, object]


def read_mapping(path: Path) -> CallMapping:
    """Reads a mapping file.

    Raises:
        ImportFailure: naming all that is wrong in it.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ImportFailure(f"{path}: the mapping cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportFailure(f"{path}: the mapping is not TOML: {error}") from None
    reader = _MappingReader()
    mapping = reader.mapping(content)
    if reader.faults:
        raise ImportFailure("\n".join(f"{path}: {fault}" for fault in reader.faults))
    return mapping


@dataclass
class _MappingReader:
    faults: list[str] = field(default_factory=list[str])

    def mapping(self, content: Table) -> CallMapping:
        self._known(content, _TOP_KEYS, "")
        targets = [
            *self._part(content, Part.CALL, self._call_target),
            *self._part(content, Part.METADATA, self._metadata_target),
            *self._part(content, Part.METRICS, self._metric_target),
        ]
        given = {target.key for target in targets if target.part is Part.CALL}
        call = content.get(Part.CALL.value)
        tried = cast("Table", call).keys() if isinstance(call, dict) else set[str]()
        for key in REQUIRED_KEYS:
            if key not in given and key not in tried:
                self.faults.append(f"call.{key} is missing; it is required")
        file, faults = read_file_settings(content)
        self.faults += faults
        return CallMapping(tuple(targets), file, self._null(content))

    def _part(self, content: Table, part: Part, target: Callable[[str, object], Target | None]) -> Iterable[Target]:
        table = content.get(part.value, {})
        if not isinstance(table, dict):
            self.faults.append(f"{part.value} must be a table")
            return []
        found = (target(key, source) for key, source in cast("Table", table).items())
        return [item for item in found if item is not None]

    def _null(self, content: Table) -> frozenset[str]:
        null = content.get("null", [])
        if isinstance(null, list) and all(isinstance(text, str) for text in cast("list[object]", null)):
            return frozenset(cast("list[str]", null))
        self.faults.append('null must be a list of strings: the cell texts that mean "no value"')
        return frozenset()

    def _call_target(self, key: str, source: object) -> Target | None:
        where = f"call.{key}"
        if not self._known([key], tuple(COLUMN_KEYS), "call."):
            return None
        if key in _TIMES:
            return self._time_target(key, source, where)
        allowed = (*_SOURCE_KEYS, "unit") if key in _DURATIONS else _SOURCE_KEYS
        table = self._source(source, allowed, where)
        if table is None:
            return None
        convert = self._duration(table, where) if key in _DURATIONS else COLUMN_KEYS[key]
        return self._target(Part.CALL, key, table, convert, where)

    def _metadata_target(self, key: str, source: object) -> Target | None:
        where = f"metadata.{key}"
        table = self._source(source, _SOURCE_KEYS, where)
        return None if table is None else self._target(Part.METADATA, key, table, to_text, where)

    def _metric_target(self, key: str, source: object) -> Target | None:
        where = f"metrics.{key}"
        allowed = ("type", *_SOURCE_KEYS)
        if not isinstance(source, dict):
            self.faults.append(f"{where} must be a table of {', '.join(allowed)}")
            return None
        table = self._source(cast("Table", source), allowed, where)
        if table is None:
            return None
        type_name = table.get("type")
        if type_name not in tuple(EvaluationType):
            self.faults.append(f"{where}.type is {type_name!r}; allowed: {', '.join(EvaluationType)}")
            return None
        metric_type = EvaluationType(type_name)
        return self._target(Part.METRICS, key, table, METRIC_CELLS[metric_type], where, metric_type)

    def _target(
        self,
        part: Part,
        key: str,
        table: Table,
        convert: Convert,
        where: str,
        metric_type: EvaluationType | None = None,
    ) -> Target | None:
        column, constant = table.get("column"), table.get("constant")
        if (column is None) == (constant is None):
            self.faults.append(f"{where} must have either column or constant")
            return None
        if constant is not None:
            if not isinstance(constant, (str, int, float, bool)):
                self.faults.append(f"{where}.constant must be a string, a number or a boolean")
                return None
            if (fault := _number_fault(constant)) is not None:
                self.faults.append(f"{where}.constant is {constant!r}; {fault}")
                return None
            return Target(part, key, (), convert, constant, metric_type)
        if not isinstance(column, str):
            self.faults.append(f"{where}.column must be the name of a column")
            return None
        if (values := table.get("values")) is not None:
            if not _is_value_table(values):
                self.faults.append(f"{where}.values must be a table from cell texts to strings, numbers or booleans")
                return None
            for text, value in cast("Mapping[str, Scalar]", values).items():
                if (fault := _number_fault(value)) is not None:
                    self.faults.append(f"{where}.values.{text} is {value!r}; {fault}")
            convert = by_table(cast("Mapping[str, Scalar]", values))
        return Target(part, key, (column,), convert, metric_type=metric_type)

    def _time_target(self, key: str, source: object, where: str) -> Target | None:
        table = self._source(source, _TIME_KEYS, where)
        if table is None:
            return None
        columns = table.get("columns", [table.get("column")])
        names = cast("list[object]", columns) if isinstance(columns, list) else []
        if not 1 <= len(names) <= 2 or not all(isinstance(name, str) for name in names):
            self.faults.append(f"{where} must have a column, or columns: a list of one or two names")
            return None
        form, zone_name = table.get("format"), table.get("time_zone")
        if form is not None and not isinstance(form, str):
            self.faults.append(f"{where}.format must be a string, such as '%Y-%m-%d %H:%M:%S' or 'unix'")
            return None
        zone = None if zone_name is None else self._zone(zone_name, where)
        if form is not None and form != "unix" and "%z" not in form and zone_name is None:
            self.faults.append(f"{where}.time_zone is missing: the format has no offset (%z); give an IANA name or UTC")
            return None
        return Target(Part.CALL, key, tuple(cast("list[str]", names)), to_time(form, zone))

    def _zone(self, name: object, where: str) -> ZoneInfo | None:
        try:
            return ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.faults.append(f"{where}.time_zone {name!r} is unknown; allowed: an IANA name, such as Europe/Berlin")
            return None

    def _duration(self, table: Table, where: str) -> Convert:
        unit = table.get("unit", "seconds")
        if unit in DURATION_UNITS:
            return to_seconds(str(unit))
        self.faults.append(f"{where}.unit is {unit!r}; allowed: {', '.join(DURATION_UNITS)}")
        return to_text

    def _source(self, source: object, allowed: tuple[str, ...], where: str) -> Table | None:
        if isinstance(source, str):
            return {"column": source}
        if not isinstance(source, dict):
            self.faults.append(f"{where} must be {_CONVERSIONS.format(allowed=', '.join(allowed))}")
            return None
        table = cast("Table", source)
        return table if self._known(table, allowed, f"{where}.") else None

    def _known(self, keys: Iterable[str], allowed: tuple[str, ...], prefix: str) -> bool:
        unknown = [key for key in keys if key not in allowed]
        for key in unknown:
            near = process.extractOne(key, allowed, score_cutoff=60)
            meant = f"; did you mean {near[0]}?" if near else ""
            self.faults.append(f"unknown key {prefix}{key}{meant}; allowed: {', '.join(allowed)}")
        return not unknown


def _number_fault(value: Scalar) -> str | None:
    return None if isinstance(value, str) else number_fault(value)


def _is_value_table(values: object) -> bool:
    if not isinstance(values, dict) or not values:
        return False
    return all(isinstance(value, (str, int, float, bool)) for value in cast("dict[str, object]", values).values())
