"""From the rows of a table, whatever it is written in, to calls."""

import json
from collections.abc import Sequence

from models.call_record import CallFault, CallFaults, parse_call
from server.importing.conversion import SettingFailure, TableConversion, at_line
from server.importing.dialect import REASON_COLUMN, is_header_again, unique_names
from server.importing.mapping import CallMapping, native_mapping
from server.importing.outcome import ImportFailure
from server.importing.reading import LineFault, Reading


class Table:
    """Converts the rows of a table.

    Args:
        cells: the header as it stands in the file; of a file of rejected rows the first column has the reasons.
        mapping: None when the names must be native keys.
        asks: whether a point in numbers of the native format may be one of thousands.

    Raises:
        ImportFailure: when the header does not fit the mapping.
    """

    def __init__(self, cells: Sequence[str], mapping: CallMapping | None, *, asks: bool = False) -> None:
        self.has_reason = bool(cells) and cells[0] == REASON_COLUMN
        self.written = [*(cells[1:] if self.has_reason else cells)]
        self.header = unique_names(self.written)
        self.skipped = 0
        if mapping is None:
            repeated = sorted({name for name in self.written if self.written.count(name) > 1})
            if repeated:
                raise ImportFailure(f"several columns are named {', '.join(map(repr, repeated))}; names must differ")
            mapping = native_mapping(self.written, asks=asks)
        self._conversion: TableConversion = mapping.for_table(self.header, first_column=2 if self.has_reason else 1)
        self.observed = self._conversion.observed

    def read(self, line: int, text: str, cells: Sequence[object]) -> Reading | None:
        """The call of a row, without the reason of a rejected one; None when the mapping skips it.

        Raises:
            ImportFailure: the file as a whole is not what the mapping says.
        """
        self.observed.line = line
        try:
            converted = self._conversion.convert(cells)
        except SettingFailure as failure:
            if is_header_again(cells, self.header):
                return self._header_again(line, text, cells)
            raise at_line(failure, line) from None
        if converted.faults and is_header_again(cells, self.header):
            return self._header_again(line, text, cells)
        if converted.faults:
            return Reading(line, text, None, converted.faults, cells=cells, call_id=converted.call_id)
        if converted.call is None:
            self.skipped += 1
            return None
        try:
            record = parse_call(converted.call, is_agent_given=not converted.has_no_agent)
        except CallFaults as refused:
            if is_header_again(cells, self.header):
                return self._header_again(line, text, cells)
            faults = self.placed(cells, refused.faults)
            return Reading(line, text, None, faults, cells=cells, call_id=converted.call_id)
        return Reading(line, text, record, cells=cells, has_no_agent=converted.has_no_agent)

    def _header_again(self, line: int, text: str, cells: Sequence[object]) -> Reading:
        place, name = next((place, name) for place, name in enumerate(self.header) if cells[place])
        reason = (
            "the row is the header again, as in files that were put together; allowed: rows of data; delete the line, "
            f"or leave it out by a mapping with {skip_text(name)}"
        )
        return Reading(line, text, None, (LineFault(place + 1, reason),), cells=cells)

    def placed(self, cells: Sequence[object], faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        """Faults of the call of a row as faults of its cells."""
        return self._conversion.placed(cells, faults)


def skip_text(name: str) -> str:
    """The condition of a mapping that leaves out rows which have the name of a column in it."""
    text = json.dumps(name, ensure_ascii=False)
    return f"skip = [{{ column = {text}, equals = {text} }}]"


def fits(mapping: CallMapping | None, names: Sequence[str]) -> bool:
    """Whether a header with these names is what a mapping, or else the native format, asks for."""
    if mapping is not None:
        return mapping.fits(names)
    try:
        Table(names, mapping)
    except ImportFailure:
        return False
    return True
