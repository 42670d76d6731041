"""What every command shares: settings, a database, an event loop, and errors of one line.

What is slow to import is imported by the function that needs it, so that ``--help`` answers at once.
"""

import asyncio
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

from server.user_error import UserError

if TYPE_CHECKING:
    from server.organisations import NamedOrganisation
    from server.projects import NamedProject
    from server.runtime import Runtime
    from server.settings import Settings

T = TypeVar("T")

INTERRUPTED = 130
"""The exit status of a command that Ctrl+C ended: 128 and the number of the signal, as shells have it."""


class CommandError(UserError):
    """A command cannot do what it was asked for; the message says why."""


def load_settings() -> "Settings":
    """Reads the settings and sets up the log."""
    from server import logs
    from server.settings import Settings

    settings = Settings.load()
    logs.configure(settings)
    return settings


def with_runtime(work: Callable[["Runtime"], Awaitable[T]]) -> T:
    """Runs ``work`` on the migrated database."""
    import structlog

    from server.runtime import open_runtime
    from server.settings import unknown_variables

    settings = load_settings()
    for warning in unknown_variables():
        structlog.get_logger("dialboard.command").warning(warning)

    async def run() -> T:
        async with open_runtime(settings) as runtime:
            return await work(runtime)

    return run_loop(run())


async def existing_project(runtime: "Runtime", name: str) -> "NamedProject":
    """The project of that name.

    Raises:
        CommandError: there is none; names those that there are.
    """
    from server.projects import find_project, list_projects

    found = await find_project(runtime.engine, name)
    if found is None:
        names = ", ".join(repr(project.name) for project in await list_projects(runtime.engine))
        raise CommandError(
            f"The project {name!r} does not exist. "
            + (f"Existing projects: {names}." if names else "There are no projects.")
        )
    return found


async def existing_organisation(runtime: "Runtime", name: str) -> "NamedOrganisation":
    """The organisation of that name.

    Raises:
        CommandError: there is none; names those that there are.
    """
    from server.organisations import list_organisations

    there = await list_organisations(runtime.engine)
    for organisation in there:
        if organisation.name == name:
            return organisation
    names = ", ".join(repr(organisation.name) for organisation in there)
    raise CommandError(
        f"The organisation {name!r} does not exist. "
        + (f"Existing organisations: {names}." if names else "There are no organisations.")
    )


async def _await(work: Awaitable[T]) -> T:
    return await work


def run_loop(work: Awaitable[T]) -> T:
    """Runs ``work`` on uvloop where there is one."""
    if sys.platform == "win32":
        return asyncio.run(_await(work))
    import uvloop

    return uvloop.run(_await(work))


def _unexpected(error: BaseException) -> str:
    from models.outages import outage_of

    reason = (str(error).splitlines() or [""])[0]
    outage = outage_of(error)
    return f"unexpected {type(error).__name__}: {reason}" if outage is None else f"{outage.message} ({reason})"


def fail(error: BaseException, *, expected: bool) -> NoReturn:
    """Ends the process with code 1 and the error on one line. One that nobody expected comes with its type, and under
    ``DIALBOARD_LOG_LEVEL=debug`` with where it came from."""
    if not expected and os.environ.get("DIALBOARD_LOG_LEVEL", "").lower() == "debug":
        traceback.print_exception(error)
    words = str(error) if expected else _unexpected(error)
    typer.echo(f"dialboard: {words}", err=True)
    raise SystemExit(1)
