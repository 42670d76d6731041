"""Showing what a mapping makes of rows, before anything is imported."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from models.call_record import CallFaults, parse_call
from server.importing.conversion import Converted, SettingFailure
from server.importing.mapping import CallMapping
from server.importing.sample import Sample, flat
from server.importing.values.cells import NOTHING, is_empty, text_of

ROWS = 10
"""Most rows that are shown."""
_LONGEST = 40


def preview(sample: Sample, mapping: CallMapping) -> Iterator[str]:
    """Lines with the first rows, and below each the call that it becomes or why it is none."""
    for number, row in enumerate(sample.rows[:ROWS], start=1):
        yield f"  {number:>2}  {_joined(_source(sample, row))}"
        try:
            yield f"   →  {_call(_converted(sample, mapping, row))}"
        except SettingFailure as open_:
            yield f"   →  not told yet: {open_}"


def _converted(sample: Sample, mapping: CallMapping, row: Any) -> Converted[Any]:
    if sample.header is None:
        return cast("Converted[Any]", mapping.for_documents().convert(row))
    return cast("Converted[Any]", mapping.for_table(sample.header).convert(row))


def _source(sample: Sample, row: Any) -> Iterator[tuple[str, object]]:
    if sample.header is None:
        return flat(cast("Mapping[str, Any]", row))
    return zip(sample.header, cast("Sequence[object]", row), strict=False)


def _call(converted: Converted[Any]) -> str:
    if converted.faults:
        return f"rejected: {'; '.join(fault.reason for fault in converted.faults)}"
    if converted.call is None:
        return "skipped"
    try:
        parse_call(converted.call)
    except CallFaults as refused:
        return f"rejected: {'; '.join(f'{fault.path}: {fault}' for fault in refused.faults)}"
    call = converted.call
    named = [(key, value) for key, value in call.items() if key not in ("metadata", "metrics", "transcript")]
    metadata = [(f"metadata.{key}", value) for key, value in call.get("metadata", {}).items()]
    metrics = [(f"metrics.{value['metric']}", value["value"]) for value in call.get("metrics", ())]
    turns = call.get("transcript")
    return _joined([*named, *metadata, *metrics, *([("transcript", f"{len(turns)} turns")] if turns else ())])


def _joined(items: "Iterator[tuple[str, object]] | Sequence[tuple[str, object]]") -> str:
    return ", ".join(f"{name} {_shown(value)}" for name, value in items if not is_empty(value, NOTHING))


def _shown(value: object) -> str:
    text = " ".join(text_of(value).split()).replace("+00:00", "Z")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
