"""Sends every call of a LiveKit agent to Dialboard when it ends: its duration, latencies and transcript.

    pip install 'livekit-agents[openai]' httpx
    export DIALBOARD_URL=http://127.0.0.1:8000 DIALBOARD_KEY=…   # a key with the role ingester
    python livekit_agent.py dev

What is specific to Dialboard are ``call_of``, ``send`` and the shutdown callback. Written for LiveKit Agents 1.8.
"""

import asyncio
import json
import os
from datetime import UTC, datetime

import httpx

AGENT = "Front desk"
ROLES = {"assistant": "agent", "user": "customer"}


def call_of(ctx, session, started, reason):
    """A call in the format of Dialboard (docs/importing.md)."""
    messages = [item for item in session.history.items if item.type == "message" and item.role in ROLES]
    latencies = [item.metrics["e2e_latency"] for item in messages if "e2e_latency" in item.metrics]
    return {
        "call_id": ctx.job.id,
        "agent": AGENT,
        "timestamp": started.isoformat(),
        "duration": (datetime.now(UTC) - started).total_seconds(),
        "call_ended_reason": reason or None,
        "metadata": {"room": ctx.room.name},
        "metrics": [{"metric": "latency", "type": "numeric", "value": value} for value in latencies],
        "transcript": [
            {
                "role": ROLES[item.role],
                "text": item.text_content,
                "time": max(0.0, item.created_at - started.timestamp()),
            }
            for item in messages
            if item.text_content
        ],
    }


async def send(call):
    """Stores a call. It is known by its ``call_id``: sending it again makes no second one."""
    headers = {"X-API-Key": os.environ["DIALBOARD_KEY"], "Content-Type": "application/x-ndjson"}
    async with httpx.AsyncClient(base_url=os.environ["DIALBOARD_URL"], headers=headers, timeout=10) as client:
        for pause in (1, 2, 4, None):
            try:
                response = await client.post("/ingest", content=json.dumps(call) + "\n")
                if pause is None or (response.status_code < 500 and response.status_code != 429):
                    break
            except httpx.TransportError:
                if pause is None:
                    raise
            await asyncio.sleep(pause)
    response.raise_for_status()
    told = response.json()
    if told["rejected"]:
        raise ValueError(told["errors"])


async def entrypoint(ctx):
    from livekit.agents import Agent, AgentSession
    from livekit.plugins import openai

    session, started = AgentSession(llm=openai.realtime.RealtimeModel()), datetime.now(UTC)

    async def report(reason: str) -> None:
        await send(call_of(ctx, session, started, reason))

    ctx.add_shutdown_callback(report)
    await session.start(agent=Agent(instructions="You answer the phone of a hotel."), room=ctx.room)


if __name__ == "__main__":
    from livekit.agents import WorkerOptions, cli

    cli.run_app(WorkerOptions(entrypoint_fnc=entrypoint))
