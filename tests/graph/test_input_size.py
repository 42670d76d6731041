"""How much typed input a request may carry."""

from datetime import UTC, datetime
from typing import Any

import pytest

from graph.context import Context
from graph.input_size import MAX_INPUT_VALUES
from graph.schema import schema
from models.sessions import Sessions
from resolvers.scope import Scope
from tests.stalls import measured_stalls

INGEST = "mutation ($input: IngestCallLogsInput!) { ingestCallLogs(input: $input) { created errors { message } } }"
AS_JSON = "mutation ($calls: JSON!) { ingestCalls(input: {calls: $calls}) { created errors { message } } }"


def of_values(count: int) -> dict[str, Any]:
    """An input of so many values: one call with turns of four values each, and the values around them."""
    turns, rest = divmod(count - 7, 4)
    turn = {"role": "agent", "text": "hello", "time": 1.0}
    call = {"callId": "a", "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", "transcript": [turn] * turns}
    call |= dict(zip(("topic", "duration", "success"), ("x", 1, True)[:rest], strict=False))
    return {"input": {"calls": [call]}}


async def send(sessions: Sessions, project_id: int, document: str, variables: dict[str, Any]) -> Any:
    context = Context(Scope(project_id, sessions, datetime.now(UTC), None))
    return await schema.execute(document, variables, context_value=context)


async def test_as_many_values_as_are_taken(sessions: Sessions, project_id: int) -> None:
    async with measured_stalls() as stalls:
        result = await send(sessions, project_id, INGEST, of_values(MAX_INPUT_VALUES))
    assert result.errors is None
    assert result.data == {"ingestCallLogs": {"created": 1, "errors": []}}
    assert stalls.processor < 0.1


@pytest.mark.parametrize("count", [MAX_INPUT_VALUES + 1, 1_000_000])
async def test_one_value_more_is_refused_before_it_is_looked_at(
    sessions: Sessions, project_id: int, count: int
) -> None:
    variables = of_values(count)
    async with measured_stalls() as stalls:
        result = await send(sessions, project_id, INGEST, variables)
    (error,) = result.errors
    assert error.extensions == {"code": "LIMIT_EXCEEDED", "limit": MAX_INPUT_VALUES, "path": "/variables"}
    assert "ingestCalls" in error.message
    assert "POST /ingest" in error.message
    assert stalls.processor < 0.05


async def test_json_is_one_value_and_holds_up_nobody(sessions: Sessions, project_id: int) -> None:
    metrics = [{"metric": f"m{number}", "type": "numeric", "value": number} for number in range(60)]
    calls = [
        {"call_id": str(number), "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", "metrics": metrics}
        for number in range(1_000)
    ]
    async with measured_stalls() as stalls:
        result = await send(sessions, project_id, AS_JSON, {"calls": calls})
    assert result.data == {"ingestCalls": {"created": 1_000, "errors": []}}
    assert stalls.processor < 0.1
