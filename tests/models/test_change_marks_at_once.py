"""Writers at the same time: no order of their statements lets a change of the data go without a mark."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from itertools import combinations

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import URL

from tests.models.mark_database import Writer, at, fill, writer
from tests.models.mark_interleaving import Outcome, interleave, unmarked

INSERT = "insert into metric_evaluations (project_id, call_log_id, metric_id, number_value) values (:p, 1, 1, 7)"
UPDATE = "update metric_evaluations set number_value = 7 where project_id = :p and call_log_id = 1"
DELETE = "delete from metric_evaluations where project_id = :p and call_log_id = 1"
TRANSFER = "update metric_evaluations set call_log_id = 1 where project_id = :p and call_log_id = 2"
MOVE = f"update call_logs set timestamp = {at(9)} where project_id = :p and id = 1"
TOUCH = "update call_logs set duration = 8 where project_id = :p and id = 1"
COMPACT = """
    with many as (
        select slot from change_marks where project_id = :p group by slot having count(*) > 1
    ), gone as (
        delete from change_marks where project_id = :p and slot in (select slot from many) returning slot, changes
    )
    insert into change_marks (project_id, slot, changes) select :p, slot, sum(changes) from gone group by slot
"""
ORDERS = [tuple(int(place in of_b) for place in range(6)) for of_b in combinations(range(6), 3)]
"""Every order of two transactions of three statements each."""


@pytest.fixture
async def three(database_url: URL, project_id: int) -> AsyncGenerator[tuple[Writer, Writer, Writer]]:
    async with AsyncExitStack() as stack:
        a, b, observer = [await stack.enter_async_context(writer(database_url, project_id)) for _ in range(3)]
        await fill(observer)
        yield a, b, observer


@pytest.mark.parametrize("of_b", [MOVE, TOUCH], ids=["move", "touch"])
@pytest.mark.parametrize(
    "of_a", [INSERT, UPDATE, DELETE, TRANSFER, MOVE], ids=["insert", "update", "delete", "transfer", "move"]
)
async def test_an_evaluation_is_written_while_its_call_moves(
    three: tuple[Writer, Writer, Writer], of_a: str, of_b: str
) -> None:
    a, b, observer = three
    for order in ORDERS:
        await observer.run(
            f"update call_logs set timestamp = {at(0)} where project_id = :p and id = 1",
            "delete from metric_evaluations where project_id = :p",
            "insert into metric_evaluations (project_id, call_log_id, metric_id, number_value) "
            "select :p, n, 1, n from generate_series(1, 4) n",
        )
        outcome = await interleave((a, b), observer, (["begin", of_a, "commit"], ["begin", of_b, "commit"]), order)
        assert unmarked(outcome.seen) == [], order
        assert outcome.errors == [], order


async def test_a_transaction_with_one_snapshot_fails_rather_than_marking_an_old_slot(
    three: tuple[Writer, Writer, Writer],
) -> None:
    a, b, observer = three
    begin = "begin isolation level repeatable read"
    for of_a in (INSERT, UPDATE, DELETE):
        await observer.run(f"update call_logs set timestamp = {at(0)} where project_id = :p and id = 1")
        script = [f"{begin}; select 1 from agents limit 1", of_a, "commit"]
        outcome = await interleave((a, b), observer, (script, ["begin", MOVE, "commit"]), (0, 1, 1, 1, 0, 0))
        assert [type(error) for error in outcome.errors] == [psycopg.errors.SerializationFailure]
        assert unmarked(outcome.seen) == []


async def test_concurrent_compactions_keep_the_sums_of_marks(three: tuple[Writer, Writer, Writer]) -> None:
    a, b, observer = three
    for order in ORDERS:
        await observer.run(*[TOUCH] * 3, UPDATE)
        rows = await observer.value("select count(*) from change_marks where project_id = :p")
        outcome = await interleave(
            (a, b), observer, (["begin", COMPACT, "commit"], ["begin", COMPACT, "commit"]), order
        )
        assert outcome.errors == []
        assert all(seen.sums == outcome.seen[0].sums for seen in outcome.seen)
        assert await observer.value("select count(*) from change_marks where project_id = :p") < rows


async def test_writers_do_not_wait_for_compaction(three: tuple[Writer, Writer, Writer]) -> None:
    a, b, observer = three
    await observer.run(TOUCH, TOUCH)
    await a.run("begin", COMPACT)
    before = await observer.sums()
    await asyncio.wait_for(b.run(TOUCH, MOVE, INSERT, DELETE), 5)
    after = await observer.sums()
    await a.run("commit")
    assert await observer.sums() == after
    assert after != before


NUMBERS = st.integers(1, 4)
METRICS = st.integers(1, 2)
CALLS = "insert into call_logs (project_id, id, call_id, agent_id, timestamp) overriding system value values"


@st.composite
def writes(draw: st.DrawFn) -> str:
    """A statement that may change anything that the project has."""
    call, other, slot, metric, value = (draw(NUMBERS), draw(NUMBERS), draw(NUMBERS), draw(METRICS), draw(NUMBERS))
    of_evaluation = f"where project_id = :p and call_log_id = {call}"
    return draw(
        st.sampled_from(
            [
                f"update call_logs set timestamp = {at(slot)} where project_id = :p and id = {call}",
                f"update call_logs set timestamp = {at(slot)} where project_id = :p and id in ({call}, {other})",
                f"update call_logs set duration = {value}, agent_id = {metric} where project_id = :p and id = {call}",
                f"{CALLS} (:p, {call}, 'c{call}', 1, {at(slot)}) on conflict (project_id, call_id) "
                f"do update set timestamp = excluded.timestamp, topic = '{value}'",
                f"delete from call_logs where project_id = :p and id = {call}",
                "insert into metric_evaluations (project_id, call_log_id, metric_id, number_value) "
                f"values (:p, {call}, {metric}, {value})",
                f"update metric_evaluations set number_value = {value} {of_evaluation}",
                f"update metric_evaluations set call_log_id = {other} {of_evaluation}",
                f"delete from metric_evaluations {of_evaluation}",
                f"update agents set agent_name = 'agent {metric} {value}' where project_id = :p and id = {metric}",
                f"update metrics set name = 'metric {metric} {value}' where project_id = :p and id = {metric}",
                COMPACT,
            ]
        )
    )


BEGIN = st.sampled_from(["begin"] * 4 + ["begin isolation level repeatable read"])
TRANSACTION = st.builds(
    lambda begin, body, end: [begin, *body, end],
    BEGIN,
    st.lists(writes(), min_size=1, max_size=3),
    st.sampled_from(["commit"] * 4 + ["rollback"]),
)
SCRIPT = st.lists(TRANSACTION, min_size=1, max_size=3).map(lambda parts: [one for part in parts for one in part])


@given(scripts=st.tuples(SCRIPT, SCRIPT), order=st.lists(st.integers(0, 1), max_size=20))
@settings(max_examples=40, deadline=None)
def test_no_change_is_without_a_mark(database_url: URL, scripts: tuple[list[str], list[str]], order: list[int]) -> None:
    outcome = asyncio.run(_in_a_new_project(database_url, scripts, order))
    assert unmarked(outcome.seen) == []


async def _in_a_new_project(url: URL, scripts: tuple[list[str], list[str]], order: list[int]) -> Outcome:
    async with AsyncExitStack() as stack:
        a, b, observer = [await stack.enter_async_context(writer(url, 0)) for _ in range(3)]
        made = await observer.value("insert into projects (name) values (gen_random_uuid()::text) returning id")
        for one in (a, b, observer):
            one.project_id = made
            await one.run("select set_config('dialboard.project_id', ':p', false)")
        await fill(observer)
        return await interleave((a, b), observer, scripts, order)
