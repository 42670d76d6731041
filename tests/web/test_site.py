"""The documentation as a site: it builds without a warning, loads nothing from elsewhere, and fits on a phone."""

import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.imports import ROOT
from tests.web.browser import browsing, opened

pytestmark = [pytest.mark.processes, pytest.mark.slow]
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 1000}


def _build(out: Path, source: Path = ROOT) -> subprocess.CompletedProcess[str]:
    strictly = ("--quiet", "--nitpicky", "--fail-on-warning", "--keep-going")
    arguments = ("-m", "sphinx", *strictly, "--conf-dir", str(source / "docs" / "site"), str(source), str(out))
    return subprocess.run((sys.executable, *arguments), capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = Path(tmp_path_factory.mktemp("site"))
    done = _build(out)
    assert (done.returncode, done.stderr) == (0, "")
    return out


@pytest.fixture(scope="module")
async def browser() -> AsyncGenerator[Browser]:
    async with browsing() as browser:
        yield browser


@pytest.mark.parametrize("link", ["[gone](gone.md)", "[gone](filters.md#gone)"])
def test_a_broken_link_is_an_error(tmp_path: Path, link: str) -> None:
    shutil.copytree(ROOT / "docs" / "site", tmp_path / "docs" / "site")
    pages = "```{toctree}\nfilters\n```\n"
    (tmp_path / "docs" / "index.md").write_text(f"# Title\n\n{pages}")
    (tmp_path / "docs" / "filters.md").write_text("# Filters\n")
    assert _build(tmp_path / "out", tmp_path).returncode == 0
    (tmp_path / "docs" / "index.md").write_text(f"# Title\n\n{link}\n\n{pages}")
    done = _build(tmp_path / "out", tmp_path)
    assert done.returncode != 0
    assert "gone" in done.stderr


def test_every_page_is_in_the_site(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert {path.stem for path in (site / "docs").glob("*.html")} == pages
    assert 'url=docs/index.html"' in (site / "index.html").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
async def test_pages_fit_and_load_nothing_from_elsewhere(
    site: Path, browser: Browser, scheme: str, size: dict[str, int]
) -> None:
    async with opened(browser, viewport=size, color_scheme=scheme) as watched:
        for path in sorted((site / "docs").glob("*.html")):
            await watched.page.goto(path.as_uri())
            wider = await watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, path.name
        assert {request.url.split("/")[0] for request in watched.requests} == {"file:"}
        assert watched.faults == []


async def test_the_search_works_without_a_server(site: Path, browser: Browser) -> None:
    async with opened(browser) as watched:
        await watched.page.goto((site / "index.html").as_uri())
        await watched.page.wait_for_url("**/docs/index.html")
        await watched.page.get_by_role("textbox", name="Search").fill("masked customer numbers")
        await watched.page.keyboard.press("Enter")
        await expect(watched.page.locator("#search-results a").first).to_be_visible()
        found = await watched.page.locator("#search-results a").all_inner_texts()
        assert any("Masked customer numbers" in text or "Threats" in text for text in found)
        assert {request.url.split("/")[0] for request in watched.requests} == {"file:"}
