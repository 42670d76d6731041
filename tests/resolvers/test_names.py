import pytest

from resolvers.names import NAME_LENGTH, clean_name, copy_name
from resolvers.rejections import InvalidKind, Rejections


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("  Calls ", "Calls"),
        ("x", "x"),
        ("é" * 200, "é" * 200),
        (" " + "y" * 200 + " ", "y" * 200),
        ("a'\";--", "a'\";--"),
    ],
)
def test_names_lose_the_spaces_at_their_ends(given, name):
    rejections = Rejections()
    assert clean_name(rejections, given, "/name") == name
    assert rejections.count == 0


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (None, InvalidKind.INVALID_INPUT),
        ("", InvalidKind.INVALID_INPUT),
        (" \t\n", InvalidKind.INVALID_INPUT),
        ("y" * 201, InvalidKind.LIMIT_EXCEEDED),
        ("a\0b", InvalidKind.INVALID_INPUT),
        ("a\ud800", InvalidKind.INVALID_INPUT),
    ],
)
def test_what_is_no_name(given, kind):
    rejections = Rejections()
    clean_name(rejections, given, "/name")
    assert [(getattr(rejection, "kind", None), rejection.path) for rejection in rejections.found] == [(kind, "/name")]


def test_a_copy_finds_a_name_that_is_free():
    assert copy_name("Calls", ()) == "Copy of Calls"
    assert copy_name("Calls", {"Copy of Calls"}) == "Copy of Calls (2)"
    assert copy_name("Calls", {"Copy of Calls", "Copy of Calls (2)"}) == "Copy of Calls (3)"


def test_the_copy_of_a_long_name_is_cut():
    name = copy_name("n" * NAME_LENGTH, ())
    assert len(name) == NAME_LENGTH
    assert name.startswith("Copy of nnn")
    second = copy_name("n" * NAME_LENGTH, {name})
    assert len(second) == NAME_LENGTH
    assert second.endswith("n (2)")
