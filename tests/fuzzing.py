"""Random input: how much of it the tests marked ``fuzz`` try, and what they try."""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

IS_LONG = "DIALBOARD_FUZZ" in os.environ
"""Whether this is ``make fuzz``, which has time, rather than ``make test``."""

IS_QUICK = "DIALBOARD_QUICK" in os.environ
"""Whether this is ``make check``, which has seconds."""

FEW = 10
"""Examples of each test in ``make check``."""

_TIMES = 3


def trying(examples: int) -> settings:
    """The settings of a test that tries so many examples in ``make test``, three times as many in ``make fuzz``, and
    few in ``make check``.

    What a test makes once may serve all its examples.
    """
    health = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    most = examples * _TIMES if IS_LONG else min(examples, FEW) if IS_QUICK else examples
    phases = [phase for phase in Phase if phase is not Phase.explain]  # which traces, and so takes long
    return settings(phases=phases, max_examples=most, deadline=None, suppress_health_check=health)


ODD_TEXTS = (
    "", " ", "\0", "\x01", "'", '"', "\\", "%", "_", "$1", ":a", "{0}", "a.b", "\ud83d", "🎉", "é", "\u202ex", "\u2028",
    "now", "today-1M", "now-9999y", "2026-02-30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "NaN", "null",
    "1e400", "-1", "9" * 30, "x" * 300, "<script>", "=1+1", "__proto__", "../../etc/passwd", "\r\nX: 1",
)  # fmt: skip
"""Texts that something, somewhere, takes for more than a text."""

ODD_NUMBERS = (0, -1, 1, 2, 5, 20, 100, 500, 501, 1_000, 2**31 - 1, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, 2**63,
               10**40, 0.5, -0.0, 1e300, 5e-324)  # fmt: skip

texts = st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=12))


def json_values(leaves: st.SearchStrategy[Any] = texts) -> st.SearchStrategy[Any]:
    """Any JSON value."""
    return st.recursive(
        st.one_of(st.none(), st.booleans(), st.sampled_from(ODD_NUMBERS), st.integers(), leaves),
        lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(leaves, below, max_size=4)),
        max_leaves=8,
    )


@st.composite
def mutated(draw: st.DrawFn, originals: tuple[bytes, ...], pieces: tuple[bytes, ...] = ()) -> bytes:
    """One of the originals with some bytes changed: cut out, repeated, overwritten, or a piece put in."""
    content = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from((0, 0, 1, 1, 2, 8, 64))))
        put = draw(
            st.one_of(
                st.sampled_from((b"", b"\0", b"\xff", b"\r\n", bytes(content[start:end]) * 2, *pieces)),
                st.binary(max_size=6),
            )
        )
        content[start:end] = put
    return bytes(content)
