"""Refusals of those that come when too many wait."""

import pytest

from server.http import refusals
from server.http.refusals import MOST_SECONDS, Refusals


def test_few_are_told_at_once_and_many_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(refusals.time, "monotonic", lambda: now)
    told = Refusals()
    assert [told.seconds() for _ in range(20)] == [0.0] * 20
    assert 0 < told.seconds() < 0.05
    crowd = [told.seconds() for _ in range(1_000)]
    assert crowd == sorted(crowd)
    assert crowd[-1] == MOST_SECONDS < 1
    now += 10
    assert told.seconds() == 0
