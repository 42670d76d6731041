"""The samples of exports of services, and the calls that presets make of them."""

from pathlib import Path

from models.call_record import CallRecord
from server.importing.legs import Legs
from server.importing.presets import read_preset
from server.importing.source import open_source

SAMPLES = Path(__file__).parent / "presets"


def sample(name: str) -> Path:
    """The sample of a service."""
    (path,) = (path for path in SAMPLES.glob(f"{name}.*") if ".expected" not in path.suffixes)
    return path


def calls_of(name: str, path: Path, time_zone: str | None = None) -> list[CallRecord]:
    """The calls of a file, none of whose rows is rejected."""
    mapping = read_preset(name, time_zone)
    with open_source(path, mapping) as source:
        rows = source.rows.readings()
        readings = [*(Legs(mapping.join).joined(rows) if mapping.join else rows)]
    assert [reading.faults for reading in readings if reading.faults] == []
    return [reading.record for reading in readings if reading.record]
