"""Which encoding a text is in, and text of any encoding as UTF-8.

UTF-8 and UTF-16 can be recognised. Of the others, one is taken only where its letters make it certain; a text that may
as well be in another one is refused, rather than read wrongly.
"""

import codecs
import io
import re
from dataclasses import dataclass
from typing import Any, BinaryIO

from server.importing.encodings.finding import SET_IT, Found
from server.importing.outcome import ImportFailure

UTF_8 = "utf-8"
_MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with that one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PLAIN = {"utf-8-sig": UTF_8, "ascii": UTF_8, "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_QUOTED = re.compile(r'"[^"]*(?:"|\Z)')
_HIGH = re.compile(rb"[\x80-\xff]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_PAIRS = re.compile(rb"(?:[\xa1-\xf7][\xa1-\xfe])+")
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding by its name for Python's codecs, the bytes of the mark in front of the text, and how it was found if
    neither a mark nor a setting says it."""

    name: str
    mark: int = 0
    found: Found | None = None

    @property
    def words(self) -> str:
        """How it is told."""
        names = {UTF_8: "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "gb18030": "GBK (gb18030)"}
        return f"{names.get(self.name, self.name)}{' (guessed)' if self.found else ''}"


def check_encoding(name: str) -> None:
    """Checks the name of an encoding.

    Raises:
        ImportFailure: there is none, or it is not one of texts.
    """
    try:
        is_text = codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise ImportFailure(f"encoding {name!r} is unknown; allowed: a name such as utf-8, cp1252, utf-16 or gb18030")


def encoding_of(head: bytes, given: str | None, *, is_all: bool = True, line: int = 0) -> Encoding:
    """The encoding of a text by its first bytes, or by all of them. A byte order mark counts more than what is given.

    Args:
        line: how many lines are in front of them.

    Raises:
        ImportFailure: it cannot be told, or it is not certain.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    if given is not None:
        check_encoding(given)
        name = codecs.lookup(given).name
        return Encoding(_PLAIN.get(name, name))
    if (wide := _without_mark(head)) is not None:
        return Encoding(wide)
    if head.lstrip()[:1] in (b"{", b"[") or _is_utf_8(head, is_all):  # JSON has no other encodings
        return Encoding(UTF_8)
    found = Found(head if is_all else head[: head.rfind(b"\n") + 1] or head, line)
    return Encoding(found.name, found=found)


def _without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of ASCII letters is zero."""
    start = head[:1_024]
    if len(start) < 4 or b"\0" not in start:
        return None
    even, odd = start[0::2].count(0), start[1::2].count(0)
    most = len(start) // 2
    if odd > most * 0.4 and even < most * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > most * 0.4 and odd < most * 0.05 else None


def _is_utf_8(head: bytes, is_all: bool) -> bool:
    """Whether it is UTF-8, perhaps with some wrong bytes, which are then told with their rows."""
    text = codecs.getincrementaldecoder(UTF_8)("replace").decode(
        head, final=is_all
    )  # else it may end within a character
    wrong = text.count("\ufffd")
    if not wrong or len(_NOT_ASCII.findall(text)) <= 2 * wrong:
        return not wrong
    high = sum(map(len, _HIGH.findall(head)))
    if sum(map(len, _PAIRS.findall(head))) < high:
        return True
    # Pairs of GBK can be letters of UTF-8 by chance; bytes that are wrong in UTF-8 do not come in pairs alone.
    try:
        codecs.getincrementaldecoder("gb18030")().decode(head)
    except UnicodeDecodeError:
        return True
    return False


class AsUtf8(io.RawIOBase):
    """A text of another encoding, as bytes of UTF-8. Bytes that the encoding does not have come out as bytes that are
    not UTF-8, so that the row they are in is rejected.

    Raises:
        ImportFailure: on reading, when what follows cannot be decoded at all, or shows that the encoding is not the one
            that was found.
    """

    def __init__(self, raw: BinaryIO, encoding: Encoding) -> None:
        self._raw = raw
        self._name = encoding.name
        self._errors = "surrogatepass" if encoding.name.startswith("utf-") else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(encoding.name)(self._errors)
        self._found = encoding.found
        self._line = 0
        self._ready = b""
        self._is_done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._is_done:
            self._fill()
        part = self._ready[: len(buffer)]
        self._ready = self._ready[len(part) :]
        buffer[: len(part)] = part
        return len(part)

    def _fill(self) -> None:
        given = self._raw.read(_CHUNK)
        self._is_done = not given
        if self._found is not None:
            self._found.check(given, self._line)
            self._line += given.count(b"\n")
        try:
            text = self._decoder.decode(given, final=self._is_done)
        except UnicodeDecodeError as error:
            raise ImportFailure(f"the text is not {self._name}: {error.reason}; {SET_IT}") from None
        self._ready = text.encode(UTF_8, self._errors)


def has_carriage_returns(head: str) -> bool:
    """Whether the lines of a text end with carriage returns alone. Line feeds may be within quotes: that is how
    spreadsheets write line breaks in cells."""
    if "\r" not in head:
        return False
    if "\n" not in head:
        return True
    outside = _QUOTED.sub("", head)
    return "\r" in outside and "\n" not in outside


class CarriageReturns(io.RawIOBase):
    """A text whose lines end with carriage returns alone, with line feeds in their place."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._is_within_end = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while given := self._raw.read(len(buffer)):
            part = given[1:] if self._is_within_end and given.startswith(b"\n") else given
            self._is_within_end = given.endswith(b"\r")
            part = part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            if part:
                buffer[: len(part)] = part
                return len(part)
        return 0


def is_utf8(text: str) -> bool:
    """Whether a text has no lone surrogates, which stand for bytes that are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
