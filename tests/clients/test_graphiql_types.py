"""The TypeScript of the GraphiQL page is right, by the compiler of the examples: building it does not look at types."""

import asyncio

import pytest

import hatch_build
from tests.clients.installed import node, require_packages

pytestmark = [pytest.mark.processes, pytest.mark.slow]


async def test_the_page_has_the_types_of_its_packages() -> None:
    await asyncio.to_thread(require_packages)
    await asyncio.to_thread(hatch_build.install)
    await asyncio.to_thread(node, "node_modules/typescript/bin/tsc", "--project", str(hatch_build.PAGE))
