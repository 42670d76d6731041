"""The presets: each makes of a sample, written by hand in the shape of a service's export, the calls beside it."""

import csv
import json
import tomllib
from pathlib import Path

import pytest

from models.call_record import parse_call
from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.outcome import ImportFailure
from server.importing.presets import NAMES, PRESETS, preset_of_document, preset_path, read_preset
from server.importing.sample import headless_preset, read_sample
from tests.server.importing.samples import SAMPLES, calls_of, sample

_HEADLESS = [preset.name for preset in PRESETS if preset.is_headless]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_makes_the_expected_calls_of_its_sample(name: str) -> None:
    calls = json.loads((SAMPLES / f"{name}.expected.json").read_text())
    expected = [parse_call(call, is_agent_given=call["agent"] != "(none)") for call in calls]
    assert calls_of(name, sample(name)) == expected


def _of_asterisk(folder: Path, last: int, *, without: int = 0) -> Path:
    """The sample with its first columns only, or without one of them."""
    path = folder / f"Master{last}.csv"
    with sample("asterisk").open(newline="") as file, path.open("w", newline="") as cut:
        rows = [cells[:last] for cells in csv.reader(file)]
        csv.writer(cut).writerows([cells[:without] + cells[without + 1 :] for cells in rows] if without else rows)
    return path


def test_asterisk_without_its_last_columns(tmp_path: Path) -> None:
    whole = calls_of("asterisk", sample("asterisk"))
    assert [call.call_id for call in calls_of("asterisk", _of_asterisk(tmp_path, 17))] == [
        call.call_id for call in whole
    ]
    path = _of_asterisk(tmp_path, 16)
    calls = calls_of("asterisk", path)
    assert [call.call_id for call in calls] == [call.call_id for call in calls_of("asterisk", path)]
    assert len({call.call_id for call in calls}) == len(path.read_text().splitlines())
    found = headless_preset(Input(path), FileSettings())
    assert found is not None
    assert found.name == "asterisk"


def test_a_note_of_asterisk_is_no_id(tmp_path: Path) -> None:
    path = _of_asterisk(tmp_path, 18, without=16)
    assert len({call.call_id for call in calls_of("asterisk", path)}) == len(path.read_text().splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_recognised_by_its_shape(name: str) -> None:
    given = Input(sample(name))
    if name in _HEADLESS:
        with pytest.raises(ImportFailure, match="there is no header"):
            read_sample(given, FileSettings())
        found = headless_preset(given, FileSettings())
    else:
        assert headless_preset(given, FileSettings()) is None
        found = read_sample(given, FileSettings()).preset
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "document",
    [
        {"id": "1", "type": "chat", "startedAt": "2026-11-20T09:00:00Z"},
        {"call_id": "1", "agent_id": "a", "timestamp": "2026-11-20T09:00:00Z"},
        {"sid": "SM1", "status": "sent", "direction": "inbound"},
        {"id": 1, "created_at": "2026-11-20T09:00:00Z", "agent_id": 2},
        {},
    ],
)
def test_documents_of_other_shapes_are_not_recognised(document: dict[str, object]) -> None:
    assert preset_of_document(document) is None


def test_other_files_are_not_recognised(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("Id,Who,When\n1,Ana,2026-11-20T09:00:00Z\n")
    assert read_sample(Input(path), FileSettings()).preset is None
    path.write_text("1,Ana,2026-11-20 09:00:00\n2,Ana,2026-11-20 09:01:00\n")
    assert headless_preset(Input(path), FileSettings()) is None


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_local_times_are_read_in_the_zone_that_is_given(preset: object) -> None:
    preset = next(one for one in PRESETS if one is preset)
    assert ("time_zone" in tomllib.loads(preset_path(preset.name).read_text())) == preset.is_local
    utc = [call.timestamp for call in calls_of(preset.name, sample(preset.name))]
    tokyo = [call.timestamp for call in calls_of(preset.name, sample(preset.name), "Asia/Tokyo")]
    hours = {(one - other).total_seconds() / 3600 for one, other in zip(utc, tokyo, strict=True)}
    assert hours == ({9.0} if preset.is_local else {0.0})


def test_every_preset_says_how_it_is_used() -> None:
    for name in NAMES:
        assert f"--from {name}" in preset_path(name).read_text()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vappi", "'vappi' is not a valid preset; did you mean vapi\\?; allowed: auto, vapi, retell"),
        ("../secrets", "is not a valid preset; allowed"),
    ],
)
def test_unknown_presets_are_refused(name: str, message: str) -> None:
    with pytest.raises(ImportFailure, match=message):
        read_preset(name)


def test_unknown_zones_are_refused() -> None:
    with pytest.raises(ImportFailure, match="'Mars/Olympus' is unknown"):
        read_preset("ringcentral", "Mars/Olympus")
