"""Which encoding a text is in, and text of any encoding as UTF-8.

UTF-8 and UTF-16 can be recognised. Of the others, only those that spreadsheets write most often are guessed: cp1252
(Western Europe), Mac Roman (the same, by Excel on a Mac) and GBK (China), from how their letters follow each other. A
text that may as well be something else is refused, rather than read wrongly: Cyrillic, Greek, Japanese and Korean
encodings must be named.
"""

import codecs
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

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
_UNDEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_IN_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff](?=[a-z])")
_BEFORE_SIGN = re.compile(rb"[\x80-\x9f][@\[\\\]_`{}]")
_WITHIN_CP1252_WORDS = frozenset(b"\x80\x85\x91\x92\x93\x94\x96\x97\xa0\xad\xb4\xb7")
_QUOTES_OF_MAC_ROMAN = frozenset(b"\xd0\xd1\xd2\xd3\xd4\xd5")
_OE = {0x9C}
_FIRST_SMALL_OF_MAC_ROMAN = 0x87
_FIRST_LETTER_OF_CP1252 = 0xC0
_HANGUL_LEADS = range(0xB0, 0xC9)
_KANA_LEADS = (0xA4, 0xA5)
_CHUNK = 256 * 1024
_MISSING = (
    "set encoding in the mapping, or --encoding, to its name, such as cp1252, gb18030, cp1251, shift_jis or euc_kr"
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding by its name for Python's codecs, the bytes of the mark in front of the text, and whether it is only
    likely."""

    name: str
    mark: int = 0
    is_guess: bool = False

    @property
    def words(self) -> str:
        """How it is told."""
        names = {UTF_8: "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "gb18030": "GBK (gb18030)"}
        return f"{names.get(self.name, self.name)}{' (guessed)' if self.is_guess else ''}"


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


def encoding_of(head: bytes, given: str | None, *, is_all: bool = True) -> Encoding:
    """The encoding of a text by its first bytes, or by all of them. A byte order mark counts more than what is given.

    Raises:
        ImportFailure: it cannot be told.
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
    return _guessed(head)


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
    # Pairs of GBK can be letters of UTF-8 by chance; bytes that are wrong in UTF-8 do not come in pairs alone.
    return sum(map(len, _PAIRS.findall(head))) < high or not _is_gbk(head, high)


def _guessed(head: bytes) -> Encoding:
    head = head[: head.rfind(b"\n") + 1] or head
    runs = _HIGH.findall(head)
    high = sum(map(len, runs))
    if _is_gbk(head, high):
        return Encoding("gb18030", is_guess=True)
    long = sum(len(run) for run in runs if len(run) >= 3)
    if _is_mac_roman(head, runs):
        return Encoding("mac_roman", is_guess=True)
    if long * 5 <= high and not _UNDEFINED_IN_CP1252.search(head):
        return Encoding("cp1252", is_guess=True)
    line = head.count(b"\n", 0, head.index(runs[0])) + 1
    raise ImportFailure(
        f"the text is not UTF-8 (line {line}) and its encoding cannot be determined reliably; {_MISSING}"
    )


def _is_mac_roman(head: bytes, runs: Sequence[bytes]) -> bool:
    """Whether the bytes between letters are small letters of Mac Roman. Letters of cp1252 are from 0xC0 on, but few;
    the others that may stand in a word are quotes, dashes and what separates two words. Bytes of Japanese letters stand
    before capital ones in Mac Roman, signs and each other."""
    found = set(b"".join(_IN_WORD.findall(head))) - _WITHIN_CP1252_WORDS - _QUOTES_OF_MAC_ROMAN
    pairs = sum(len(run) > 1 for run in runs)
    return (
        bool(found)
        and found != _OE
        and min(found) >= _FIRST_SMALL_OF_MAC_ROMAN
        and max(found) < _FIRST_LETTER_OF_CP1252
        and pairs * 2 <= len(runs)
        and not _BEFORE_SIGN.search(head)
    )


def _is_gbk(head: bytes, high: int) -> bool:
    pairs = b"".join(_PAIRS.findall(head))
    leads = pairs[0::2]
    if len(pairs) < high * 0.9:
        return False
    try:
        codecs.getincrementaldecoder("gb18030")().decode(head)
    except UnicodeDecodeError:
        return False
    kana = sum(lead in _KANA_LEADS for lead in leads)
    hangul = sum(lead in _HANGUL_LEADS for lead in leads)
    return kana * 5 < len(leads) and (len(leads) < 12 or hangul < len(leads))


class AsUtf8(io.RawIOBase):
    """A text of another encoding, as bytes of UTF-8. Bytes that the encoding does not have come out as bytes that are
    not UTF-8, so that the row they are in is rejected.

    Raises:
        ImportFailure: on reading, when what follows cannot be decoded at all.
    """

    def __init__(self, raw: BinaryIO, encoding: Encoding) -> None:
        self._raw = raw
        self._name = encoding.name
        self._errors = "surrogatepass" if encoding.name.startswith("utf-") else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(encoding.name)(self._errors)
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
        try:
            text = self._decoder.decode(given, final=self._is_done)
        except UnicodeDecodeError as error:
            raise ImportFailure(f"the text is not {self._name}: {error.reason}; {_MISSING}") from None
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
