"""Budgets: spent before anything runs, refilled evenly, right across processes, closed between projects."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from models.sessions import Sessions
from resolvers.budgets import Budgets, BudgetSpentError

KEY = 7


async def _refused(budgets: Budgets, project_id: int, points: float, key_id: int = KEY) -> BudgetSpentError:
    with pytest.raises(BudgetSpentError) as refused:
        await budgets.spend(project_id, key_id, points)
    return refused.value


async def _age(sessions: Sessions, project_id: int, seconds: float) -> None:
    """Makes as much time pass for the buckets."""
    statement = sa.text("update budgets set refilled_at = refilled_at - :s * interval '1 second' where project_id = :p")
    async with sessions.write(project_id) as session:
        await session.execute(statement, {"s": seconds, "p": project_id})


async def test_a_bucket_is_spent_and_fills_evenly(sessions: Sessions, project_id: int) -> None:
    budgets = Budgets(sessions, of_key=600, of_project=0)
    await budgets.spend(project_id, KEY, 600)
    error = await _refused(budgets, project_id, 100)
    assert error.retry_after is not None
    assert 9 <= error.retry_after <= 10
    assert not error.of_project
    assert "this API key has" in str(error)
    await _age(sessions, project_id, 10)
    await budgets.spend(project_id, KEY, 100)
    await _refused(budgets, project_id, 100)
    await _age(sessions, project_id, 1_000)
    await budgets.spend(project_id, KEY, 600)
    await _refused(budgets, project_id, 300)


@pytest.mark.parametrize("hours", [1, 5, 10_000])
async def test_a_clock_that_is_set_back_locks_nobody_out(sessions: Sessions, project_id: int, hours: int) -> None:
    """An empty bucket that was last filled in the future counts as full, once."""
    budgets = Budgets(sessions, of_key=600, of_project=600)
    await budgets.spend(project_id, KEY, 600)
    await _age(sessions, project_id, -hours * 3600)
    await budgets.spend(project_id, KEY, 600)
    error = await _refused(budgets, project_id, 100)
    assert error.retry_after is not None
    assert 9 <= error.retry_after <= 10
    await _age(sessions, project_id, 10)
    await budgets.spend(project_id, KEY, 100)


async def test_a_clock_that_is_set_back_by_a_little_gives_nothing(sessions: Sessions, project_id: int) -> None:
    """It is no way to more points, and over within a minute."""
    budgets = Budgets(sessions, of_key=600, of_project=600)
    await budgets.spend(project_id, KEY, 600)
    await _age(sessions, project_id, -50)
    error = await _refused(budgets, project_id, 100)
    assert error.retry_after is not None
    assert error.retry_after <= 60
    await _age(sessions, project_id, 60)
    await budgets.spend(project_id, KEY, 100)


async def test_a_clock_that_is_set_forward_fills_buckets_once(sessions: Sessions, project_id: int) -> None:
    budgets = Budgets(sessions, of_key=600, of_project=600)
    await budgets.spend(project_id, KEY, 600)
    await _age(sessions, project_id, 10_000 * 3600)
    await budgets.spend(project_id, KEY, 600)
    await _refused(budgets, project_id, 100)


async def test_keys_of_a_project_share_its_budget(sessions: Sessions, project_id: int, other_project_id: int) -> None:
    budgets = Budgets(sessions, of_key=600, of_project=1_000)
    await budgets.spend(project_id, 1, 600)
    error = await _refused(budgets, project_id, 500, key_id=2)
    assert error.of_project
    await budgets.spend(project_id, 2, 300)
    await budgets.spend(other_project_id, 1, 600)


async def test_processes_together_spend_no_more_than_there_is(sessions: Sessions, project_id: int) -> None:
    processes = [Budgets(sessions, of_key=3_000, of_project=0) for _ in range(3)]
    spent = 0

    async def spend(budgets: Budgets) -> None:
        nonlocal spent
        while True:
            try:
                await budgets.spend(project_id, KEY, 7)
            except BudgetSpentError:
                return
            spent += 7

    await asyncio.gather(*(spend(budgets) for budgets in processes for _ in range(2)))
    # All of it, and no more than what fills up meanwhile.
    assert 3_000 - 3 * 7 <= spent <= 3_000 + 50 * 20


async def test_most_requests_run_no_statement(sessions: Sessions, project_id: int, statements: Any) -> None:
    budgets = Budgets(sessions, of_key=60_000, of_project=120_000)
    for _ in range(600):
        await budgets.spend(project_id, KEY, 1)
    assert len(statements) == 1
    left = budgets.remaining(project_id, KEY)
    assert left is not None
    assert (left.capacity, left.points) == (60_000, 59_400)
    assert left.seconds == 1


async def test_what_never_fits_says_so(sessions: Sessions, project_id: int) -> None:
    error = await _refused(Budgets(sessions, of_key=600, of_project=0), project_id, 601)
    assert error.retry_after is None
    assert "exceeds the whole budget" in str(error)


@pytest.mark.parametrize("exempt", [False, True], ids=["off", "exempt"])
async def test_without_a_limit_nothing_is_spent(
    sessions: Sessions, project_id: int, statements: Any, exempt: bool
) -> None:
    budgets = Budgets(sessions, 600, 600, exempt=[project_id]) if exempt else Budgets(sessions, 0, 0)
    await budgets.spend(project_id, KEY, 10**9)
    assert budgets.remaining(project_id, KEY) is None
    assert statements.everything == []


async def test_other_projects_cannot_see_a_budget(
    engine: AsyncEngine, sessions: Sessions, project_id: int, other_project_id: int
) -> None:
    await Budgets(sessions, 600, 600).spend(project_id, KEY, 1)
    seen = sa.text("select count(*) from budgets")
    async with sessions.read(other_project_id) as session:
        assert await session.scalar(seen) == 0
    async with sessions.read(project_id) as session:
        assert await session.scalar(seen) == 2
        assert await session.scalar(sa.text("select relpersistence from pg_class where relname = 'budgets'")) == "u"


async def test_what_has_run_is_taken_also_where_it_is_not_there(sessions: Sessions, project_id: int) -> None:
    budgets = Budgets(sessions, of_key=600, of_project=0)
    await budgets.spend(project_id, KEY, 500)
    await budgets.settle(project_id, KEY, 400)
    left = budgets.remaining(project_id, KEY)
    assert left is not None
    assert left.points == 0
    error = await _refused(Budgets(sessions, of_key=600, of_project=0), project_id, 100)  # of another process
    assert error.retry_after is not None
    assert 39 <= error.retry_after <= 40
    await _age(sessions, project_id, 41)
    await budgets.spend(project_id, KEY, 100)


async def test_nobody_owes_more_than_a_bucket_holds(sessions: Sessions, project_id: int) -> None:
    budgets = Budgets(sessions, of_key=600, of_project=600)
    for _ in range(3):
        await budgets.settle(project_id, KEY, 5_000)
    error = await _refused(budgets, project_id, 600)
    assert error.retry_after is not None
    assert 119 <= error.retry_after <= 120
    await _age(sessions, project_id, 121)
    await budgets.spend(project_id, KEY, 600)


async def test_what_a_portion_holds_pays_without_a_statement(
    sessions: Sessions, project_id: int, statements: Any
) -> None:
    budgets = Budgets(sessions, of_key=60_000, of_project=0)
    await budgets.spend(project_id, KEY, 1)
    statements.clear()
    await budgets.settle(project_id, KEY, 400)
    assert statements.everything == []
    left = budgets.remaining(project_id, KEY)
    assert left is not None
    assert left.points == 59_599


async def test_what_cannot_be_taken_at_once_is_owed(
    sessions: Sessions, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets = Budgets(sessions, of_key=600, of_project=0)
    # No time at all: the database cannot be asked.
    with monkeypatch.context() as patched:
        patched.setattr("resolvers.budgets._STATEMENT_SECONDS", 0.0)
        await budgets.settle(project_id, KEY, 550)
    error = await _refused(budgets, project_id, 100)
    assert error.retry_after is not None
    assert 4 <= error.retry_after <= 5
    await budgets.spend(project_id, KEY, 40)


@pytest.mark.parametrize("exempt", [False, True], ids=["off", "exempt"])
async def test_without_a_limit_nothing_is_taken(
    sessions: Sessions, project_id: int, statements: Any, exempt: bool
) -> None:
    budgets = Budgets(sessions, 600, 600, exempt=[project_id]) if exempt else Budgets(sessions, 0, 0)
    await budgets.settle(project_id, KEY, 10**9)
    assert statements.everything == []


async def test_buckets_in_memory_owe_too(
    sessions: Sessions, project_id: int, monkeypatch: pytest.MonkeyPatch, statements: Any
) -> None:
    budgets = Budgets(sessions, of_key=600, of_project=0)
    monkeypatch.setattr(budgets, "_own_until", float("inf"))
    await budgets.settle(project_id, KEY, 900)
    error = await _refused(budgets, project_id, 100)
    assert error.retry_after is not None
    assert 39 <= error.retry_after <= 40
    assert statements.everything == []
