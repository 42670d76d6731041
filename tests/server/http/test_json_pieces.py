"""JSON in pieces is the same JSON, in pieces that are bounded."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.http import json_pieces
from server.http.json_pieces import TooLargeError, encode, encoded, pieces
from tests.stalls import measured_stalls

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(), inner, max_size=30),
    max_leaves=300,
)


@pytest.mark.fuzz
@given(VALUES, st.integers(1, 60))
def test_pieces_are_the_same_json(value: Any, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_pieces, "PIECE", piece)
        assert json.loads(b"".join(pieces(value))) == json.loads(encode(value)) == value


LARGE: dict[str, Callable[[], Any]] = {
    "objects": lambda: [{"a": number, "b": f"text {number}", "c": None} for number in range(200_000)],
    "nested": lambda: {"data": [{"series": [[1.5, 2, "x"] * 30] * 100}] * 100},
    "texts": lambda: ["x" * 1_000] * 20_000,
    "one-text-among-others": lambda: [1, "x" * 1_000_000, {"a": "y" * 1_000_000}],
    "large-numbers": lambda: [{"n": 2**70 + number} for number in range(100_000)],
    "wide": lambda: {f"key {number}": [number] for number in range(100_000)},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
async def test_no_large_answer_holds_the_loop(name: str) -> None:
    value = LARGE[name]()
    async with measured_stalls() as stalls:
        found = await encoded(value, 10**9)
    assert stalls.processor < 0.05
    assert json.loads(b"".join(found)) == value
    assert max(map(len, found)) < 1_500_000


async def test_an_answer_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooLargeError):
        await encoded(["x" * 1_000] * 2_000, 1_000_000)
    assert await encoded(["x" * 1_000] * 900, 1_000_000)


async def test_a_small_answer_is_one_piece() -> None:
    assert await encoded({"data": {"dashboards": {"totalCount": 1}}}, 10) == [
        b'{"data":{"dashboards":{"totalCount":1}}}'
    ]
