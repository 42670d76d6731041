"""Names of metadata keys: what stands for which key, and that each name is found again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.metadata_names import UNSTORABLE, key_of, name_of

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
    "metadata": None,
    "topic": None,
    "metadata.a\0": None,
    'metadata."\\u0000"': None,
}


@pytest.mark.parametrize(("name", "key"), NAMES.items())
def test_keys_of_names(name: str, key: str | None) -> None:
    assert key_of(name) == key


@given(st.text(min_size=1).filter(lambda key: not UNSTORABLE.search(key)))
def test_every_key_has_a_name_that_stands_for_it(key: str) -> None:
    assert key_of(name_of(key)) == key
