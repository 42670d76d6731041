"""The encoding of a text that is not Unicode, or why it has to be named."""

from collections.abc import Sequence

from server.importing.encodings.candidates import CANDIDATES
from server.importing.encodings.judging import NumberedLine, Reading, certain, first_lines, readings_of
from server.importing.outcome import ImportFailure

ASCII = bytes(range(0x80))
"""All bytes of ASCII."""
SET_IT = "set encoding in the mapping, or --encoding, to the right one"
_MOST_SHOWN = 4
_AROUND = 20
"""Characters that are shown in front of the first one that is not ASCII."""
_LONGEST = 60
_WIDE = frozenset(one.name for one in CANDIDATES if one.is_wide)


class Found:
    """The encoding of a text by what was read of it so far.

    Attributes:
        name: of the encoding.
    """

    def __init__(self, content: bytes, line: int = 0) -> None:
        """Tells the encoding.

        Args:
            line: how many lines are in front of the content.

        Raises:
            ImportFailure: it is not certain; says how the text reads in the likeliest.
        """
        lines = enumerate(content.split(b"\n"), start=line + 1)
        self._known = first_lines([one for one in lines if not one[1].isascii()])
        reading = _certain(self._known)
        self.name = reading.names[0]
        self._decided = _alike(reading.names)

    def check(self, more: bytes, line: int) -> None:
        """Looks at what comes next: bytes that read differently in encodings that read alike until here.

        Raises:
            ImportFailure: the encoding is not certain any more, or it is another one.
        """
        if not more.translate(None, self._decided):
            return
        rest = [*enumerate(more.split(b"\n"), start=line + 1)]
        while rest := [one for one in rest if one[1].translate(None, self._decided)]:
            new = first_lines(rest)
            rest = rest[len(new) :]
            reading = _certain([*new, *self._known])
            if self.name not in reading.names:
                raise ImportFailure(
                    f"the text began like {self.name}, but line {new[0][0]} is like {reading.names[0]}: "
                    f"{_excerpt(new[0][1].decode(reading.names[0], 'replace'))!r}; {SET_IT}"
                )
            self._known, self._decided = first_lines([*new, *self._known]), _alike(reading.names)


def _certain(lines: Sequence[NumberedLine]) -> Reading:
    readings = readings_of([line for _, line in lines])
    found = certain(readings)
    if found is None:
        raise ImportFailure(_refusal(lines[0], readings))
    return found


def _alike(names: Sequence[str]) -> bytes:
    """The bytes that some encodings read alike; all of them where characters have several bytes."""
    if not _WIDE.isdisjoint(names):
        return bytes(range(0x100)) if len(names) == 1 else ASCII
    return bytes(byte for byte in range(0x100) if len({_character(byte, name) for name in names}) == 1)


def _character(byte: int, name: str) -> str:
    return bytes((byte,)).decode(name, errors="replace")


def _refusal(place: NumberedLine, readings: Sequence[Reading]) -> str:
    number, line = place
    where = f"the text is not UTF-8 (line {number})"
    if not readings:
        return f"{where}, and no other known encoding has all of its bytes; {SET_IT}"
    shown = dict[str, list[str]]()
    for reading in readings:
        text = _excerpt(line.decode(reading.names[0], errors="replace"))
        if text in shown or len(shown) < _MOST_SHOWN:
            shown.setdefault(text, []).append(reading.names[0])
    told = ", ".join(f"{text!r} in {names[0]}" for text, names in shown.items())
    return f"{where} and its encoding cannot be determined reliably: the line is {told}; {SET_IT}"


def _excerpt(text: str) -> str:
    """The part of a line with its first character that is not ASCII."""
    first = next((place for place, letter in enumerate(text) if not letter.isascii()), 0)
    begin = max(0, first - _AROUND)
    return text[begin : begin + _LONGEST].rstrip("\r")
