"""What the planner knows of the tables."""

from sqlalchemy import text

from models.sessions import WriteSession


async def refresh_statistics(session: WriteSession) -> None:
    """Has PostgreSQL look at the tables that calls are stored in; due after many were stored.

    Until it has looked, which by itself it does a minute later at the earliest, it takes full tables for nearly empty
    ones, and charts run by plans that take minutes. A function does it as the owner of the tables, who alone may.
    """
    await session.execute(text("select dialboard_analyze()"))
