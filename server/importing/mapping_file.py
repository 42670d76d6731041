"""Reading a mapping file (TOML). Every fault in it is collected, with where it stands and what is allowed there."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import cast

from models.call_fields import GIVEN, SECONDS
from models.call_record import REQUIRED_KEYS
from models.types import DataType, EvaluationType
from server.importing.file_settings import FILE_KEYS, read_file_settings
from server.importing.mapping import COLUMN_KEYS, NO_AGENT, CallMapping
from server.importing.mapping_conditions import read_conditions
from server.importing.mapping_kinds import Defaults, Kind
from server.importing.mapping_rows import read_join, read_rest, read_turns
from server.importing.mapping_tables import Table, table_of
from server.importing.mapping_values import ValueReader
from server.importing.outcome import ImportFailure
from server.importing.targets import REST, Constant, Part, Rules, Target, Then, Value
from server.importing.values.numbers import NumberForm
from server.importing.values.texts import each, to_text
from server.importing.values.times import time_text
from server.importing.values.zones import ABBREVIATIONS, ZONE_FORM, zone_of

_VALUE_KEYS = ("null", "decimal", "thousands", "time_zone", "zones")
_TOP_KEYS = (*FILE_KEYS, *_VALUE_KEYS, "skip", "join", *(part.value for part in Part), "transcript")

_KINDS = {
    DataType.STRING: Kind.TEXT,
    DataType.NUMBER: Kind.NUMBER,
    DataType.BOOLEAN: Kind.BOOLEAN,
    DataType.DATETIME: Kind.TIME,
}
_CALL_KINDS = {
    "agent": Kind.NAME,
    **{field.name: Kind.DURATION if field.unit == SECONDS else _KINDS[field.data_type] for field in GIVEN},
    "call_id": Kind.IDENTIFIER,
    "customer_number": Kind.NUMBER_TEXT,
}
_METRIC_KINDS = {
    EvaluationType.NUMERIC: Kind.NUMBER,
    EvaluationType.RATING: Kind.NUMBER,
    EvaluationType.BINARY: Kind.BOOLEAN,
    EvaluationType.ENUM: Kind.TEXT,
}
_METADATA_TYPES = {
    kind.value: kind for kind in (Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN, Kind.TIME, Kind.DURATION, Kind.LIST, Kind.JSON)
}
_FEEDBACK = {"rating": Kind.NUMBER, "comment": Kind.TEXT, "reviewer": Kind.TEXT}
_ADVICE = {"call_id": ': a column, several as { columns = ["...", "..."] }, or { hash = "row" }'}


def read_mapping(path: Path, time_zone: str | None = None) -> CallMapping:
    """Reads a mapping file.

    Args:
        time_zone: of local times, instead of what the file says of all times.

    Raises:
        ImportFailure: naming all that is wrong in it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ImportFailure(f"{path}: the mapping cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ImportFailure(f"{path}: the mapping is not TOML: {error}") from None
    return parse_mapping(text, str(path), time_zone)


def parse_mapping(text: str, name: str, time_zone: str | None = None) -> CallMapping:
    """Reads the text of a mapping file.

    Args:
        name: of the file, for the message.
        time_zone: of local times, instead of what the text says of all times.

    Raises:
        ImportFailure: naming all that is wrong in it.
    """
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ImportFailure(f"{name}: the mapping is not TOML: {error}") from None
    reader = _MappingReader()
    mapping = reader.mapping(content if time_zone is None else {**content, "time_zone": time_zone})
    if reader.faults:
        raise ImportFailure("\n".join(f"{name}: {fault}" for fault in reader.faults))
    return mapping


class _MappingReader:
    def __init__(self) -> None:
        self._values = ValueReader()
        self.faults = self._values.faults

    def mapping(self, content: Table) -> CallMapping:
        self._values.known(content, _TOP_KEYS, "")
        file, faults = read_file_settings(content)
        self.faults += faults
        self._values.defaults = self._defaults(content)
        no_agent, call = self._agent(content)
        targets = [
            *self._part(call, Part.CALL, self._call_target),
            *self._part(content, Part.METADATA, self._metadata_target),
            *self._part(content, Part.METRICS, self._metric_target),
            *self._part(content, Part.FEEDBACK, self._feedback_target),
        ]
        tried = table_of(call.get(Part.CALL.value)) or {}
        for key in REQUIRED_KEYS:
            if key != "agent" and key not in tried:
                self.faults.append(f"call.{key} is missing; it is required{_ADVICE.get(key, '')}")
        rules = Rules(
            targets=tuple(targets),
            rest=read_rest(self._values, content.get(Part.METADATA.value)),
            transcript=read_turns(self._values, content["transcript"]) if "transcript" in content else None,
            skip=read_conditions(self._values, content.get("skip", []), "skip"),
            no_agent=no_agent,
        )
        return CallMapping(rules, file, read_join(self._values, content.get("join")))

    def _defaults(self, content: Table) -> Defaults:
        zones = {**ABBREVIATIONS, **self._zones(content.get("zones", {}))}
        self._values.defaults = Defaults(zones=zones)
        null = self._values.null(content.get("null", []), "null")
        form = self._values.separators(content, NumberForm(), "")
        zone = self._values.time_zone(content["time_zone"], "") if "time_zone" in content else None
        return Defaults(null or frozenset(), form or NumberForm(), zone, zones)

    def _zones(self, given: object) -> dict[str, tzinfo]:
        if not isinstance(given, dict):
            self.faults.append('zones must be a table of abbreviations, such as { CST = "America/Chicago" }')
            return {}
        zones = {name: zone_of(str(zone)) for name, zone in cast("Table", given).items()}
        self.faults += [
            f"zones.{name} {cast('Table', given)[name]!r} is not a valid time zone; allowed: {ZONE_FORM}"
            for name, zone in zones.items()
            if zone is None
        ]
        return {name.strip().upper(): zone for name, zone in zones.items() if zone is not None}

    def _agent(self, content: Table) -> tuple[str, Table]:
        """The agent of calls without one, and the mapping without that."""
        call = table_of(content.get(Part.CALL.value)) or {}
        agent = table_of(call.get("agent")) or {}
        if "default" not in agent:
            return NO_AGENT, content
        default = agent["default"]
        if not isinstance(default, str) or not default:
            self.faults.append("call.agent.default must be a string: the agent of calls without one")
            return NO_AGENT, content
        rest = {key: value for key, value in agent.items() if key != "default"}
        return default, {**content, Part.CALL.value: {**call, "agent": rest}}

    def _part(self, content: Table, part: Part, target: Callable[[str, object], Target | None]) -> list[Target]:
        table = table_of(content.get(part.value, {}))
        if table is None:
            self.faults.append(f"{part.value} must be a table")
            return []
        found = (target(key, source) for key, source in table.items())
        return [item for item in found if item is not None]

    def _call_target(self, key: str, source: object) -> Target | None:
        if not self._values.known([key], COLUMN_KEYS, "call."):
            return None
        value = self._values.value(_CALL_KINDS[key], source, f"call.{key}")
        if value is not None and key == "call_id" and (isinstance(value.source, Constant) or value.default is not None):
            self.faults.append(
                "call.call_id cannot be the same for several calls; allowed: a column, or several as columns"
            )
            return None
        return value and Target(Part.CALL, key, value)

    def _metadata_target(self, key: str, source: object) -> Target | None:
        if key == REST:
            return None
        where = f"metadata.{key}"
        table = table_of(source) or {}
        kind = Kind.ANY
        if "type" in table:
            if table["type"] not in _METADATA_TYPES:
                self.faults.append(f"{where}.type is {table['type']!r}; allowed: {', '.join(_METADATA_TYPES)}")
                return None
            kind = _METADATA_TYPES[str(table["type"])]
        value = self._values.value(kind, source, where, ("type",))
        if value is not None and kind is Kind.TIME:
            value = Value(Then(value, time_text), to_text)
        return value and Target(Part.METADATA, key, value)

    def _metric_target(self, key: str, source: object) -> Target | None:
        where = f"metrics.{key}"
        table = table_of(source)
        if table is None:
            self.faults.append(f"{where} must be a table of type, column and others")
            return None
        if table.get("type") not in tuple(EvaluationType):
            self.faults.append(f"{where}.type is {table.get('type')!r}; allowed: {', '.join(EvaluationType)}")
            return None
        metric_type = EvaluationType(cast("str", table["type"]))
        kind = _METRIC_KINDS[metric_type]
        if "read_as" in table:
            if table["read_as"] != "duration" or kind is not Kind.NUMBER:
                self.faults.append(
                    f'{where}.read_as is {table["read_as"]!r}; allowed: "duration", for numbers of seconds'
                )
                return None
            kind = Kind.DURATION
        value = self._values.value(kind, table, where, ("type", "read_as"))
        return value and Target(Part.METRICS, key, replace(value, convert=each(value.convert)), metric_type)

    def _feedback_target(self, key: str, source: object) -> Target | None:
        if not self._values.known([key], tuple(_FEEDBACK), "feedback."):
            return None
        value = self._values.value(_FEEDBACK[key], source, f"feedback.{key}")
        return value and Target(Part.FEEDBACK, key, value)
