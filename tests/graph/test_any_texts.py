"""Any text as a time, a cursor or a global id: it is refused with a sentence, or means something and stays itself."""

import base64
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregation.calls.order import CallOrder, CallOrderField
from aggregation.question.row_order import Direction
from filters.relative_time import resolve, resolve_instant
from filters.value_types import Span
from graph.call_cursor import place_of_cursor
from graph.errors import RequestError
from graph.node_ids import NODE_TYPES, decode, encode
from graph.pagination import encode_cursor
from tests.fuzzing import mutated, texts, trying
from tests.graph.conftest import World

pytestmark = pytest.mark.fuzz

ZONES = ("UTC", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia", "Africa/Monrovia", "Antarctica/Troll")
COUNTS = st.one_of(st.integers(0, 40), st.integers(0, 10**9 - 1))
STEPS = st.builds("{}{}{}".format, st.sampled_from("+-"), COUNTS, st.sampled_from("smhdwMy"))
RELATIVE = st.builds(
    lambda base, steps: base + "".join(steps), st.sampled_from(("now", "today")), st.lists(STEPS, max_size=4)
)
DATES = (b"2026-03-29", b"2026-03-29T02:30:00.123456789Z", b"9999-12-31T23:59:60-23:59", b"0001-01-01", b"today-1M+5h")
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC))


@given(
    text=st.one_of(RELATIVE, texts, mutated(DATES).map(lambda content: content.decode("utf-8", "replace"))),
    now=MOMENTS,
    zone=st.sampled_from(ZONES),
)
@trying(300)
def test_times(text: str, now: datetime, zone: str) -> None:
    try:
        moment = resolve(text, now=now, zone=ZoneInfo(zone))
    except ValueError as error:
        told = str(error)
        assert 10 < len(told) < 400
        return
    if isinstance(moment, Span):
        assert moment.start.tzinfo is UTC
        assert moment.start <= moment.end
        assert resolve_instant(text, now=now, zone=ZoneInfo(zone), edge="end") == moment.end
    else:
        assert moment.tzinfo is UTC


ORDERS = tuple(CallOrder(field, direction) for field in CallOrderField for direction in Direction)
NUMBERS = st.one_of(st.integers(-2, 2), st.integers(-(2**63), 2**63 - 1), st.integers())
CURSORS = st.one_of(
    texts,
    st.builds(
        lambda order, numbers: encode_cursor(f"CallLog.{order.field.name}.{order.direction.name}", *numbers),
        st.sampled_from(ORDERS),
        st.lists(NUMBERS, min_size=1, max_size=4),
    ),
    mutated((b"cursor:CallLog.TIMESTAMP.DESC:0:1", b"cursor:CallLog.DURATION.ASC:1:0:1", b"cursor:Agent:5")).map(
        lambda plain: base64.urlsafe_b64encode(plain).decode()
    ),
)
PAGE = """query ($after: String, $orderBy: CallLogOrder!, $names: String) {
    callLogs(first: 2, after: $after, orderBy: $orderBy) { edges { cursor } }
    agents(first: 2, after: $names) { edges { cursor } }
}"""


@given(cursor=CURSORS, order=st.sampled_from(ORDERS))
@example(
    cursor=encode_cursor("CallLog.DURATION.DESC", 1, 0x7FF8000000000000, 5),
    order=CallOrder(CallOrderField.DURATION, Direction.DESC),
)
@trying(60)
async def test_cursors(world: World, cursor: str, order: CallOrder) -> None:
    by = {"field": order.field.name, "direction": order.direction.name}
    result = await world.run(PAGE, {"after": cursor, "orderBy": by, "names": cursor})
    for error in result.errors or []:
        assert (error.extensions or {})["code"] == "INVALID_CURSOR", error
    try:
        place_of_cursor(cursor, order)
    except RequestError:
        assert result.errors


@given(
    text=st.one_of(texts, mutated((b"CallLog:1", b"Widget:9223372036854775807", b"Agent:0", b"DashboardRevision:1:2"))),
    kind=st.sampled_from(NODE_TYPES),
)
@trying(200)
def test_global_ids(text: str | bytes, kind: str) -> None:
    given_id = text if isinstance(text, str) else base64.b64encode(text).decode()
    try:
        found = decode(given_id, (kind,))
    except RequestError as error:
        told = str(error)
        assert kind in told
        assert len(told) < 800
        return
    assert found.type_name == kind
    assert decode(encode(kind, *found.within, found.row_id)) == found
