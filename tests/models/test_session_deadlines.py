"""What a session tells PostgreSQL of its request's deadline."""

import pytest
from sqlalchemy import text

from models.deadlines import Deadline
from models.outages import DeadlinePassed
from models.sessions import Sessions

_SETTINGS = text(
    "select name, setting::bigint from pg_settings where name in "
    "('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')"
)


@pytest.mark.parametrize("writes", [False, True], ids=["read", "write"])
async def test_postgresql_is_given_what_is_left(sessions: Sessions, project_id: int, writes: bool) -> None:
    bound = sessions.within(Deadline.after(5))
    async with bound.write(project_id) if writes else bound.read(project_id) as session:
        found = dict((await session.execute(_SETTINGS)).tuples().all())
    assert 0 < found["statement_timeout"] <= 5_000
    assert found["lock_timeout"] == 10_000
    assert found["idle_in_transaction_session_timeout"] == 60_000


async def _sleep_for_long(sessions: Sessions, project_id: int) -> None:
    async with sessions.read(project_id) as session:
        await session.execute(text("set local statement_timeout = 0"))
        await session.execute(text("select pg_sleep(20)"))


async def test_a_statement_ends_at_the_deadline(sessions: Sessions, project_id: int) -> None:
    with pytest.raises(DeadlinePassed):
        await _sleep_for_long(sessions.within(Deadline.after(0.5)), project_id)
