"""Large JSON texts read in slices are read as the standard library reads them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import json_slices
from server.json_slices import SlicedReader, TooManyValuesError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(), inner, max_size=8),
    max_leaves=60,
)


def outcome(text: str, *, sliced: bool) -> tuple[Any, ...]:
    try:
        value = SlicedReader(text, json.JSONDecoder()).read() if sliced else json.loads(text)
    except json.JSONDecodeError as error:
        return "not JSON", error.pos, error.lineno
    return "read", repr(value)


@pytest.mark.fuzz
@pytest.mark.slow
@given(
    VALUES, st.sampled_from([None, 1]), st.integers(0), st.sampled_from(["", "}", "]", ",", ":", '"', "x", "\\", " "])
)
def test_every_text_is_read_alike(value: Any, indent: int | None, place: int, typed: str) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    at = place % (len(text) + 1)
    before, json_slices.SLICE = json_slices.SLICE, 16
    try:
        for one in (text, text[:at] + typed + text[at:], text[:at]):
            assert outcome(one, sliced=True) == outcome(one, sliced=False)
    finally:
        json_slices.SLICE = before


def test_what_is_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_slices, "SLICE", 8)
    with pytest.raises(TooManyValuesError):
        SlicedReader("[" + "[]," * json_slices.MAX_CONTAINERS + "1]", json.JSONDecoder()).read()
    with pytest.raises(RecursionError):
        SlicedReader("[" * 5_000 + "]" * 5_000, json.JSONDecoder()).read()
