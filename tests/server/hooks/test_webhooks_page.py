"""What docs/webhooks.md says to try works: each of its shell examples is run against a server."""

import asyncio
import os
import re
from pathlib import Path

import pytest

from models.types import WebhookSource
from tests.imports import ROOT
from tests.server.hooks.conftest import SECRET, Hooks

PAGE = (ROOT / "docs" / "webhooks.md").read_text()
SECTIONS = {
    "Vapi": WebhookSource.VAPI,
    "Retell": WebhookSource.RETELL,
    "Twilio": WebhookSource.TWILIO,
    "Standard Webhooks": WebhookSource.GENERIC,
}


@pytest.mark.processes
@pytest.mark.parametrize(("section", "source"), SECTIONS.items())
async def test_what_it_says_to_try_works(hooks: Hooks, tmp_path: Path, section: str, source: WebhookSource) -> None:
    text = PAGE.split(f"### {section}\n")[1].split("\n### ")[0].split("\n## ")[0]
    ((script, printed),) = re.findall(r"```sh\n(.*?)```\n\n((?:    [^\n]*\n)+)", text, re.DOTALL)
    made = await hooks.make(source)
    environment = {**os.environ, "ADDRESS": hooks.base + made.address, "SECRET": made.secret or SECRET}
    process = await asyncio.create_subprocess_exec(
        *("sh", "-euc", script),
        env=environment,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert (output.decode().strip(), errors.decode()) == (printed.strip(), "")


def test_the_page_names_every_source() -> None:
    assert re.findall(r"^\| `([a-z]+)` \|", PAGE, re.MULTILINE) == list(WebhookSource)


def test_each_example_is_a_call_of_its_own() -> None:
    """So that one after the other makes a call each."""
    ids = re.findall(r'"(try-[a-z0-9-]+)"', PAGE)
    assert len(ids) == len(set(ids)) == 3
