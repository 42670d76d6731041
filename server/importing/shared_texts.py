"""The texts of a workbook, which its cells refer to by number, in little more memory than they have bytes.

A list of two million strings takes 200 MiB; the same texts after each other, and where each begins, 50 MiB.
"""

from array import array
from typing import IO, Any, cast
from xml.etree.ElementTree import Element, iterparse

from server.importing.sheet_rows import BoundedXml

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_ITEMS = (f"{_MAIN}si", f"{_STRICT}si")


class SharedTexts:
    """Reads the table of texts.

    Raises:
        ImportFailure: one of them is too long.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._bytes = bytearray()
        self._begins = array("Q", [0])
        bounded = BoundedXml(source, lambda: f"the workbook's text {len(self) + 1:,}")
        events = iterparse(cast("IO[bytes]", bounded), events=("start", "end"))
        _, root = next(events)
        for event, element in events:
            if event == "end" and element.tag in _ITEMS:
                self._bytes += _text(element).encode("utf-8", "surrogatepass")
                self._begins.append(len(self._bytes))
                root.clear()
                bounded.mark()

    def __len__(self) -> int:
        return len(self._begins) - 1

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._bytes[self._begins[place] : self._begins[place + 1]].decode("utf-8", "surrogatepass")


def _text(item: Element) -> str:
    """The text of an item, formatted or not, without how it is pronounced."""
    parts = list[str]()
    for child in item:
        name = child.tag.rpartition("}")[2]
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts += [part.text or "" for part in child if part.tag.endswith("}t")]
    return "".join(parts).replace("x005F_", "")


def load_workbook(file: IO[bytes]) -> Any:
    """A workbook whose rows are read one after the other, and whose cells have the values of formulas."""
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.xml.constants import SHARED_STRINGS

    class Sheet(ReadOnlyWorksheet):
        def _get_size(self) -> None:
            """Nothing: what a sheet says of its size is often wrong, and one that says nothing would be read to its end
            for it."""

    class Reader(ExcelReader):
        def read_strings(self) -> None:
            package: Any = self.package
            part = package.find(SHARED_STRINGS)
            if part is not None:
                with self.archive.open(part.PartName[1:]) as source:
                    self.shared_strings: Any = SharedTexts(source)

        def read_worksheets(self) -> None:
            parser, book = cast("Any", self.parser), cast("Any", self.wb)
            for given, relation in parser.find_sheets():
                if relation.target in self.valid_files and "chartsheet" not in relation.Type:
                    sheet: Any = Sheet(book, given.name, relation.target, self.shared_strings)
                    sheet.sheet_state = given.state
                    book._sheets.append(sheet)

    reader: Any = Reader(file, read_only=True, data_only=True)
    reader.read()
    return reader.wb
