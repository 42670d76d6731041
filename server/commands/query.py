"""``dialboard query``: GraphQL from a terminal or a script, without a server or a key."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.commands.command import load_settings, with_runtime
from server.commands.graphql import Client, project_of
from server.commands.json_option import json_object, text_of
from server.commands.project_option import ProjectOption

if TYPE_CHECKING:
    from server.runtime import Runtime

_FAILED = 1


def query(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="A file with a GraphQL document; - for standard input.")
    ],
    project: ProjectOption = None,
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
    text = text_of(file)
    if not text.strip():
        raise typer.BadParameter(f"{'The standard input' if file == '-' else file} is empty.")
    given = None if variables is None else json_object(variables, "--variables")

    async def work(runtime: "Runtime") -> dict[str, Any]:
        client = Client(runtime, settings, await project_of(runtime, project), "dialboard query")
        return await client.answer(text, given, operation)

    answer = with_runtime(work)
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    if "errors" in answer:
        raise typer.Exit(_FAILED)
