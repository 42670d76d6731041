"""Slow operations in the log: by the hash of their document, never with data."""

import hashlib

from structlog.testing import capture_logs

from tests.server.telemetry.conftest import SECRET, Start

QUERY = f'query Slow {{ callLogs(filters: {{field: "topic", op: "eq", value: "{SECRET}"}}) {{ totalCount }} }}'


async def test_a_slow_operation_is_told_by_its_hash(start: Start) -> None:
    async with start(slow_seconds=1e-9) as watched:
        with capture_logs() as logs:
            await watched.client.post("/graphql", json={"query": QUERY}, headers={"X-Request-ID": "its-id"})
        (told,) = [entry for entry in logs if entry["event"] == "slow operation"]
        assert told["document"] == hashlib.sha256(QUERY.encode()).hexdigest()
        assert (told["operation"], told["kind"]) == ("Slow", "query")
        assert told["ms"] > 0
        assert SECRET not in str(logs)
        assert watched.value("dialboard_slow_operations_total") == 1


async def test_others_are_not_told(start: Start) -> None:
    for slow_seconds in (3600, 0):
        async with start(slow_seconds=slow_seconds) as watched:
            with capture_logs() as logs:
                await watched.client.post("/graphql", json={"query": QUERY})
            assert "slow operation" not in str(logs)
            assert watched.value("dialboard_slow_operations_total") == 0
