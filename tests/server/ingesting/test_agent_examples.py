"""The examples for LiveKit and Pipecat, run against a server that listens, with what those libraries hand them."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from models import Role
from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings
from tests.imports import ROOT
from tests.server.http.serving import listening


def loaded(name: str) -> ModuleType:
    """An example as a module. It imports neither library unless it is run."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def stored(sessions: Sessions, project_id: int) -> dict[str, Any]:
    statement = sa.text(
        "select c.*, a.agent_name, t.turns from call_logs c "
        "join agents a on a.project_id = :project and a.id = c.agent_id "
        "join call_transcripts t on t.project_id = :project and t.call_log_id = c.id where c.project_id = :project"
    )
    async with sessions.read(project_id) as session:
        return dict((await session.execute(statement, {"project": project_id})).mappings().one())


@dataclass
class Message:
    """A message of LiveKit's chat context."""

    role: str
    text_content: str | None
    created_at: float = 0
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    type: str = "message"


async def test_the_call_of_a_livekit_agent_is_stored(
    runtime: Runtime, sessions: Sessions, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = loaded("livekit_agent")
    started = datetime.now(UTC) - timedelta(seconds=90)
    at = started.timestamp()
    items = [
        Message("system", "You answer the phone."),
        Message("assistant", "Hello", at + 1.5, {"e2e_latency": 0.8}),
        Message("user", "A room for two", at + 4),
        SimpleNamespace(type="function_call", name="book"),
        Message("assistant", None, at + 6),
        Message("assistant", "It is booked", at + 7, {"e2e_latency": 1.2}),
    ]
    ctx = SimpleNamespace(job=SimpleNamespace(id="AJ_1"), room=SimpleNamespace(name="room-7"))
    session = SimpleNamespace(history=SimpleNamespace(items=items))
    call = example.call_of(ctx, session, started, "user disconnected")
    monkeypatch.setenv("DIALBOARD_KEY", await create_key(sessions, project_id, "agents", Role.INGESTER))
    async with listening(create_app(Settings(), runtime)) as url:
        monkeypatch.setenv("DIALBOARD_URL", url.removesuffix("/graphql"))
        await example.send(call)
        await example.send(call)
    row = await stored(sessions, project_id)
    assert (row["call_id"], row["agent_name"], row["call_ended_reason"]) == ("AJ_1", "Front desk", "user disconnected")
    assert 90 <= row["duration"] < 120
    assert row["metadata"] == {"room": "room-7"}
    assert [(turn["role"], turn["text"]) for turn in row["turns"]] == [
        ("agent", "Hello"),
        ("customer", "A room for two"),
        ("agent", "It is booked"),
    ]
    assert [metric["value"] for metric in call["metrics"]] == [0.8, 1.2]


class Aggregator:
    """What an aggregator of Pipecat does with handlers."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[..., Any]] = {}

    def event_handler(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Keeps the handler of an event."""

        def keep(handler: Callable[..., Any]) -> Callable[..., Any]:
            self.handlers[name] = handler
            return handler

        return keep


async def test_the_call_of_a_pipecat_bot_is_stored(
    runtime: Runtime, sessions: Sessions, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = loaded("pipecat_agent")
    log, user, assistant = example.CallLog("call-1", "Front desk"), Aggregator(), Aggregator()
    log.watch(user, assistant)

    def message(content: str | None) -> SimpleNamespace:
        return SimpleNamespace(content=content, timestamp=datetime.now(UTC).isoformat(timespec="milliseconds"))

    await assistant.handlers["on_assistant_turn_stopped"](assistant, message("Hello"))
    await user.handlers["on_user_turn_stopped"](user, None, message("A room for two"))
    await user.handlers["on_user_turn_stopped"](user, None, message(None))
    call = log.call("customer_hung_up", success=True)
    monkeypatch.setenv("DIALBOARD_KEY", await create_key(sessions, project_id, "agents", Role.INGESTER))
    async with listening(create_app(Settings(), runtime)) as url:
        monkeypatch.setenv("DIALBOARD_URL", url.removesuffix("/graphql"))
        await example.send(call)
    row = await stored(sessions, project_id)
    assert (row["call_id"], row["success"], row["call_ended_reason"]) == ("call-1", True, "customer_hung_up")
    assert [(turn["role"], turn["text"]) for turn in row["turns"]] == [
        ("agent", "Hello"),
        ("customer", "A room for two"),
    ]


@pytest.mark.parametrize("name", ["livekit_agent", "pipecat_agent"])
async def test_what_is_refused_is_told_and_what_fails_is_tried_again(
    runtime: Runtime, sessions: Sessions, project_id: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = loaded(name)
    call = {"call_id": "1", "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z"}
    pauses: list[float] = []

    async def no_pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(example, "asyncio", SimpleNamespace(sleep=no_pause))
    monkeypatch.setenv("DIALBOARD_KEY", "dlbk_1_nobody")
    async with listening(create_app(Settings(), runtime)) as url:
        monkeypatch.setenv("DIALBOARD_URL", url.removesuffix("/graphql"))
        with pytest.raises(httpx.HTTPStatusError, match="401"):
            await example.send(call)
        assert pauses == []
        monkeypatch.setenv("DIALBOARD_KEY", await create_key(sessions, project_id, "agents", Role.INGESTER))
        with pytest.raises(ValueError, match="/duration: -1 is negative"):
            await example.send({**call, "duration": -1})
    with pytest.raises(httpx.TransportError):
        await example.send(call)
    assert pauses == [1, 2, 4]
