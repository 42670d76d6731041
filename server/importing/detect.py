"""What the bytes of a file are, by the first of them."""

import re
from typing import Literal

from server.importing.outcome import ImportFailure, ImportFormat

_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of 1997 to 2003 (.xls)", "save it as .xlsx or CSV"),
    (b"BZh", "compressed with bzip2", "use gzip or ZIP"),
    (b"\xfd7zXZ\x00", "compressed with xz", "use gzip or ZIP"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "use gzip or ZIP"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "use gzip or ZIP"),
    (b"Rar!", "a RAR archive", "use gzip or ZIP"),
    (b"%PDF", "a PDF", "export the calls as CSV, JSON or .xlsx"),
    (b"SQLite format 3", "an SQLite database", "export the calls as CSV, JSON or .xlsx"),
    (b"Obj\x01", "Avro", "export the calls as Parquet, CSV or JSON"),
    (b"ORC", "ORC", "export the calls as Parquet, CSV or JSON"),
)
_WORKBOOK = b"PK\x03\x04"
_PARQUET = b"PAR1"
_MARKUP = re.compile(r"<(\?xml|!doctype|html|table|workbook)\b", re.IGNORECASE)


def binary_format(head: bytes) -> Literal[ImportFormat.XLSX, ImportFormat.PARQUET] | None:
    """The format of bytes that are not a text; None if they may be one.

    Raises:
        ImportFailure: they are something that is not read, or nothing.
    """
    if not head:
        raise ImportFailure("the file is empty (0 bytes); export it again")
    for magic, what, remedy in _FOREIGN:
        if head.startswith(magic) and not (head.isascii() and magic in (b"BZh", b"ORC")):
            raise ImportFailure(f"the file is {what}; {remedy}")
    if head.startswith(_WORKBOOK):
        return ImportFormat.XLSX
    return ImportFormat.PARQUET if head.startswith(_PARQUET) else None


def text_format(head: str) -> Literal[ImportFormat.JSON, ImportFormat.CSV]:
    """Whether a text is JSON, or else rows of cells.

    Raises:
        ImportFailure: it is HTML or XML, or not a text.
    """
    start = head.removeprefix("\ufeff").lstrip(" \t\r\n\x1e")
    if _MARKUP.match(start):
        raise ImportFailure(
            "the file is HTML or XML, which some systems write under the name .xls; save it as .xlsx or CSV"
        )
    if "\0" in head:
        line = head.count("\n", 0, head.index("\0")) + 1
        raise ImportFailure(
            f"line {line}: the file has NUL bytes; allowed: JSON, CSV, .xlsx or Parquet, also in gzip or ZIP"
        )
    return ImportFormat.JSON if start[:1] in ("{", "[") else ImportFormat.CSV
