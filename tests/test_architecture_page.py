"""docs/architecture.md shows what the code does: its snippets run, and every file that it names is there."""

import doctest
import re

from tests.imports import ROOT

PAGE = ROOT / "docs" / "architecture.md"


def test_what_the_page_prints_is_what_the_code_prints() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 15
    assert result.failed == 0


def test_every_place_it_names_is_there() -> None:
    text = PAGE.read_text()
    named = set(
        re.findall(r"`((?:aggregation|filters|graph|models|resolvers|server|dialboard|migrations)/[\w./]*)`", text)
    )
    assert len(named) > 15
    missing = sorted(name for name in named if not (ROOT / name).exists())
    assert not missing
