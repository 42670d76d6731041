"""The GraphiQL page in a browser: nothing from elsewhere, every example, keys, errors, subscriptions and links."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

from models.sessions import Sessions
from models.types import Role
from server.app import create_app
from server.demo import load_demo
from server.keys import create_key
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.imports import ROOT
from tests.server.http.serving import listening
from tests.web.browser import Watched, browsing, opened

pytestmark = [pytest.mark.processes, pytest.mark.slow]
EXAMPLES = ROOT / "web" / "graphiql" / "examples"
FIRST = ROOT / "server" / "http" / "example_query.graphql"
QUERIES = {path.read_text().split(":")[0].removeprefix("# "): path for path in [FIRST, *EXAMPLES.glob("*.graphql")]}
"""The files of the examples by their titles."""
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Demo:
    """A server with the demo's calls, which fills in its key, and one that does not."""

    url: str
    without_key: str
    key: str
    viewer_key: str


@pytest.fixture(scope="module")
async def demo(new_database: Callable[[], URL]) -> AsyncGenerator[Demo]:
    engine = create_async_engine(new_database())
    sessions = Sessions(engine)
    project_id = (await load_demo(sessions, calls=400, seed=5)).project_id
    key = await create_key(sessions, project_id, "admin")
    viewer = await create_key(sessions, project_id, "viewer", role=Role.VIEWER)
    runtime = Runtime(engine, sessions, head())
    with_key = create_app(Settings(), runtime, demo_key=key, is_demo=True)
    without = create_app(Settings(graphiql=True), runtime)
    async with listening(with_key) as url, listening(without) as other:
        yield Demo(url, other, key, viewer)
    await engine.dispose()


@pytest.fixture(scope="module")
async def browser() -> AsyncGenerator[Browser]:
    async with browsing() as made:
        yield made


@asynccontextmanager
async def shown(browser: Browser, url: str, **options: object) -> AsyncGenerator[Watched]:
    """The page once its editors are there; nothing may have gone wrong in it by the end."""
    async with opened(browser, **options) as watched:
        await watched.page.goto(url)
        await expect(query_editor(watched.page)).to_be_visible()
        yield watched
        assert watched.faults == []


def query_editor(page: Page) -> Locator:
    return page.locator(".graphiql-query-editor .view-lines")


def answer(page: Page) -> Locator:
    return page.locator(".result-window .view-lines")


def state(page: Page) -> Locator:
    return page.locator(".dialboard-state")


async def run(page: Page) -> None:
    await page.get_by_role("button", name="Execute query").click()


async def stop(page: Page) -> None:
    """Ends a subscription, with the button that began it."""
    await page.locator("button.graphiql-execute-button").click()
    await expect(page.get_by_role("button", name="Execute query")).to_be_visible()


async def use_key(page: Page, key: str) -> None:
    await page.get_by_label("API key").fill(key)
    await page.get_by_role("button", name="Use key").click()


async def open_example(page: Page, title: str) -> None:
    await page.get_by_label("Examples", exact=True).get_by_role("button", name=title).first.click()


async def test_everything_comes_from_the_server(browser: Browser, demo: Demo) -> None:
    async with shown(browser, demo.url) as watched:
        await expect(state(watched.page)).to_have_text("Schema read")
        await open_example(watched.page, "Subscription")
        await run(watched.page)
        await expect(answer(watched.page)).to_contain_text("callLogArrived")
        await watched.page.get_by_role("button", name="Show Documentation Explorer").click()
        await expect(watched.page.get_by_text("A GraphQL schema provides a root type")).to_be_visible()
        await watched.page.get_by_role("button", name="Show GraphiQL Explorer").click()
        await expect(watched.page.locator(".graphiql-explorer-root")).to_be_visible()
        host = urlsplit(demo.url).netloc
        assert watched.addresses() == {f"http://{host}", f"ws://{host}"}
        workers = {Path(one.url).name for one in watched.requests if one.url.endswith(".worker.js")}
        assert workers == {"editor.worker.js", "graphql.worker.js", "json.worker.js"}


async def test_the_examples_are_the_files(browser: Browser, demo: Demo) -> None:
    async with shown(browser, demo.url) as watched:
        titles = await watched.page.locator(".dialboard-examples strong").all_inner_texts()
    assert sorted(titles) == sorted(QUERIES)


async def test_every_example_runs_in_a_tab_of_its_own(browser: Browser, demo: Demo) -> None:
    async with shown(browser, demo.url) as watched:
        page = watched.page
        for number, (title, path) in enumerate(QUERIES.items(), start=1):
            query, variables = path.read_text(), path.with_suffix(".json")
            await open_example(page, title)
            await expect(page.get_by_role("tab")).to_have_count(number)
            if variables.exists():
                (name, *_) = json.loads(variables.read_text())
                await expect(page.locator(".graphiql-editor-tool .view-lines").first).to_contain_text(f'"{name}"')
            await run(page)
            field = query.splitlines()[2].strip().split("(")[0]
            await expect(answer(page), title).to_contain_text(f'"{field}":')
            body = json.loads(await page.evaluate(RESPONSE))
            if "subscription" in query:
                await stop(page)
            assert "errors" not in body, title
            assert "FIRST_DASHBOARD" not in json.dumps(body), title
            assert _errors(body["data"]) == [], title


RESPONSE = "() => __MONACO.editor.getModels().find((one) => one.uri.path.endsWith('response.json')).getValue()"


def _errors(value: object) -> list[object]:
    """All typed errors inside of an answer."""
    if isinstance(value, list):
        return [error for one in value for error in _errors(one)]
    if isinstance(value, dict):
        own = [value] if "code" in value and "message" in value else []
        return [*own, *(error for one in value.values() for error in _errors(one))]
    return []


async def test_a_subscription_tells_what_happens(browser: Browser, demo: Demo) -> None:
    call = json.loads((EXAMPLES / "4-ingest.json").read_text())
    call["input"]["calls"][0]["callId"] = "arrives-while-the-page-listens"
    async with shown(browser, demo.without_key) as watched:
        page = watched.page
        await use_key(page, demo.key)
        await expect(state(page)).to_have_text("Schema read")
        await open_example(page, "Subscription")
        await run(page)
        await expect(answer(page)).to_contain_text('"isResumed"')
        async with httpx.AsyncClient(headers={"X-API-Key": demo.key}) as client:
            query = (EXAMPLES / "4-ingest.graphql").read_text()
            sent = await client.post(demo.without_key, json={"query": query, "variables": call})
        assert sent.json()["data"]["ingestCallLogs"]["errors"] == []
        await expect(answer(page)).to_contain_text("arrives-while-the-page-listens")
        await stop(page)


async def test_without_a_key_it_asks_for_one(browser: Browser, demo: Demo) -> None:
    async with shown(browser, demo.without_key) as watched:
        await expect(state(watched.page)).to_have_text("Enter an API key")
        assert [one.url for one in watched.requests if one.method == "POST"] == []
        await use_key(watched.page, demo.key)
        await expect(state(watched.page)).to_have_text("Schema read")
        await run(watched.page)
        await expect(answer(watched.page)).to_contain_text('"data"')


async def test_a_key_is_kept_for_the_tab_only(browser: Browser, demo: Demo) -> None:
    async with shown(browser, demo.without_key) as watched:
        page = watched.page
        await use_key(page, demo.key)
        await expect(state(page)).to_have_text("Schema read")
        await run(page)
        await expect(answer(page)).to_contain_text('"data"')
        await page.reload()
        await expect(state(page)).to_have_text("Schema read")
        assert demo.key in await page.evaluate("JSON.stringify(sessionStorage)")
        assert demo.key not in await page.evaluate("JSON.stringify(localStorage)")
        assert await page.evaluate("document.cookie") == ""
        other = await page.context.new_page()
        await other.goto(demo.without_key)
        await expect(state(other)).to_have_text("Enter an API key")


async def test_errors_are_shown(browser: Browser, demo: Demo) -> None:
    async with opened(browser) as watched:
        page = watched.page
        await page.goto(demo.without_key)
        await use_key(page, "nonsense")
        await expect(state(page)).to_contain_text("This is not an API key")
        await run(page)
        await expect(answer(page)).to_contain_text("UNAUTHENTICATED")
        await open_example(page, "Subscription")
        await run(page)
        await expect(answer(page)).to_contain_text("4403")
        await use_key(page, demo.viewer_key)
        await expect(state(page)).to_contain_text("This key is not allowed to read the schema")
        await open_example(page, "Dashboard")
        await run(page)
        await expect(answer(page)).to_contain_text('"data"')
        await page.goto(f"{demo.without_key}#query=%7B%20nothing%20%7D")
        await page.reload()
        await run(page)
        await expect(answer(page)).to_contain_text("nothing")
        await expect(answer(page)).to_contain_text('"errors"')


async def test_a_link_opens_the_operation_and_does_not_run_it(browser: Browser, demo: Demo) -> None:
    async with shown(browser, demo.url) as watched:
        page = watched.page
        await open_example(page, "Preview")
        await page.get_by_role("button", name="Copy a link to this operation").click()
        await page.wait_for_url("**#query=*")
        link = page.url
    values = parse_qs(urlsplit(link).fragment)
    assert values["query"] == [(EXAMPLES / "2-preview.graphql").read_text()]
    assert json.loads(values["variables"][0]) == json.loads((EXAMPLES / "2-preview.json").read_text())
    assert demo.key not in link
    async with shown(browser, link) as watched:
        await expect(query_editor(watched.page)).to_contain_text("previewWidget")
        await expect(state(watched.page)).to_have_text("Schema read")
        sent = [one.post_data or "" for one in watched.requests if one.method == "POST"]
        assert [one for one in sent if "previewWidget(" in one and "__schema" not in one] == []
        await run(watched.page)
        await expect(answer(watched.page)).to_contain_text('"BarChart"')


async def test_on_a_phone_nothing_is_outside(browser: Browser, demo: Demo) -> None:
    async with shown(browser, demo.url, viewport=PHONE) as watched:
        page = watched.page
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        await page.get_by_role("button", name="Show Examples").click()
        await open_example(page, "Preview")
        await run(page)
        await expect(answer(page)).to_contain_text('"BarChart"')
        for part in (page.get_by_label("API key"), page.get_by_role("button", name="Execute query"), answer(page)):
            box = await part.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_is_dark_where_the_system_is(browser: Browser, demo: Demo, scheme: str) -> None:
    async with shown(browser, demo.url, color_scheme=scheme) as watched:
        colour = "getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor"
        red, green, blue = (int(part) for part in (await watched.page.evaluate(colour))[4:-1].split(","))
    assert (red + green + blue < 3 * 128) == (scheme == "dark")
