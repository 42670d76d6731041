"""Paths into JSON documents."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.importing.paths import Every, Having, Item, Key, Matching, PathError, getter, parse_path, pointer_of

DOCUMENT: dict[str, Any] = {
    "a": {"b": {"c": 1}},
    "metadata": {"plan.tier": "gold", 'a"b': 2, "": 3},
    "people": [
        {"purpose": "agent"},
        {"purpose": "customer", "name": "Rae"},
        {"purpose": "agent", "name": "Ana", "id": 7, "on": True, "at": [{"place": "Oslo"}, {"place": "Rome"}]},
    ],
    "items": ["x", "y"],
    "none": None,
}


@pytest.mark.parametrize(
    ("path", "expected", "pointer"),
    [
        ("a.b.c", 1, "/a/b/c"),
        ("a", {"b": {"c": 1}}, "/a"),
        ("a.x.c", None, "/a"),
        ("a.b.c.d", None, "/a/b/c"),
        ('metadata."plan.tier"', "gold", "/metadata/plan.tier"),
        ("metadata.'plan.tier'", "gold", "/metadata/plan.tier"),
        (r'metadata."a\"b"', 2, '/metadata/a"b'),
        ('metadata.""', 3, "/metadata/"),
        ("items[0]", "x", "/items/0"),
        ("items[-1]", "y", "/items/1"),
        ("items[2]", None, "/items"),
        ("items[0].x", None, "/items/0"),
        ("people[purpose=agent].name", "Ana", "/people/2/name"),
        ("people[purpose=agent].age", None, "/people/0"),
        ("people[ purpose = 'customer' ].name", "Rae", "/people/1/name"),
        ("people[id=7].name", "Ana", "/people/2/name"),
        ("people[on=true].name", "Ana", "/people/2/name"),
        ("people[purpose=bot].name", None, "/people"),
        ("people[on=true][purpose=agent].name", "Ana", "/people/2/name"),
        ("people[on=true][purpose=customer].name", None, "/people"),
        ("people[at.place=Oslo].name", "Ana", "/people/2/name"),
        ("people[at.place=Rome][purpose=agent].name", "Ana", "/people/2/name"),
        ("people[at.place=Bonn].name", None, "/people"),
        ("people[at.'to.place'=Bonn].name", None, "/people"),
        ("people[*].name", ["Rae", "Ana"], "/people"),
        ("people[*].age", None, "/people"),
        ("a[0]", None, "/a"),
        ("none.x", None, "/none"),
    ],
)
def test_values_and_where_they_stand(path: str, expected: object, pointer: str) -> None:
    steps = parse_path(path)
    assert getter(steps)(DOCUMENT) == expected
    assert pointer_of(steps, DOCUMENT) == pointer


def test_steps() -> None:
    assert parse_path("a b.c[0][*][k=v w]") == (
        Key("a b"),
        Key("c"),
        Item(0),
        Every(),
        Matching((Having(("k",), "v w"),)),
    )
    assert parse_path("[0].a") == (Item(0), Key("a"))


@pytest.mark.parametrize(
    "path", ["", ".", ".a", "a.", "a..b", "a[", "a[]", "a[x]", "a]", "a.[0]", '"a', 'a"b', r'"\x"']
)
def test_what_is_not_a_path_is_refused(path: str) -> None:
    with pytest.raises(PathError, match=r"allowed: (keys separated by dots|a string as in JSON)"):
        parse_path(path)


@given(keys=st.lists(st.text(), min_size=1, max_size=5), value=st.integers())
def test_any_keys_can_be_quoted(keys: list[str], value: int) -> None:
    document: Any = value
    for key in reversed(keys):
        document = {key: document}
    assert getter(parse_path(".".join(map(json.dumps, keys))))(document) == value
