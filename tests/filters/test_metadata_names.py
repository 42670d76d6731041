"""Names of metadata keys: what stands for which key, and that each name is found again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters import FieldType
from filters.metadata_names import (
    TYPES,
    UNSTORABLE,
    MetadataName,
    is_placeholder,
    key_of,
    name_of,
    read_name,
    wrong_type,
)

NAMES: dict[str, str | None] = {
    "metadata.region": "region",
    'metadata."region"': "region",
    'metadata."a.b"': "a.b",
    "metadata.a b": "a b",
    'metadata."say \\"hi\\""': 'say "hi"',
    'metadata."': '"',
    'metadata." or 1=1': '" or 1=1',
    'metadata."*"': "*",
    "metadata.KEY": "KEY",
    "metadata.*": None,
    "metadata.": None,
    'metadata.""': None,
    "metadata.a.b": None,
    'metadata."a.b': None,
    'metadata."a".b': None,
    "metadata.a::number": "a",
    'metadata."a.b"::boolean': "a.b",
    'metadata."a::b"': "a::b",
    'metadata."a::number"': "a::number",
    "metadata.a::b": None,
    "metadata.a::": None,
    "metadata.a::Number": None,
    "metadata.::number": None,
    "metadata.*::number": None,
    "metadata.a.b::number": None,
    "metadata.a::number::number": None,
    "metadata": None,
    "topic": None,
    "metadata.a\0": None,
    'metadata."\\u0000"': None,
}


@pytest.mark.parametrize(("name", "key"), NAMES.items())
def test_keys_of_names(name: str, key: str | None) -> None:
    assert key_of(name) == key


@given(
    st.one_of(st.text(min_size=1), st.sampled_from(("a::number", "::", '"a"::boolean', "KEY", "KEY::number"))).filter(
        lambda key: not UNSTORABLE.search(key)
    ),
    st.sampled_from((FieldType.STRING, *TYPES)),
)
def test_every_key_has_a_name_of_each_type_that_stands_for_it(key: str, kind: FieldType) -> None:
    name = name_of(key, kind)
    assert read_name(name) == MetadataName(key, kind)
    assert not is_placeholder(name)


@pytest.mark.parametrize("name", ["metadata.KEY", "metadata.*", "metadata.KEY::number", "metadata.*::boolean"])
def test_patterns_are_placeholders(name: str) -> None:
    assert is_placeholder(name)


WRONG_TYPES: dict[str, tuple[bool, str | None]] = {
    "metadata.turns::numbr": (True, "metadata.turns::number"),
    'metadata."a.b"::bool': (True, 'metadata."a.b"::boolean'),
    "metadata.turns::datetime": (True, None),
    "metadata.turns::": (True, None),
    "metadata.a::b": (True, None),
    "metadata.a::b::number": (True, None),
    "metadata.turns::number": (False, None),
    'metadata."a::b"': (False, None),
    "metadata.a.b::number": (False, None),
    "metadata.::number": (False, None),
    "metadata.turns": (False, None),
    "topic::number": (False, None),
}


@pytest.mark.parametrize(("name", "expected"), WRONG_TYPES.items())
def test_a_wrong_type_says_which_are_allowed(name: str, expected: tuple[bool, str | None]) -> None:
    wrong = wrong_type(name)
    assert (wrong is not None, wrong and wrong.suggestion) == expected
    if wrong is not None:
        assert all(f'"::{kind}"' in wrong.message for kind in TYPES)
        assert 'metadata."a::b"' in wrong.message
