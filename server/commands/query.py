"""``dialboard query``: GraphQL from a terminal or a script, without a server or a key."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from server.commands.command import CommandError, existing_project, load_settings, with_runtime

if TYPE_CHECKING:
    from server.projects import NamedProject
    from server.runtime import Runtime
    from server.settings import Settings

_FAILED = 1
_STANDARD_INPUT = "-"


def query(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="A file with a GraphQL document; - for standard input.")
    ],
    project: Annotated[
        str | None, typer.Option(metavar="NAME", help="The project; needed if there is more than one.")
    ] = None,
    variables: Annotated[
        str | None, typer.Option(metavar="JSON|@FILE", help="The variables, a JSON object or a file with one.")
    ] = None,
    operation: Annotated[
        str | None, typer.Option(metavar="NAME", help="The operation to run, if the document has several.")
    ] = None,
) -> None:
    """Run a GraphQL operation on the database and print the response as JSON.

    It has all rights, and the same limits as a request except for budgets.
    Exit codes: 0 for success; 1 if the response has errors; 2 for wrong usage.
    """
    settings = load_settings()
    text = _text(file)
    given = None if variables is None else _object(variables)

    async def work(runtime: "Runtime") -> dict[str, Any]:
        owner = await existing_project(runtime, project) if project else await _only_project(runtime)
        return await _answer(runtime, settings, owner, text, given, operation)

    answer = with_runtime(work)
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    if "errors" in answer:
        raise typer.Exit(_FAILED)


async def _answer(
    runtime: "Runtime",
    settings: "Settings",
    owner: "NamedProject",
    text: str,
    variables: dict[str, Any] | None,
    operation: str | None,
) -> dict[str, Any]:
    from graph.context import Context
    from graph.schema import schema
    from models.deadlines import Deadline
    from resolvers.author import Author
    from resolvers.loaders.meter import Meter
    from resolvers.scope import Scope
    from server.http.answers import answer_body

    scope = Scope(
        owner.id,
        runtime.sessions.within(Deadline.after(settings.request_timeout)),
        datetime.now(UTC),
        settings.max_window,
        Author(None, "dialboard query"),
        runtime.preaggregates,
        Meter(settings.max_cost, settings.max_answer_bytes),
    )
    result = await schema.execute(text, variables, Context(scope), operation_name=operation)
    return answer_body(result)


async def _only_project(runtime: "Runtime") -> "NamedProject":
    """The project, where there is one alone."""
    from server.projects import list_projects

    projects = await list_projects(runtime.engine)
    if len(projects) == 1:
        return projects[0]
    names = ", ".join(repr(project.name) for project in projects)
    raise CommandError(
        f"There are {len(projects)} projects; choose one with --project: {names}."
        if projects
        else "There are no projects."
    )


def _text(file: str) -> str:
    """The text of a file, or of standard input.

    Raises:
        typer.BadParameter: it cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if file == _STANDARD_INPUT else Path(file).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{file} is not UTF-8: byte {error.start + 1} is invalid.") from error


def _object(given: str) -> dict[str, Any]:
    """The JSON object that variables are given as.

    Raises:
        typer.BadParameter: they are something else.
    """
    from server.json_text import WrongJsonError, read_json

    where = given[1:] if given.startswith("@") else "--variables"
    try:
        value = read_json(_text(given[1:]) if given.startswith("@") else given)
    except WrongJsonError as error:
        raise typer.BadParameter(f"{where} {error}.") from error
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{where} is not a JSON object.")
    return cast("dict[str, Any]", value)
