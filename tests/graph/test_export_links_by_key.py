"""Which keys can make URLs of files that work without a key."""

import pytest

from resolvers.author import ViaOrganisation
from resolvers.export_links import ExportLinks
from resolvers.scope import SignedInKey
from tests.graph.conftest import World

QUERY = "query ($id: ID!) { widget(id: $id) { exportUrl(format: CSV, expiresIn: 60) } }"
OWN = SignedInKey(7, "own")
OF_ORGANISATION = SignedInKey(7, "reports", None, ViaOrganisation(1, "Agency"))


async def test_the_key_of_a_project_can(world: World) -> None:
    asked = {"id": world.widget("Topics")}
    url = (await world.ask(QUERY, asked, key=OWN, links=ExportLinks.of_process()))["widget"]["exportUrl"]
    assert f"token=1.{world.project_id}.7." in url


@pytest.mark.parametrize("key", [OF_ORGANISATION, None], ids=["of an organisation", "none"])
async def test_no_other_key_can(world: World, key: SignedInKey | None) -> None:
    refused = await world.refused(QUERY, {"id": world.widget("Topics")}, key=key, links=ExportLinks.of_process())
    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert refused["message"].startswith("Only the key of a project can make URLs that work without a key")
