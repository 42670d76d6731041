"""Whatever is asked of the exports or sent to ``/ingest``: a file, or an error that says what is wrong."""

import gzip
import json
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st

from aggregation.question.row_order import Direction
from models import Aggregation, ChartType, TimePeriod
from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings
from tests.filters.test_filter_robustness import NEARLY
from tests.fuzzing import ODD_NUMBERS, json_values, mutated, texts, trying
from tests.graph.conftest import World, make_world

pytestmark = [pytest.mark.fuzz, pytest.mark.slow]

FILTERS = st.one_of(NEARLY, json_values())
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "filters": FILTERS.map(json.dumps),
    "scope": FILTERS.map(json.dumps),
    "from": st.sampled_from(("now-7d", "2026-03-14", "2026-03-14T00:00:00Z", "now-99999y", "9999-12-31")),
    "to": st.sampled_from(("now", "2026-03-20", "0001-01-01")),
    "timeZone": st.sampled_from(("UTC", "Asia/Kathmandu", "Mars/Base", "../etc", "utc")),
    "weekStart": st.sampled_from(("MONDAY", "SUNDAY", "monday")),
    "compareTo": st.sampled_from(
        ("preceding", "7d", "1M", "-1d", "0d", "99999d", "now-9d..today", "..", "2026-03-01..", "a..b..c")
    ),
    "top": st.sampled_from(ODD_NUMBERS),
    "maxPoints": st.sampled_from(ODD_NUMBERS),
    "maxBins": st.sampled_from(ODD_NUMBERS),
    "first": st.sampled_from(ODD_NUMBERS),
    "escapeFormulas": st.sampled_from(("true", "false", "1")),
    "orderBy": st.sampled_from(("TIMESTAMP", "DURATION", "VALUE", "LABEL", "topic")),
    "direction": st.sampled_from((*Direction.__members__, "down")),
}
PARAMETERS = st.lists(
    st.one_of(
        st.sampled_from([*VALUES]).flatmap(lambda name: st.tuples(st.just(name), VALUES[name])),
        st.tuples(st.sampled_from([*VALUES]), texts),
        st.tuples(texts, texts),
    ),
    max_size=4,
)
PREVIEWS = st.one_of(
    json_values(),
    st.fixed_dictionaries(
        {
            "chartType": st.sampled_from((*ChartType.__members__, "x", None)),
            "field": st.one_of(
                st.sampled_from(("duration", "topic", "timestamp", "metadata.region", "metric_evaluations.value")),
                texts,
            ),
        },
        optional={
            "aggregation": st.sampled_from((*Aggregation.__members__, "x")),
            "timePeriod": st.sampled_from((*TimePeriod.__members__, "x")),
            "filters": FILTERS,
            "scope": FILTERS,
            "groupBy": json_values(),
            "metricId": st.one_of(texts, st.just("TWV0cmljOjE=")),
            "timeRange": json_values(),
            "compareTo": json_values(),
        },
    ),
)


@pytest.fixture
async def world(sessions: Sessions, project_id: int) -> World:
    return await make_world(sessions, project_id)


@pytest.fixture
async def exporter(runtime: Runtime, sessions: Sessions, project_id: int) -> httpx.AsyncClient:
    """A client that what the application raises is raised in."""
    settings = Settings.model_validate({"budget_key": 10**9, "budget_project": 10**9, "max_request_bytes": 100_000})
    transport = httpx.ASGITransport(create_app(settings, runtime), client=("127.0.0.1", 50_000))
    key = await create_key(sessions, project_id, "test")
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers={"X-API-Key": key})


def _check(answer: httpx.Response) -> None:
    note(f"{answer.request.method} {answer.request.url} -> {answer.status_code} {answer.text[:500]}")
    if answer.status_code == 200:
        if answer.headers["content-type"].startswith("application/x-ndjson"):
            for line in answer.content.splitlines():
                orjson.loads(line)
        answer.content.decode()
        return
    assert answer.status_code in (400, 404, 405, 413, 415, 422, 429), answer.text
    errors = orjson.loads(answer.content)["errors"]
    assert errors
    assert errors[0]["message"]
    assert "INTERNAL_ERROR" not in answer.text


def _query(parameters: list[tuple[str, Any]]) -> str:
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in parameters)


def _quoted(value: object) -> str:
    return quote(str(value).encode("utf-8", "surrogatepass"))


@given(
    path=st.sampled_from(("calls", "widgets/OWN", "widgets/%00", "widgets/V2lkZ2V0OjE=", f"widgets/{'9' * 20}")),
    ending=st.sampled_from(("csv", "jsonl", "xlsx", "%ff")),
    parameters=PARAMETERS,
)
@trying(80)
async def test_any_parameters(
    exporter: httpx.AsyncClient, world: World, path: str, ending: str, parameters: list[tuple[str, Any]]
) -> None:
    path = path.replace("OWN", world.widget("Topics"))
    _check(await exporter.get(f"/export/{path}.{ending}?{_query(parameters)}"))


@given(
    path=st.sampled_from(("calls.csv", "calls.jsonl", "preview.csv", "preview.jsonl")),
    body=st.one_of(
        PREVIEWS,
        st.fixed_dictionaries(
            {}, optional={"filters": FILTERS, "orderBy": VALUES["orderBy"], "direction": json_values()}
        ),
    ),
    parameters=st.one_of(st.just([]), PARAMETERS),
)
@example(path="preview.csv", body={"chartType": "x", "compareTo": {"\ud83d": 1}}, parameters=[])
@trying(80)
async def test_any_bodies(exporter: httpx.AsyncClient, path: str, body: Any, parameters: list[tuple[str, Any]]) -> None:
    content, headers = json.dumps(body), {"Content-Type": "application/json"}
    _check(await exporter.post(f"/export/{path}?{_query(parameters)}", content=content, headers=headers))


LINES = (
    b'{"call_id": "1", "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", "duration": 5}\n\n{"call_id": "2"}\r\n',
    b'\xef\xbb\xbf{"call_id": "1", "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", "metrics": [{"metric": "m",'
    b' "type": "enum", "value": "a"}], "transcript": [{"role": "user", "text": "Hi"}], "feedback": {"rating": 5}}',
)
PIECES = (
    b"\n", b"\r", b"\\u0000", b"\\ud800", b"\xff", b"\0", b"1e999", b"[" * 300, b"{}", b"null", b'"',
    b'"reject_reason": 1,', b"9" * 50, b'"duration": -0.0,', b'"metadata": {"a": {}},', b"\xed\xa0\x80",
)  # fmt: skip
PACKED = (*(gzip.compress(line, mtime=0) for line in LINES), gzip.compress(LINES[0], mtime=0) * 2)


@given(
    sent=st.one_of(
        mutated(LINES, PIECES).map(lambda body: (body, None)), mutated(PACKED).map(lambda body: (body, "gzip"))
    ),
    key=st.one_of(st.none(), st.sampled_from(("a", "b", "x" * 300, "\x7f"))),
)
@trying(80)
async def test_any_lines(exporter: httpx.AsyncClient, sent: tuple[bytes, str | None], key: str | None) -> None:
    body, encoding = sent
    given_headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": encoding, "Idempotency-Key": key}
    headers = {name: value for name, value in given_headers.items() if value}
    answer = await exporter.post("/ingest", content=body, headers=headers)
    if answer.status_code == 409:
        return
    _check(answer)
    if answer.status_code == 200:
        told = answer.json()
        assert bool(told["rejected"]) == bool(told["errors"])
