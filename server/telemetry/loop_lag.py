"""Measures how late the event loop is: time in which one request kept all others waiting."""

import asyncio
import time

from prometheus_client import Histogram

SECONDS = 0.25
"""How often it is measured."""


async def measure(lag: Histogram) -> None:
    """Measures until it is cancelled."""
    while True:
        due = time.perf_counter() + SECONDS
        await asyncio.sleep(SECONDS)
        lag.observe(max(0.0, time.perf_counter() - due))
