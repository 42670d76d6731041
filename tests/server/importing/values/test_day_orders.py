"""Days that can have the day or the month first: another row tells, or they are asked about."""

from pathlib import Path

import pytest

from server.importing import ImportFailure, ImportOptions, check_file
from server.importing.presets import read_preset
from tests.server.importing.samples import calls_of

_HEADER = "Call Time,Call ID,From,To,Direction,Status,Ringing,Talking,Cost\n"


def _write(folder: Path, *times: str) -> Path:
    path = folder / "calls.csv"
    rows = [
        f"{time},{number},5550190001,101,Inbound,Answered,00:00:06,00:03:20,\n" for number, time in enumerate(times)
    ]
    path.write_text(_HEADER + "".join(rows))
    return path


@pytest.mark.parametrize(
    ("times", "days"),
    [
        (["11/05/2026 09:15:00", "11/20/2026 09:15:00"], ["2026-11-05", "2026-11-20"]),
        (["11/05/2026 09:15:00", "20/11/2026 09:15:00"], ["2026-05-11", "2026-11-20"]),
        (["11/05/2026 09:15:00 AM", "20/11/2026 09:15:00 AM"], ["2026-05-11", "2026-11-20"]),
        (["11/11/2026 09:15:00", "2026-11-05T09:15:00"], ["2026-11-11", "2026-11-05"]),
    ],
)
def test_the_order_is_that_of_the_rows_that_tell(tmp_path: Path, times: list[str], days: list[str]) -> None:
    calls = calls_of("3cx", _write(tmp_path, *times))
    assert [str(call.timestamp.date()) for call in calls] == days


async def test_an_order_that_no_row_tells_is_asked_about(tmp_path: Path) -> None:
    told = (
        r"calls\.csv:3:1: Call Time: '11/05/2026 09:15:00' can have the day or the month first, "
        r"and no other row tells; allowed: in the mapping "
        r'format = "%d/%m/%Y %H:%M:%S" \(day first\) or .* \(month first\)'
    )
    path = _write(tmp_path, "2026-11-05T09:15:00", "11/05/2026 09:15:00")
    with pytest.raises(ImportFailure, match=told):
        await check_file(path, ImportOptions(read_preset("3cx")))


async def test_an_order_that_only_a_row_far_below_tells_is_asked_about(tmp_path: Path) -> None:
    path = _write(tmp_path, *["11/05/2026 09:15:00"] * 5_000, "11/20/2026 09:15:00")
    with pytest.raises(ImportFailure, match=r"a row below has the month first"):
        await check_file(path, ImportOptions(read_preset("3cx")))


_CALLS = '"Type","CallId","Direction","From","To","Extension","Date","Time","Action","Action Result","Duration"\n'


def _ringcentral(folder: Path, *days: str) -> Path:
    path = folder / "calls.csv"
    rows = [
        f'"Voice","{number}","Incoming","1","2","3","{day}","9:05 AM","Phone Call","Missed","0:00:00"\n'
        for number, day in enumerate(days)
    ]
    path.write_text(_CALLS + "".join(rows))
    return path


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["Fri 06/11/2026", "Sun 08/11/2026"], ["2026-11-06", "2026-11-08"]),
        (["Thu 06/11/2026", "Tue 08/11/2026"], ["2026-06-11", "2026-08-11"]),
        (["Fri 11/20/2026", "Fri 11/06/2026"], ["2026-11-20", "2026-11-06"]),
        (["20/11/2026", "06/11/2026"], ["2026-11-20", "2026-11-06"]),
    ],
)
def test_the_weekday_in_front_of_a_day_tells_the_order(tmp_path: Path, days: list[str], expected: list[str]) -> None:
    calls = calls_of("ringcentral", _ringcentral(tmp_path, *days))
    assert [str(call.timestamp.date()) for call in calls] == expected


async def test_an_order_that_no_weekday_tells_is_asked_about(tmp_path: Path) -> None:
    told = r"'06/11/2026 9:05 AM' can have .* format = \"%d/%m/%Y %I:%M %p\" \(day first\) or format = \"%m/%d/"
    with pytest.raises(ImportFailure, match=told):
        await check_file(_ringcentral(tmp_path, "06/11/2026"), ImportOptions(read_preset("ringcentral")))
