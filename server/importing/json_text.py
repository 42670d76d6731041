"""JSON that is read value by value, in bounded memory: each with its text and the place where it stands.

The values of a list come from one text after the other; Python's own decoder says where each ends. A value that does
not fit into the limit, or is not valid, is skipped by its brackets, and the next one is read.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from json import JSONDecodeError, JSONDecoder
from typing import BinaryIO, NoReturn

from server.importing.json_keys import RepeatedKeyError, members
from server.importing.outcome import ImportFailure

DOCUMENT_LIMIT = 16 * 1024 * 1024
"""Most characters of one call."""

_CHUNK = 256 * 1024
_ENOUGH_DIGITS = 400
_SPACE = re.compile(r"[ \t\r\n]*+")
_BETWEEN = re.compile(r"[ \t\r\n,\x1e]*+")
_TO_BRACKET = re.compile(r'[^"{}\[\]]*+(?:"(?:[^"\\]++|\\.)*+"[^"{}\[\]]*+)*+', re.DOTALL)
_TO_QUOTE = re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\n]*+")


def integer(digits: str) -> int:
    """The integer; of one with more digits than anything takes, only the first, which are too many as well."""
    return int(digits[:_ENOUGH_DIGITS])


def refuse_constant(name: str) -> NoReturn:
    """What JSON does not have: NaN and Infinity."""
    raise ValueError(f"{name} is not a valid JSON number")


decode = JSONDecoder(parse_int=integer, parse_constant=refuse_constant).raw_decode
"""The value that begins at a place in a text, and where it ends."""

decode_strictly = JSONDecoder(parse_int=integer, parse_constant=refuse_constant, object_pairs_hook=members).raw_decode
"""The same of a value whose objects have every key once. It raises ``RepeatedKeyError`` for others."""


@dataclass(frozen=True, slots=True)
class Element:
    """A value with its text, its line, and the column in which it begins; ``wrong`` says why it is none, and ``at``
    where in the text that is."""

    line: int
    column: int
    text: str
    value: object = None
    wrong: str | None = None
    at: int = 0


class JsonText:
    """Reads a text of JSON in UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._at = 0
        self._is_done = False
        self._line = 1
        self._column = 1
        self._marked = 0
        self._has_dropped = False
        self._fill()
        self._text = self._text.removeprefix("\ufeff")

    def elements(self, path: tuple[str, ...] = ()) -> Iterator[Element]:
        """The values of a list below a path of keys; without one, of the list that the text is, or the values that
        follow each other in the text. Several such documents may follow each other.

        Raises:
            ImportFailure: the first document has no list below the path.
        """
        is_first = True
        while self._next(_BETWEEN):
            if path:
                begin = self._here()
                if not self._descend(path):
                    if is_first:
                        raise ImportFailure(f"the JSON document has no list {'.'.join(path)!r}; set list to its path")
                    yield Element(*begin, "", wrong=f"the document has no list {'.'.join(path)!r}")
                    return
                yield from self._list()
                self._leave(len(path))
            elif self._next(_SPACE) == "[":
                yield from self._list()
            elif self._next(_SPACE) in ("]", "}"):
                yield Element(*self._here(), self._text[self._at], wrong="the bracket closes nothing")
                self._at += 1
            else:
                yield self._element()
            is_first = False

    def _list(self) -> Iterator[Element]:
        """The values of the list that begins here; goes behind it."""
        self._at += 1
        is_first = True
        while (next_ := self._next(_SPACE)) != "]":
            if not next_:
                yield Element(*self._here(), "", wrong="the text ends within the list: it was cut short")
                return
            if not is_first:
                if next_ != ",":
                    found = self._element()
                    yield (
                        found if found.wrong else replace(found, value=None, wrong="a comma is missing in front of it")
                    )
                    continue
                self._at += 1
                if not self._next(_SPACE):
                    continue
            is_first = False
            yield self._element()
        self._at += 1

    def _descend(self, path: tuple[str, ...]) -> bool:
        """Goes to the list at a path; whether there is one."""
        for key in path:
            if self._next(_SPACE) != "{" or not self._find(key):
                return False
        return self._next(_SPACE) == "["

    def _find(self, key: str) -> bool:
        """Goes to the value of a key of the object that begins here."""
        self._at += 1
        while self._next(_SPACE) == '"':
            found = self._element()
            if found.wrong or self._next(_SPACE) != ":":
                return False
            self._at += 1
            if found.value == key:
                return True
            self._next(_SPACE)
            self._skip_value()
            if self._next(_SPACE) != ",":
                return False
            self._at += 1
        return False

    def _leave(self, depth: int) -> None:
        """Goes behind the objects that the list was in."""
        while depth and (bracket := self._skip_to_bracket()[1]):
            depth += 1 if bracket in ("{", "[") else -1
            self._at += 1

    def _element(self) -> Element:
        """The value that begins here; goes behind it."""
        line, column = self._here()
        while True:
            start = self._at
            try:
                value, end = decode_strictly(self._text, start)
            except RepeatedKeyError as error:
                return self._skipped(line, column, str(error), error.column(self._text, start))
            except JSONDecodeError as error:
                if self._fill_for(start):
                    continue
                return self._skipped(line, column, error.msg, error.pos - start)
            except ValueError as error:
                return self._skipped(line, column, str(error), 0)
            except RecursionError:
                return self._skipped(line, column, "it is nested too deeply", 0)
            if self._may_go_on(end) and self._fill_for(start):
                continue
            self._at = end
            return Element(line, column, self._text[start:end], value)

    def _may_go_on(self, end: int) -> bool:
        """Whether a number that ends there may have more digits behind what was read so far."""
        return len(self._text) - end < 3 and not self._text[end:].strip(".eE+-")

    def _fill_for(self, start: int) -> bool:
        """Reads on, for the value that begins there; False at the end of the text and of what a value may have."""
        if self._is_done or len(self._text) - start > DOCUMENT_LIMIT:
            return False
        size = len(self._text) - start
        self._fill(max(_CHUNK, min(size, DOCUMENT_LIMIT + 1 - size)))
        return True

    def _skipped(self, line: int, column: int, wrong: str, at: int) -> Element:
        before = self._at
        is_long = len(self._text) - before > DOCUMENT_LIMIT
        kept = self._skip_value()
        if self._has_dropped or (is_long and len(kept) > DOCUMENT_LIMIT):
            return Element(line, column, kept[:1_000], wrong=f"it is longer than {DOCUMENT_LIMIT:,} characters")
        if self._is_done and self._at >= len(self._text):
            wrong = f"the text ends within this value: {wrong}"
        return Element(line, column, kept, wrong=f"it is not valid JSON: {wrong}", at=at)

    def _skip_value(self) -> str:
        """Goes behind the value that begins here, whatever it is; its text, of a long one only the beginning."""
        self._has_dropped = False
        if self._next(_SPACE) not in ("{", "["):
            return self._skip_scalar()
        depth, kept, size = 0, list[str](), 0
        while True:
            part, bracket = self._skip_to_bracket()
            self._at += len(bracket)
            depth += 1 if bracket in ("{", "[") else -1
            if size <= DOCUMENT_LIMIT:
                kept += (part, bracket)
                size += len(part) + 1
            if not bracket or not depth:
                return "".join(kept)

    def _skip_scalar(self) -> str:
        while True:
            start = self._at
            try:
                _, end = decode(self._text, start)
            except (ValueError, RecursionError):
                if self._fill_for(start):
                    continue
                if self._text[start : start + 1] == '"' and len(self._text) - start > DOCUMENT_LIMIT:
                    return self._skip_string()
                found = _SCALAR.match(self._text, start)
                end = max(found.end() if found else start, start + 1)
            if self._may_go_on(end) and self._fill_for(start):
                continue
            self._at = min(end, len(self._text))
            return self._text[start : self._at]

    def _skip_to_bracket(self) -> tuple[str, str]:
        """Goes to the next bracket outside of strings, and returns what it went over, of which only the beginning
        counts where it is long, and the bracket; none at the end of the text."""
        passed, size = list[str](), 0
        while True:
            start = self._at
            found = _TO_BRACKET.match(self._text, start)
            self._at = found.end() if found else start
            if size <= DOCUMENT_LIMIT:
                passed.append(self._text[start : self._at])
                size += self._at - start
            if self._at < len(self._text) and self._text[self._at] != '"':
                return "".join(passed), self._text[self._at]
            if self._is_done:
                rest = self._text[self._at :]
                self._at = len(self._text)
                return "".join(passed) + rest, ""
            if len(self._text) - self._at > DOCUMENT_LIMIT:
                passed.append(self._skip_string())
                continue
            self._fill(max(_CHUNK, len(self._text) - self._at))

    def _skip_string(self) -> str:
        """Goes behind the string that begins here without holding all of it; the beginning of its text."""
        kept = self._text[self._at : self._at + 1_000]
        self._has_dropped = True
        self._at += 1
        while True:
            found = _TO_QUOTE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._text[self._at : self._at + 1] == '"':
                self._at += 1
                return kept
            if self._is_done:
                self._at = len(self._text)
                return kept
            self._fill()

    def _next(self, space: "re.Pattern[str]") -> str:
        """The next character that is not space, which it goes to; none at the end of the text."""
        while True:
            found = space.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._is_done:
                return ""
            self._fill()

    def _fill(self, size: int = _CHUNK) -> None:
        self._here()
        given = self._stream.read(size)
        self._is_done = not given
        more = self._decoder.decode(given, final=self._is_done)
        self._text = self._text[self._at :] + more
        self._at = self._marked = 0

    def _here(self) -> tuple[int, int]:
        """The line and the column of the place that was reached."""
        lines = self._text.count("\n", self._marked, self._at)
        if lines:
            self._line += lines
            self._column = self._at - self._text.rfind("\n", self._marked, self._at)
        else:
            self._column += self._at - self._marked
        self._marked = self._at
        return self._line, self._column
