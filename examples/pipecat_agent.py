"""Sends every call of a Pipecat bot to Dialboard when it ends: its duration and transcript.

    pip install pipecat-ai httpx
    export DIALBOARD_URL=http://127.0.0.1:8000 DIALBOARD_KEY=…   # a key with the role ingester

Where your bot makes its aggregators and runs its pipeline:

    log = CallLog(call_id, "Front desk")
    user, assistant = LLMContextAggregatorPair(context)
    log.watch(user, assistant)
    …
    await runner.run()
    await send(log.call("customer_hung_up"))

Written for Pipecat 1.14.
"""

import asyncio
import json
import os
from datetime import UTC, datetime

import httpx


class CallLog:
    """Notes what is said in one call."""

    def __init__(self, call_id, agent):
        self._call_id = call_id
        self._agent = agent
        self._started = datetime.now(UTC)
        self._transcript = []

    def watch(self, user, assistant):
        """Notes the turns of both sides, each with the time at which it began."""

        @user.event_handler("on_user_turn_stopped")
        async def _user_turn(_aggregator, _strategy, message):
            self._note("customer", message)

        @assistant.event_handler("on_assistant_turn_stopped")
        async def _assistant_turn(_aggregator, message):
            self._note("agent", message)

    def _note(self, role, message):
        if message.content:
            time = (datetime.fromisoformat(message.timestamp) - self._started).total_seconds()
            self._transcript.append({"role": role, "text": message.content, "time": max(0.0, time)})

    def call(self, ended_reason=None, success=None):
        """The call in the format of Dialboard (docs/importing.md)."""
        return {
            "call_id": self._call_id,
            "agent": self._agent,
            "timestamp": self._started.isoformat(),
            "duration": (datetime.now(UTC) - self._started).total_seconds(),
            "success": success,
            "call_ended_reason": ended_reason,
            "transcript": self._transcript,
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
