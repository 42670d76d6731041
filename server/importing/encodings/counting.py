# /// script
# requires-python = ">=3.11"
# dependencies = ["babel==2.19.0", "django==5.2.19", "faker==40.63.0", "wagtail==8.0.1"]
# ///
"""Counts the letters of ``letters.txt``: ``uv run server/importing/encodings/counting.py``.

The sources are pinned above and installed for this script alone. The same versions give the same file. A distinct word
counts once, and more with the logarithm of how often it stands there, because names and messages repeat their own.
"""

import importlib
import math
import pkgutil
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HEAD = """\
# How often letters stand between their neighbours: language, characters of a context, bits, contexts.
# Counted by counting.py in names, words and translations of these (their licences are in NOTICE):
# - Unicode CLDR: Copyright © 2004-2025 Unicode, Inc. (Unicode-3.0)
# - Babel 2.19.0, which has it: Copyright (c) 2013-2026 by the Babel Team (BSD-3-Clause)
# - Faker 40.63.0: Copyright (c) 2012 Daniele Faraglia (MIT)
# - Django 5.2.19: Copyright (c) Django Software Foundation and individual contributors (BSD-3-Clause)
# - Wagtail 8.0.1: Copyright (c) 2014-present Torchbox Ltd and individual contributors (BSD-3-Clause)
"""
_BY_ONE_LOCALE = "ar bg ca cs da de el es fa fi fr he hu is it ja ko lt lv mk nl pl ro ru sk sl sv tr uk ur vi"
LANGUAGES: Mapping[str, tuple[str, ...]] = {
    **{language: (language,) for language in _BY_ONE_LOCALE.split()},
    "en": ("en", "en_GB"),
    "nb": ("nb", "no", "nn"),
    "pt": ("pt", "pt_BR", "pt_PT"),
    "sh": ("hr", "bs", "sr_Latn"),
    "zh": ("zh_Hans", "zh_CN", "zh"),
    "zh-hant": ("zh_Hant", "zh_TW"),
}
"""Languages by their names in ``candidates.py``, and the locales that they are counted in."""
_IDEOGRAPHS = "zh zh-hant ja ko"
_SCRIPTS_WITHOUT_ASCII = "ar bg el fa he mk ru uk ur"
WIDTHS: Mapping[str, int] = {
    **dict.fromkeys(_IDEOGRAPHS.split(), 1),
    **dict.fromkeys(_SCRIPTS_WITHOUT_ASCII.split(), 2),
}
"""Characters of a context: 1 where a character is a syllable or word, 2 with the one in front in scripts without ASCII;
3 with both neighbours in the languages that are not named."""
ENGLISH = """
à la apéritif attaché blasé Brontë brûlée café canapé Chloë cliché coöperation coördinate coördination crème crêpe
déjà décor
entrée exposé façade fiancé fiancée jalapeño naïve naïveté Noël pâté piñata protégé reëlect résumé sauté señor
soufflé touché
über voilà zoölogy
"""
"""Words of English with letters beyond ASCII, which the sources hardly have."""
MOST = 16
"""Bits of what was seen, at most: fewer than those of what was not."""
EDGE = "^"
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u0652])*")
_MARKUP = re.compile(r"%\([^)]*\)[a-z]|\{[^}]*\}|<[^>]*>|&[a-z]+;")


def main() -> None:
    """Writes the file."""
    lines = [line for language, locales in sorted(LANGUAGES.items()) for line in counted(language, locales)]
    Path(__file__).with_name("letters.txt").write_text(HEAD + "".join(lines), encoding="utf-8")


def counted(language: str, locales: Iterable[str]) -> Iterator[str]:
    """The lines of a language."""
    own = [ENGLISH] if language == "en" else []
    words = Counter(word for text in (*own, *texts(locales)) for word in words_of(text, language))
    contexts = defaultdict[tuple[str, str, str], float](float)
    for word, count in words.items():
        for place in places(word):
            contexts[place] += 1 + math.log2(count)
    width = WIDTHS.get(language, 3)
    grown = defaultdict[str, float](float)
    for (before, letter, after), count in contexts.items():
        grown[(letter, before + letter, before + letter + after)[width - 1]] += count
    total = sum(grown.values())
    lines: dict[int, list[str]] = {}
    for context, count in grown.items():
        lines.setdefault(min(MOST, round(math.log2(total / count))), []).append(context)
    for bits, found in sorted(lines.items()):
        yield f"{language} {width} {bits} {''.join(sorted(found))}\n"


def texts(locales: Iterable[str]) -> Iterator[str]:
    """Everything that is counted."""
    for locale in locales:
        yield from of_cldr(locale)
        yield from of_faker(locale)
        yield from of_catalogues(locale)


def of_cldr(locale: str) -> Iterator[str]:
    """Names of languages, territories, currencies, units, months, cities of time zones."""
    data = importlib.import_module("babel.localedata")
    if data.exists(locale):
        yield from strings(dict(data.load(locale)))


def of_faker(locale: str) -> Iterator[str]:
    """Words, names of people, cities, companies and jobs."""
    providers = importlib.import_module("faker.providers")
    for found in sorted(one.name for one in pkgutil.walk_packages(providers.__path__, "faker.providers.")):
        name = found.rpartition(".")[2]
        if name == locale or (name.partition("_")[0] == locale and name != "zh_TW"):
            provider = getattr(importlib.import_module(found), "Provider", None)
            yield from strings([value for key, value in sorted(vars(provider or object).items()) if key[0] != "_"])


def of_catalogues(locale: str) -> Iterator[str]:
    """Translated messages of Django and Wagtail."""
    read_po = importlib.import_module("babel.messages.pofile").read_po
    for package in ("django", "wagtail"):
        spec = find_spec(package)
        root = Path((spec and spec.origin) or "").parent
        for path in sorted(root.rglob(f"{locale}*/LC_MESSAGES/*.po")):
            if path.parts[-3] in (locale, f"{locale}_{locale.upper()}", f"{locale}_IL"):
                with path.open("rb") as file, redirect_stdout(None):  # what a catalogue's head says of its plurals
                    yield from strings([message.string for message in read_po(file, locale)])


def strings(value: Any) -> Iterator[str]:
    """The texts within a value."""
    if isinstance(value, str):
        yield _MARKUP.sub(" ", value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
            if isinstance(key, str) and isinstance(inner, float):  # a choice and its weight
                yield key
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:  # pyright: ignore[reportUnknownVariableType]
            yield from strings(inner)


def words_of(text: str, language: str) -> Iterator[str]:
    """The words of a text with letters beyond ASCII, in small letters."""
    for word in _WORD.findall(unicodedata.normalize("NFC", text)):
        if not word.isascii():
            small = "".join("ı" if letter == "İ" else letter.lower() for letter in word)
            yield small
            if language == "vi":
                yield "".join(map(as_in_vietnamese, small))


def as_in_vietnamese(letter: str) -> str:
    """A letter of Vietnamese as its encoding has it: tones follow the letter."""
    parts = unicodedata.normalize("NFD", letter)
    tone = next((one for one in parts[1:] if one in "\u0300\u0301\u0303\u0309\u0323"), "")
    return unicodedata.normalize("NFC", parts.replace(tone, "")) + tone if tone else letter


def places(word: str) -> Iterator[tuple[str, str, str]]:
    """Letters beyond ASCII with their neighbours."""
    for place, letter in enumerate(word):
        if not letter.isascii():
            yield word[place - 1] if place else EDGE, letter, word[place + 1 : place + 2] or EDGE


if __name__ == "__main__":
    main()
