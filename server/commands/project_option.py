"""The option that names a project, of commands that need none where there is only one."""

from typing import Annotated

import typer

from server.commands.completion import complete_project

ProjectOption = Annotated[
    str | None,
    typer.Option(
        "--project",
        metavar="NAME",
        help="The project; needed if there is more than one.",
        shell_complete=complete_project,
    ),
]
