"""docs/clients.md names tests that are there."""

import re

import pytest

from tests.imports import ROOT

pytestmark = pytest.mark.pure
PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
TESTS: list[tuple[str, str, str]] = re.findall(r'^\[([\w-]+)\]: \.\./(\S+) "(.+)"$', PAGE, re.MULTILINE)
CLIENTS = 5


@pytest.mark.parametrize(("label", "file", "title"), TESTS, ids=[label for label, *_ in TESTS])
def test_a_test_is_there_and_is_named(label: str, file: str, title: str) -> None:
    assert title in (ROOT / file).read_text(encoding="utf-8")
    assert f"][{label}]" in PAGE


def test_each_cell_has_a_test_or_says_that_there_is_none() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
    labels = {label for label, *_ in TESTS}
    features = rows[2:]
    assert len(features) > 8
    for name, *cells in features:
        assert len(cells) == CLIENTS, name
        for cell in cells:
            assert cell == "–" or set(re.findall(r"\]\[([\w-]+)\]", cell)) <= labels, (name, cell)
            assert cell == "–" or "][" in cell, (name, cell)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(\.\./(\S+)\)", PAGE))))
def test_files_are_there(path: str) -> None:
    assert (ROOT / path).exists()
