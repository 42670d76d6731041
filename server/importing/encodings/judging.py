"""Which encoding a text that is not Unicode is in, where that is certain.

Every encoding that has all of its bytes is a candidate. Those that read the text alike are one reading; of each, the
words with letters beyond ASCII are weighed by how likely these letters are in the languages that are written in that
encoding. A reading is certain only if it is far more likely than every other one, and likely in itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from server.importing.encodings.candidates import CANDIDATES, Candidate
from server.importing.encodings.letters import word_bits

LEAST_LEAD = 12.0
"""Bits by which a certain reading is more likely than every other one."""
_LEAD_OF_DOUBTFUL = 24.0
"""The same for encodings that hardly any program still writes, and for texts with signs alone, such as quotes."""
_LEAD_OF_IDEOGRAPHS = 16.0
"""The same for encodings of China, Japan and Korea."""
_RARITY = 4.0
"""Bits of these encodings."""
_CLEAR_LEAD = 36.0
_MOST_BITS = 12.5
"""Bits that a character of a certain reading has on average, at most."""
_MOST_BITS_OF_IDEOGRAPHS = 10.5
"""The same of texts of China, Japan and Korea without a clear lead: any two bytes are a character there, and not seldom
a common one."""
_MOST_WORDS = 1_000
"""Words that are weighed."""
_MOST_BYTES = 64 * 1024
"""Bytes that are looked at."""
_APART = re.compile(r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_IN_NO_TEXT = re.compile(r"[\x80-\x9f\ufffd\ue000-\uf8ff]")

NumberedLine = tuple[int, bytes]
"""A line, after its number."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text is in some encodings.

    Attributes:
        encodings: those that read it so, the most usual first.
        text: what they read.
        bits: how unlikely it is.
        characters: how many characters were weighed.
    """

    encodings: tuple[Candidate, ...]
    text: str
    bits: float
    characters: int

    @property
    def has_letters(self) -> bool:
        """Whether one of the characters beyond ASCII is a letter."""
        return any(character.isalpha() for character in _NOT_ASCII.findall(self.text))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the encodings."""
        return tuple(one.name for one in self.encodings)

    def is_certain(self, lead: float) -> bool:
        """Whether the text is meant so.

        Args:
            lead: bits that every other reading has more.
        """
        is_wide = all(one.is_wide for one in self.encodings)
        is_doubtful = all(one.is_rare for one in self.encodings) or not self.has_letters
        least = _LEAD_OF_DOUBTFUL if is_doubtful else _LEAD_OF_IDEOGRAPHS if is_wide else LEAST_LEAD
        most = _MOST_BITS_OF_IDEOGRAPHS if is_wide and lead < _CLEAR_LEAD else _MOST_BITS
        return lead >= least and 0 < self.bits <= most * self.characters


def readings_of(lines: Sequence[bytes]) -> list[Reading]:
    """How lines can be read, the likeliest first."""
    content = b"\n".join(lines)
    alike: dict[str, list[Candidate]] = {}
    for candidate in CANDIDATES:
        if (text := _decoded(content, candidate.name)) is not None:
            alike.setdefault(text, []).append(candidate)
    return sorted((_weighed(text, candidates) for text, candidates in alike.items()), key=lambda one: one.bits)


def certain(readings: Sequence[Reading]) -> Reading | None:
    """The first of some readings, the likeliest first, if it is certain."""
    if not readings:
        return None
    lead = readings[1].bits - readings[0].bits if readings[1:] else _CLEAR_LEAD
    return readings[0] if readings[0].is_certain(lead) else None


def first_lines(lines: Sequence[NumberedLine]) -> Sequence[NumberedLine]:
    """As many lines as are looked at, at least one of them."""
    size = 0
    for place, (_, line) in enumerate(lines):
        size += len(line)
        if place and size > _MOST_BYTES:
            return lines[:place]
    return lines


def _decoded(content: bytes, name: str) -> str | None:
    try:
        text = content.decode(name)
    except UnicodeDecodeError:
        return None
    return None if _IN_NO_TEXT.search(text) else text


def _weighed(text: str, encodings: Sequence[Candidate]) -> Reading:
    words = [word for word in dict.fromkeys(_APART.split(text)) if not word.isascii()][:_MOST_WORDS]
    languages = tuple(dict.fromkeys(language for one in encodings for language in one.languages))
    bits = sum(word_bits(word, languages) for word in words) + _RARITY * all(one.is_rare for one in encodings)
    return Reading(tuple(encodings), text, bits, sum(len(_NOT_ASCII.findall(word)) for word in words))
