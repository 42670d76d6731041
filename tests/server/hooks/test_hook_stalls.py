"""The largest events hold nobody else up, whether they are stored or refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from models.sessions import Sessions
from models.types import WebhookSource
from server.app import create_app
from server.hooks.endpoints import NewEndpoint, create_endpoint
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.server.hooks import deliveries
from tests.server.hooks.conftest import SECRET, STANDARD
from tests.stalls import measured_stalls

pytestmark = pytest.mark.slow

VAPI, RETELL, TWILIO, GENERIC = WebhookSource
MOST = 0.1
"""Seconds that an event may hold the event loop."""


def _with_metrics(number: int) -> dict[str, Any]:
    metrics = [{"metric": f"m{place}", "type": "numeric", "value": place + 0.5} for place in range(50)]
    return {**deliveries.NATIVE, "call_id": f"n-{number}", "metrics": metrics}


def _report() -> dict[str, Any]:
    report = deliveries.vapi_report()
    turn = {"role": "user", "message": "x" * 100, "secondsFromStart": 3.9}
    report["message"]["artifact"]["messagesOpenAIFormatted"] = [turn] * 60_000
    return report


LARGEST: dict[str, tuple[WebhookSource, Callable[[], Any], int]] = {
    "a report of 9 MB": (VAPI, _report, 200),
    "a call of 60,000 members": (
        RETELL,
        lambda: deliveries.retell_event("call_ended", **{f"member{n}": "x" * 120 for n in range(60_000)}),
        200,
    ),
    "1,000 calls with 50 metrics": (GENERIC, lambda: [_with_metrics(number) for number in range(1_000)], 200),
    "1,000 wrong calls": (GENERIC, lambda: [{f"key{n}": n for n in range(300)}] * 1_000, 422),
    "a call with 100,000 unknown keys": (GENERIC, lambda: {f"key{n}": n for n in range(100_000)}, 422),
    "text of 9 MB": (GENERIC, lambda: {**deliveries.NATIVE, "topic": "x" * 9_000_000}, 422),
}


def _signed(source: WebhookSource, secret: str, body: bytes, number: int) -> dict[str, str]:
    match source:
        case WebhookSource.VAPI:
            return deliveries.vapi_signed(secret, body)
        case WebhookSource.RETELL:
            return deliveries.retell_signed(secret, body)
        case WebhookSource.GENERIC | WebhookSource.TWILIO:
            return deliveries.generic_signed(secret, body, f"msg_{number}")


async def _send(app: FastAPI, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """The status and body of an answer, without the work of a client on the same loop."""
    sent: list[Any] = []
    parts = [body[start : start + 65_536] for start in range(0, len(body), 65_536)]
    given = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    given[-1]["more_body"] = False
    given.reverse()

    async def receive() -> Any:
        return given.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(("source", "make", "status"), LARGEST.values(), ids=LARGEST)
async def test_no_event_holds_the_loop(
    engine: AsyncEngine, project_id: int, source: WebhookSource, make: Callable[[], Any], status: int
) -> None:
    secret = STANDARD if source is GENERIC else SECRET
    new = NewEndpoint("large", source, secret)
    made = await create_endpoint(engine, project_id, new)
    app = create_app(Settings(budget_key=0, budget_project=0), Runtime(engine, Sessions(engine), head()))
    event = json.dumps(make()).encode()
    assert len(event) < Settings().max_request_bytes
    best = 1.0
    for number in range(3):
        body = event + b" " * number  # another event, which is stored too
        headers = _signed(source, secret, body, number)
        async with measured_stalls() as stalls:
            answered, told = await _send(app, made.address, body, headers)
        assert answered == status, told[:500]
        best = min(best, stalls.processor)
    assert best < MOST
