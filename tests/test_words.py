"""Words that were given up do not come back: one word for one thing, as docs/architecture.md lists them.

A reader who knows PostgreSQL, Grafana or Cube must not need a dictionary.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.imports import ROOT

RETIRED = {
    r"stored states?": "pre-aggregates",
    r"grains?": "slot (15 minutes) or shape (of a grouping)",
    r"ragged": "partial",
    r"singles": "single calls",
    r"for want of": "because there is no",
    r"for what is around": "because of the surrounding conditions",
    r"(?<!there )is no (operator|time(?! zone)|number|string|shift|type)\b": "is not a valid …",
    r"is at it": "is already building it",
    r"wanted": "requested, expected or required",
    r"anew": "again, or from scratch",
    r"for lack of": "because there is no",
    r"stretch(es)?( of time)?": "interval, range or window",
    r"(is|are) heeded": "has an effect",
    r"dearest": "most expensive",
    r"at present": "currently",
    r"for ever": "indefinitely, or never expires",
    r"from when on": "when it expires, begins, …",
    r"(go|goes|going|went) on (working|taking|running|seeing)": "remains valid, keeps working, still sees",
    r"told (this )?once": "shown only once",
    r"when the input is wrong": "if the input is invalid",
    r"what is left out stays": "omitted fields are left unchanged",
}
"""Each with what to write."""

LEFT = {".py", ".md", ".graphql"}
OUTSIDE = {".venv", ".tools", ".dialboard", ".git", "node_modules"}
EXCEPT = {
    "tests/test_words.py": "lists them",
    "migrations/versions/v0004_change_marks.py": "landed migrations are never edited",
    "migrations/versions/v0006_change_triggers_again.py": "landed migrations are never edited",
}


def files(folder: Path = ROOT) -> Iterator[Path]:
    """The texts of the repository; what is installed beside them is not walked through."""
    for found in sorted(folder.iterdir()):
        if found.is_dir() and found.name not in OUTSIDE:
            yield from files(found)
        elif found.suffix in LEFT or found.name == "Makefile":
            yield found


ANY = re.compile("|".join(rf"\b{pattern}\b" for pattern in RETIRED), re.IGNORECASE)


def in_words(text: str) -> str:
    """The text with identifiers split into their words: ``is_wanted``, ``wantedDays`` and ``HTTPWanted``."""
    return _JOINTS.sub(" ", text)


_JOINTS = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where the words of an identifier meet: underscores, and the humps of camel case."""


def retired(text: str) -> Iterator[tuple[int, str, str]]:
    """The line of every retired word, the word, and what to write. Identifiers count as the words they consist of."""
    split = in_words(text)
    for number, words in enumerate(split.splitlines() if ANY.search(split) else (), start=1):
        for pattern, better in RETIRED.items():
            for match in re.finditer(rf"\b{pattern}\b", words, re.IGNORECASE):
                yield number, match[0], better


def test_no_retired_word_is_left() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {word!r}; write {better}"
        for file in files()
        if str(file.relative_to(ROOT)) not in EXCEPT
        for number, word, better in retired(file.read_text())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("line", ["A Stored state of", "many grains", "it is no operator", "another one is at it"])
def test_a_planted_word_is_seen(line: str) -> None:
    assert len(list(retired(f"first\n{line}"))) == 1


@pytest.mark.parametrize(
    "name", ["is_wanted", "wanted_days", "WANTED_DAYS", "isWanted", "WantedDays", "URLWanted", "_wanted"]
)
def test_a_retired_word_within_an_identifier_is_seen(name: str) -> None:
    assert [word for _, word, _ in retired(f"{name} = 1")] in (["wanted"], ["WANTED"], ["Wanted"])


@pytest.mark.parametrize("name", ["unwanted", "renew", "ingrained"])
def test_a_word_that_only_contains_a_retired_one_is_not_seen(name: str) -> None:
    assert list(retired(f"{name} = 1")) == []


def test_every_exception_is_needed() -> None:
    for name in EXCEPT:
        assert list(retired((ROOT / name).read_text())), name
