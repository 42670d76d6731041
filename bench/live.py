"""One new call a second, taken in through GraphQL while something else is measured."""

import asyncio
import random
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bench.served import Client

_INGEST = (
    "mutation Ingest($calls: [CallLogInput!]!) { ingestCallLogs(input: {calls: $calls}) { created errors { path } } }"
)


@asynccontextmanager
async def arriving(asking: Client) -> AsyncGenerator[None]:
    """Sends a call now and another each second, until the block ends. The first is in before the block begins.

    Raises:
        RuntimeError: a call was not taken in.
    """
    await _send(asking)
    sending = asyncio.create_task(_send_on(asking))
    try:
        yield
    finally:
        was_over = sending.done()
        sending.cancel()
        (ended,) = await asyncio.gather(sending, return_exceptions=True)
    if was_over and isinstance(ended, Exception):
        raise ended


async def _send_on(asking: Client) -> None:
    while True:
        await asyncio.sleep(1)
        await asyncio.shield(_send(asking))


async def _send(asking: Client) -> None:
    answer = (await asking.ask(_INGEST, calls=[_call()]))["ingestCallLogs"]
    if answer["created"] != 1:
        raise RuntimeError(f"A call was not taken in: {answer}")


def _call() -> dict[str, Any]:
    chance = random.Random()
    return {
        "callId": f"new-{secrets.token_hex(12)}",
        "agent": f"Agent {chance.randrange(8)}",
        "timestamp": datetime.now(UTC).isoformat(),
        "duration": round(chance.uniform(20, 420), 1),
        "success": chance.random() < 0.72,
        "callEndedReason": chance.choice(["customer_ended_call", "agent_ended_call", "timeout"]),
        "topic": chance.choice(["billing", "support", "sales"]),
        "metadata": {"org_name": f"Org {chance.randrange(40)}", "region": "EU"},
        "metrics": [
            {"metric": "latency", "type": "NUMERIC", "value": round(0.3 + 2 * chance.random() ** 3, 3)},
            {"metric": "satisfaction", "type": "RATING", "value": chance.randint(0, 5)},
            {"metric": "sentiment", "type": "ENUM", "value": chance.choice(["positive", "neutral", "negative"])},
        ],
    }
