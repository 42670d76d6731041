"""How likely the letters of a text are, between the letters that they stand between."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

UNSEEN = 17.0
"""Bits of a letter that a language does not have, or not at this place."""
ABSURD = 24.0
"""Bits of what is in no text: a capital within a word of small letters, a sign between letters, letters of two scripts
in a word."""
_ABSURD_IDEOGRAPH = 36.0
"""The same of a character of two bytes."""
_SIGN = 6.0
"""Bits of a sign where such signs stand."""
_RARE_SIGN = 10.0
_MISPLACED = 15.0
_ALONE = 4.0
"""Bits of a letter that is a word."""

_FILE = Path(__file__).with_name("letters.txt")
_APOSTROPHE = "’"
_DASHES = frozenset("–—\xad")
_OPENING = frozenset("“„«‘¿¡‹")
_CLOSING = frozenset("”»…›")
_LOOSE = frozenset("•·“«»")
_SPACE = "\xa0"
_MONEY = frozenset("€£¥¢")
_BESIDE_NUMBERS = frozenset("°ºª½¼¾²³¹µ×÷±§©®™№‰")
_BEHIND_NO_LETTER = frozenset("÷×±¼½¾")
_OF_CHINA_AND_JAPAN = frozenset("、。，．！？（）「」『』：；・～　【】《》￥〇々ー")
_EDGE = "^"
_LAST_OF_LATIN = 0x24F
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_FIRST_IDEOGRAPH = 0x2E80
_Place = tuple[str, str, str]
"""What stands in front of a character, itself, and what stands behind it."""


@cache
def bits_of(language: str) -> Mapping[str, float]:
    """Bits of letters in a language: of each between its neighbours, ``^`` for none; of scripts without ASCII, after
    the one in front; of those with a character for a syllable or word, alone."""
    return _all().get(language, {})


@cache
def _all() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        language, width, bits, contexts = line.split(" ", 3)
        table, size = found.setdefault(language, {}), int(width)
        for start in range(0, len(contexts), size):
            table[contexts[start : start + size]] = float(bits)
    return found


def word_bits(word: str, languages: Sequence[str]) -> float:
    """Bits of the characters of a word that are not ASCII, in the language in which it is most likely."""
    fixed = 0.0
    letters = list[_Place]()
    for place in _places(word):
        bits = _sign_bits(place)
        if bits == _SIGN and _is_beside_a_sign(place):
            bits = _RARE_SIGN
        if bits is None and _is_absurd(place):
            bits = ABSURD if ord(place[1]) < _FIRST_IDEOGRAPH else _ABSURD_IDEOGRAPH
        if bits is None:
            letters.append(place)
        else:
            fixed += bits
    if not letters:
        return fixed
    folded = [(_small(before), _small(letter), _small(after)) for before, letter, after in letters]
    return fixed + min((_bits(folded, bits_of(language)) for language in languages), default=UNSEEN * len(folded))


def _bits(places: Sequence[_Place], table: Mapping[str, float]) -> float:
    bits = sum(
        table.get(before + letter + after) or table.get(before + letter) or table.get(letter) or UNSEEN
        for before, letter, after in places
    )
    is_alone = len(places) == 1 and places[0][0] == places[0][2] == _EDGE
    return min(UNSEEN, bits + _ALONE) if is_alone else bits


def _places(word: str) -> Iterator[_Place]:
    for place, letter in enumerate(word):
        if not letter.isascii():
            yield word[place - 1] if place else "", letter, word[place + 1 : place + 2]


def _sign_bits(place: _Place) -> float | None:
    """Bits of what is no letter; None for letters."""
    before, sign, after = place
    has_letters = _is_letter(before), _is_letter(after)
    if sign in _OF_CHINA_AND_JAPAN:
        return _ABSURD_IDEOGRAPH if _is_small_ascii(before) or _is_small_ascii(after) else _SIGN
    if sign == _SPACE:
        return ABSURD if all(has_letters) else _RARE_SIGN
    if sign == _APOSTROPHE:
        if _is_greek(after):  # in ISO 8859-7 that is the byte of a capital in cp1253
            return ABSURD if _is_greek(before) else _MISPLACED
        return _RARE_SIGN if all(has_letters) else _SIGN
    if sign in _DASHES:
        return _MISPLACED if has_letters[0] != has_letters[1] else _RARE_SIGN if all(has_letters) else _SIGN
    if sign in _OPENING or sign in _CLOSING or sign in _LOOSE:
        if all(has_letters):
            return ABSURD
        is_right = sign in _LOOSE or not has_letters[0 if sign in _OPENING else 1]
        return _SIGN if is_right else _MISPLACED
    if sign in _MONEY:
        return ABSURD if any(has_letters) else _SIGN
    if sign in _BESIDE_NUMBERS:
        return (
            ABSURD
            if all(has_letters) or (has_letters[0] and sign in _BEHIND_NO_LETTER)
            else _MISPLACED
            if any(has_letters)
            else _SIGN
        )
    return None if _is_letter(sign) else ABSURD


def _is_absurd(place: _Place) -> bool:
    """Whether a capital stands within small letters, or the other way round, or a letter beside one of another
    script."""
    before, letter, after = place
    if letter.isupper() and (before.islower() or (before.isupper() and after.islower())):
        return True
    if letter.islower() and letter not in "ßı" and before.isupper() and after.isupper():
        return True
    if ord(letter) >= _FIRST_IDEOGRAPH:
        return _is_small_ascii(before) or _is_small_ascii(after)
    is_latin = _is_latin(letter)
    return any(one.isalpha() and _is_latin(one) != is_latin for one in (before, after))


def _is_latin(letter: str) -> bool:
    """Whether a letter is one of Latin, or a tone that follows it in Vietnamese."""
    return ord(letter) <= _LAST_OF_LATIN or letter in _TONES


def _is_beside_a_sign(place: _Place) -> bool:
    """Whether two signs beyond ASCII stand side by side: so read texts of other encodings. In those of China and Japan
    they often do."""
    if place[1] in _OF_CHINA_AND_JAPAN:
        return False
    return any(bool(one) and not one.isascii() and not _is_letter(one) for one in (place[0], place[2]))


def _is_small_ascii(text: str) -> bool:
    return text.isascii() and text.islower()


def _is_greek(letter: str) -> bool:
    return "\u0370" <= letter <= "\u03ff"


def _is_letter(text: str) -> bool:
    return bool(text) and (text.isalpha() or unicodedata.combining(text) > 0)


def _small(letter: str) -> str:
    if not _is_letter(letter):
        return _EDGE
    return "ı" if letter == "İ" else letter.lower()
