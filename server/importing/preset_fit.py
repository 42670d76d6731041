"""Whether a file is what a preset is for."""

from itertools import islice

from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.mapping import CallMapping
from server.importing.outcome import ImportFailure
from server.importing.presets import PRESETS, Preset
from server.importing.sample import Sample, headless_preset, read_sample
from server.importing.source import open_source

_ROWS = 20
_MOST_NAMES = 12


def misfit(input_: Input, settings: FileSettings, name: str, mapping: CallMapping) -> str | None:
    """Why a file is no export of the service of a preset, in one sentence; None where some row of it is a
    call, or nothing can be said."""
    preset = next(preset for preset in PRESETS if preset.name == name)
    try:
        with open_source(input_, mapping, settings) as source:
            readings = [*islice(source.rows.readings(), _ROWS)]
        if source.is_rejects or not readings or any(reading.record is not None for reading in readings):
            return None
    except ImportFailure:
        pass
    try:
        sample = read_sample(input_, settings)
    except ImportFailure:
        found = headless_preset(input_, settings)
        return None if found in (None, preset) else f"not an export of {name}.{_advice(found)}"
    if sample.is_rejects or not sample.rows or sample.preset is preset:
        return None
    return f"not an export of {name}: {_expected(preset)}; {_there(sample)}.{_advice(sample.preset)}"


def _expected(preset: Preset) -> str:
    if preset.is_headless:
        return "expected are rows without a header"
    return (
        f"expected are {'the columns' if preset.columns else 'objects with'} {_listed(preset.columns or preset.keys)}"
    )


def _there(sample: Sample) -> str:
    if sample.header is not None:
        return f"the file has the columns {_listed(sample.header)}"
    return f"the first object of the file has {_listed([*sample.rows[0]]) or 'no keys'}"


def _advice(preset: Preset | None) -> str:
    return f" It looks like an export of {preset.name}: --from {preset.name}" if preset else ""


def _listed(names: "tuple[str, ...] | list[str]") -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
