"""Asking for a dashboard until the server answers it from what it keeps."""

import asyncio
import time

from bench.served import Client

_LIMIT = 900.0
_PAUSE = 0.2


async def until_stored(asking: Client, question: str, dashboard: str, *, any_source: bool = False) -> float:
    """Seconds until no chart of the dashboard comes from raw rows any more.

    Args:
        any_source: asks just twice and takes what comes, to try the benchmark on a server that stores nothing.

    Raises:
        RuntimeError: some charts are computed from raw rows even after a quarter of an hour.
    """
    begin = time.perf_counter()
    for _ in range(2 if any_source else 0):
        await asking.ask(question, id=dashboard)
    while not any_source:
        widgets = (await asking.ask(question, id=dashboard))["dashboard"]["widgets"]
        raw = [widget["name"] for widget in widgets if widget["data"].get("source", "RAW") == "RAW"]
        if not raw:
            break
        if time.perf_counter() - begin > _LIMIT:
            raise RuntimeError(f"Still computed from raw rows after {_LIMIT:.0f} seconds: {', '.join(raw)}.")
        await asyncio.sleep(_PAUSE)
    return time.perf_counter() - begin
