"""What is told of rows that are no calls, in the terms of the mapping."""

from pathlib import Path

from server.importing.mapping_file import parse_mapping
from server.importing.source import open_source

_MAPPING = """
[call]
call_id = "Id"
timestamp = { first_of = ["At", "Made"], format = "%d.%m.%Y %H:%M", time_zone = "UTC" }
"""


def test_a_time_that_is_missing_is_told_with_the_format_of_the_mapping(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("Id;At;Made\n1;;\n2;2026-11-20;\n")
    with open_source(path, parse_mapping(_MAPPING, "map")) as source:
        faults = [fault.reason for reading in source.rows.readings() for fault in reading.faults]
    assert len(faults) == 2
    assert all("allowed: a time of the form %d.%m.%Y %H:%M" in fault for fault in faults)
