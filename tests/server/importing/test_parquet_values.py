"""The types of Parquet's columns, and what becomes of their values."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from server.importing.outcome import ImportFailure
from server.importing.source import open_source
from tests.server.importing.formats import COLUMNS, START, mapping_of, read

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_BASIC = f"""'c0' as "Id", 'Ava' as "Who", timestamptz '{START}' as "When", 'x' as "Topic" """


def _written(folder: Path, query: str) -> Path:
    path = folder / "calls.parquet"
    duckdb.sql(f"copy (select {query}) to '{path}' (format parquet)")
    return path


def test_texts_that_are_not_marked_as_such_are_texts(tmp_path: Path) -> None:
    path = _written(tmp_path, _BASIC.replace("'Ava'", "'Zo\\xC3\\xAB'::blob").replace("'x'", "'\\xFF\\x00'::blob"))
    (record,) = read(path, mapping_of(tmp_path, COLUMNS)).records
    assert (record.agent, record.values["topic"]) == ("Zoë", "ff00")


def test_times_in_nanoseconds_need_no_further_package(tmp_path: Path) -> None:
    """As pandas writes them."""
    path = _written(tmp_path, _BASIC.replace("timestamptz", "timestamptz_ns"))
    with duckdb.connect() as connection:
        kinds = connection.execute(f"select typeof(\"When\") from '{path}'").fetchall()
    assert kinds == [("TIMESTAMPTZ_NS",)]
    (record,) = read(path, mapping_of(tmp_path, COLUMNS)).records
    assert record.timestamp == AT


def test_lists_and_objects_stay_what_they_are(tmp_path: Path) -> None:
    nested = f"""{_BASIC}, ['a', 'b'] as "Tags", {{'n': 1, 'at': timestamptz '{START}', 'day': date '2026-03-01',
    'cost': 1.5, 'deep': [{{'text': 'é'::blob}}]}} as "More" """
    mapping = mapping_of(tmp_path, f'{COLUMNS}\n[metadata]\ntags = "Tags"\nmore = "More"')
    (record,) = read(_written(tmp_path, nested.replace("'é'", "'\\xC3\\xA9'")), mapping).records
    assert record.metadata["tags"] == ["a", "b"]
    more = record.metadata["more"]
    assert more.pop("at").startswith("2026-03-01 09:30:00+00")
    assert more == {"n": 1, "day": "2026-03-01", "cost": 1.5, "deep": [{"text": "é"}]}


def test_mended_rejects_have_the_ids_of_their_file(tmp_path: Path) -> None:
    query = _BASIC.replace("'c0'", "2::double").replace("'Ava'", "7::double").replace("'x'", "['a', 'b']")
    mapping = mapping_of(tmp_path, COLUMNS)
    kept = tmp_path / "calls.rejected.csv"
    with open_source(_written(tmp_path, query), mapping) as source:
        (bad,) = source.rows.readings()
        assert "is a list" in bad.faults[0].reason
        file = source.rows.reject_file(kept)
        file.add(bad, "1:4: why")
        file.close()
    (record,) = read(kept, mapping).records
    assert (record.call_id, record.agent, record.values["topic"]) == ("2", "7", '["a", "b"]')


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = _written(tmp_path, _BASIC)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ImportFailure, match=r"calls\.parquet: the Parquet file cannot be read"):
        read(path, mapping_of(tmp_path, COLUMNS))
