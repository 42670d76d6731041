"""Making, changing, revoking and rotating API keys."""

from datetime import UTC, datetime, timedelta

import pytest

from graph.node_ids import encode
from models import Role
from server.http.auth import AuthenticationError, identify

LIST = "{ apiKeys { totalCount edges { node { name role revokedAt } } } }"


def soon(hours: float = 1) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def test_a_key_is_made_and_its_text_shown_once(api, sessions):
    made = await api.done("createApiKey", name=" board ", role="VIEWER", expiresAt=soon())
    identity = await identify(sessions, made["secret"])
    assert (identity.project_id, identity.key_id) == (api.project_id, made["apiKey"]["databaseId"])
    assert (identity.key_name, identity.rights.role) == ("board", Role.VIEWER)
    told = await api.send(LIST)
    assert told == {
        "apiKeys": {"totalCount": 1, "edges": [{"node": {"name": "board", "role": "VIEWER", "revokedAt": None}}]}
    }
    assert made["secret"] not in str(await api.send("{ apiKeys { edges { node { id name createdBy } } } }"))


async def test_a_revoked_key_is_refused(api, sessions):
    made = await api.done("createApiKey", name="k", role="ADMIN")
    revoked = await api.done("revokeApiKey", id=made["apiKey"]["id"])
    assert revoked["apiKey"]["revokedAt"] is not None
    with pytest.raises(AuthenticationError, match="revoked"):
        await identify(sessions, made["secret"])
    (error,) = await api.refused("revokeApiKey", id=made["apiKey"]["id"])
    assert (error["path"], error["message"]) == ("/id", "This key was revoked.")


async def test_both_keys_of_a_rotation_work_for_the_overlap(api, sessions):
    made = await api.done("createApiKey", name="k", role="INGESTER", expiresAt=soon(240))
    rotated = await api.done("rotateApiKey", id=made["apiKey"]["id"], overlapHours=3)
    new, old = await identify(sessions, rotated["secret"]), await identify(sessions, made["secret"])
    assert (new.key_name, new.rights.role) == ("k", Role.INGESTER)
    assert rotated["apiKey"]["rotatedFrom"] == made["apiKey"]["databaseId"]
    assert old.expires_at is not None
    assert new.expires_at is not None
    hour = timedelta(hours=1)
    assert abs(old.expires_at - datetime.now(UTC) - 3 * hour) < timedelta(minutes=1)
    assert abs(new.expires_at - datetime.now(UTC) - 240 * hour) < timedelta(minutes=1), "as long as the old one's"


async def test_a_rotation_without_overlap_ends_the_old_key_now(api, sessions):
    made = await api.done("createApiKey", name="k", role="ADMIN")
    rotated = await api.done("rotateApiKey", id=made["apiKey"]["id"], overlapHours=0)
    with pytest.raises(AuthenticationError, match="expired"):
        await identify(sessions, made["secret"])
    assert (await identify(sessions, rotated["secret"])).expires_at is None


async def test_a_rotation_does_not_lengthen_the_old_key(api):
    made = await api.done("createApiKey", name="k", role="ADMIN", expiresAt=soon(2))
    rotated = await api.done("rotateApiKey", id=made["apiKey"]["id"])
    assert rotated["oldApiKey"]["expiresAt"] == made["apiKey"]["expiresAt"]


async def test_a_key_is_rotated_once_and_keeps_its_end(api):
    made = await api.done("createApiKey", name="k", role="ADMIN")
    id = made["apiKey"]["id"]
    await api.done("rotateApiKey", id=id)
    (error,) = await api.refused("rotateApiKey", id=id)
    assert "Rotate its replacement" in error["message"]
    (error,) = await api.refused("updateApiKey", id=id, expiresAt=None)
    assert (error["path"], "expires at the end of the overlap" in error["message"]) == ("/expiresAt", True)


async def test_name_and_expiry_change_and_the_rest_stays(api, sessions):
    made = await api.done("createApiKey", name="k", role="ANALYST", expiresAt=soon())
    renamed = await api.done("updateApiKey", id=made["apiKey"]["id"], name="other")
    assert renamed["apiKey"] == {**made["apiKey"], "name": "other"}
    endless = await api.done("updateApiKey", id=made["apiKey"]["id"], expiresAt=None)
    assert endless["apiKey"] == {**made["apiKey"], "name": "other", "expiresAt": None}
    assert (await identify(sessions, made["secret"])).expires_at is None


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "k", "expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt"),
    ],
)
async def test_what_no_key_can_be(api, fields, path):
    (error,) = await api.refused("createApiKey", role="ADMIN", **fields)
    assert error["path"] == path
    assert (await api.send(LIST))["apiKeys"]["totalCount"] == 0


async def test_keys_of_other_projects_are_not_there(api, other):
    made = await other.done("createApiKey", name="k", role="ADMIN")
    for name in ("updateApiKey", "revokeApiKey", "rotateApiKey"):
        (error,) = await api.refused(name, id=made["apiKey"]["id"])
        assert error["__typename"] == "NotFound"
    assert (await api.send(f'{{ node(id: "{made["apiKey"]["id"]}") {{ id }} }}')) == {"node": None}


@pytest.mark.parametrize("hours", [-1, 2_161])
async def test_an_overlap_has_bounds(api, hours):
    made = await api.done("createApiKey", name="k", role="ADMIN")
    (error,) = await api.refused("rotateApiKey", id=made["apiKey"]["id"], overlapHours=hours)
    assert (error["path"], error["message"]) == ("/overlapHours", "The overlap must be 0 to 2,160 hours.")


async def test_ids_of_other_things_are_refused(api):
    (error,) = await api.refused("revokeApiKey", id=encode("Dashboard", 1))
    assert error["code"] == "INVALID_ID"
