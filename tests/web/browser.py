"""A headless Chromium, and what a page in it does that it should not."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, WebSocket, async_playwright, expect

OPT_OUT = "DIALBOARD_TEST_WITHOUT_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")
SLOW_MACHINE = 60_000
"""Milliseconds after which something counts as missing in the page: several processes share the cores."""


def chromium() -> str:
    """Where Chromium is. Skips the test where it is not installed; fails it in CI, unless the opt-out is set."""
    if os.environ.get(OPT_OUT):
        pytest.skip(f"{OPT_OUT} is set")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        missing = f"Chromium is not installed (Debian: apt-get install chromium). {OPT_OUT}=1 leaves its tests out."
        if os.environ.get("CI"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return found


@asynccontextmanager
async def browsing() -> AsyncGenerator[Browser]:
    """A browser while the block runs. Containers do not let it make the sandbox that it runs pages in."""
    program = chromium()
    expect.set_options(timeout=SLOW_MACHINE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        await browser.close()


@dataclass
class Watched:
    """A page, with all that it asked for and all that went wrong in it."""

    page: Page
    requests: list[Request] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def addresses(self) -> set[str]:
        """Where requests went to: schemes with hosts."""
        urls = [*(one.url for one in self.requests), *(one.url for one in self.sockets)]
        return {url.split("/")[0] + "//" + url.split("/")[2] for url in urls if not url.startswith(("data:", "blob:"))}


def _failure(request: Request) -> list[str]:
    """Why a request failed, unless the page was left before its answer came."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.failure}: {request.url}"]


@asynccontextmanager
async def opened(browser: Browser, **options: Any) -> AsyncGenerator[Watched]:
    """A page in a session of its own."""
    context = await browser.new_context(**options)
    context.set_default_timeout(SLOW_MACHINE)
    watched = Watched(await context.new_page())
    # Of the context, because what workers load is not told of the page.
    context.on("request", lambda request: watched.requests.append(request))
    context.on("requestfailed", lambda request: watched.faults.extend(_failure(request)))
    context.on("weberror", lambda error: watched.faults.append(str(error.error)))
    context.on("console", lambda told: watched.faults.append(told.text) if told.type == "error" else None)
    watched.page.on("websocket", lambda socket: watched.sockets.append(socket))
    yield watched
    await context.close()
