"""The first rows of a file, looked at before anything is written: where none of them is a call, the file was
misunderstood as a whole, and that is one sentence."""

import re
from collections.abc import Sequence

from server.importing.outcome import ImportFailure
from server.importing.reading import Reading
from server.importing.source import Source

ROWS = 100
"""How many are looked at."""
_ALIKE = 3
"""So many that are wrong in the same way are enough to say so."""
_DIFFERENT = 50
_VALUES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[0-9][0-9.,:]*")


def check_first_rows(name: str, source: Source, readings: Sequence[Reading]) -> None:
    """Checks what was read first.

    Raises:
        ImportFailure: none is a call, and all are wrong in the same way, or they are many.
    """
    rows = readings[:ROWS]
    if source.is_rejects or any(reading.record is not None for reading in rows) or len(rows) < _ALIKE:
        return
    kinds = [{_kind(fault.reason) for fault in reading.faults} for reading in rows]
    shared = kinds[0].intersection(*kinds[1:])
    if not shared and len(rows) < _DIFFERENT:
        return
    reading = rows[0]
    fault = next((fault for fault in reading.faults if _kind(fault.reason) in shared), reading.faults[0])
    how = "All have this fault" if shared else "The first one has this fault"
    raise ImportFailure(
        f"{name}:{fault.line or reading.line}:{fault.column}: {fault.reason}. {how}: none of the first {len(rows)} "
        f"rows is a call, so nothing was imported. The file was read as {source.found}"
    )


def _kind(reason: str) -> str:
    """What a reason says without the values."""
    return _VALUES.sub("…", reason)
