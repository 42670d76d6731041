"""Over HTTP, the history of a dashboard names the key that changed it."""

import httpx

from models.sessions import Sessions
from server.keys import create_key, list_keys

REVISIONS = "revisions { edges { node { author authorKeyId summary } } }"


async def test_the_history_names_the_key(client: httpx.AsyncClient, sessions: Sessions, project_id: int) -> None:
    async def send(query: str, key: str | None = None) -> dict:
        headers = {"X-API-Key": key} if key else {}
        return (await client.post("/graphql", json={"query": query}, headers=headers)).json()["data"]

    made = await send('mutation { createDashboard(input: {name: "A"}) { dashboard { id } } }')
    id = made["createDashboard"]["dashboard"]["id"]
    second = await create_key(sessions, project_id, "Bo's key")
    rename = f'mutation {{ updateDashboard(input: {{id: "{id}", name: "B"}}) {{ dashboard {{ {REVISIONS} }} }} }}'
    for _ in range(2):  # the second time, the key is remembered
        found = await send(rename, second)
    edges = found["updateDashboard"]["dashboard"]["revisions"]["edges"]
    first_key, second_key = await list_keys(sessions, project_id)
    assert [edge["node"] for edge in edges] == [
        {"author": "Bo's key", "authorKeyId": second_key.id, "summary": "Changed the name from “A” to “B”."},
        {"author": "test", "authorKeyId": first_key.id, "summary": "Created."},
    ]
