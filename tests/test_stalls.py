"""The measure of stalls sees what holds the loop, and not what waits or runs beside it."""

import asyncio
import time
import zlib

import pytest

from tests.stalls import measured_stalls


def _busy(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


@pytest.mark.slow
async def test_work_on_the_loop_is_seen() -> None:
    async with measured_stalls() as stalls:
        await asyncio.sleep(0.005)
        _busy(0.06)
        await asyncio.sleep(0.005)
        _busy(0.03)
    assert 0.06 <= stalls.processor * stalls.slowness * 1.001 < 0.09
    assert stalls.elapsed > 0.05


@pytest.mark.slow
async def test_waiting_is_not() -> None:
    async with measured_stalls() as stalls:
        await asyncio.sleep(0.1)
    assert stalls.processor < 0.03


@pytest.mark.slow
async def test_work_in_a_thread_is_told_apart() -> None:
    body = bytes(30_000_000)
    async with measured_stalls() as stalls:
        await asyncio.to_thread(zlib.compress, body)
    assert stalls.processor < 0.03
