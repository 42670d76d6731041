"""The pages of ``examples/clients``, each with its client against a server: what they show, and no warnings."""

import asyncio
import json

import pytest
from graphql import build_schema

from graph.client_config.client import Client
from graph.client_config.config import print_client_config
from graph.schema import print_sdl
from tests.clients.installed import FOLDER, node

pytestmark = [pytest.mark.processes, pytest.mark.slow]


@pytest.mark.usefixtures("generated")
def test_the_examples_have_the_types_of_the_schema() -> None:
    node("node_modules/typescript/bin/tsc", "--project", ".")


def test_relay_is_configured_as_the_command_says() -> None:
    expected = json.loads(print_client_config(Client.RELAY, build_schema(print_sdl())))
    assert json.loads((FOLDER / "relay.config.json").read_text()).items() >= expected.items()


@pytest.mark.usefixtures("generated")
@pytest.mark.parametrize("client", ["codegen", "urql", "apollo", "relay"])
async def test_the_page_of_a_client(environment: dict[str, str], client: str) -> None:
    await asyncio.to_thread(node, "node_modules/vitest/vitest.mjs", "run", f"tests/{client}.test.tsx", env=environment)
