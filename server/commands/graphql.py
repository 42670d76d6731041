"""GraphQL on the database, in this process: the rights of an admin, and the limits of a request except for budgets."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from server.commands.command import CommandError, existing_project

if TYPE_CHECKING:
    from server.projects import NamedProject
    from server.runtime import Runtime
    from server.settings import Settings


async def project_of(runtime: "Runtime", name: str | None) -> "NamedProject":
    """The project of that name, or the only one.

    Raises:
        CommandError: it does not exist, or there are several and none was named.
    """
    from server.projects import list_projects

    if name is not None:
        return await existing_project(runtime, name)
    projects = await list_projects(runtime.engine)
    if len(projects) == 1:
        return projects[0]
    names = ", ".join(repr(project.name) for project in projects)
    raise CommandError(
        f"There are {len(projects)} projects; choose one with --project: {names}."
        if projects
        else "There are no projects."
    )


class Client:
    """Asks questions of one project.

    Args:
        author: who a change was made by, such as ``dialboard query``.
    """

    def __init__(self, runtime: "Runtime", settings: "Settings", project: "NamedProject", author: str) -> None:
        self._runtime, self._settings, self.project, self._author = runtime, settings, project, author

    async def answer(
        self, text: str, variables: dict[str, Any] | None = None, operation: str | None = None
    ) -> dict[str, Any]:
        """The response to a request."""
        from graph.context import Context
        from graph.schema import schema
        from models.deadlines import Deadline
        from resolvers.author import Author
        from resolvers.loaders.meter import Meter
        from resolvers.scope import Scope
        from server.http.answers import answer_body

        settings, runtime = self._settings, self._runtime
        scope = Scope(
            self.project.id,
            runtime.sessions.within(Deadline.after(settings.request_timeout)),
            datetime.now(UTC),
            settings.max_window,
            Author(None, self._author),
            runtime.preaggregates,
            Meter(settings.max_cost, settings.max_answer_bytes),
        )
        return answer_body(await schema.execute(text, variables, Context(scope), operation_name=operation))

    async def data(self, text: str, **variables: Any) -> dict[str, Any]:
        """The data of a response.

        Raises:
            CommandError: the response has errors.
        """
        answer = await self.answer(text, variables)
        if "errors" in answer:
            raise CommandError(" ".join(dict.fromkeys(error["message"] for error in answer["errors"])))
        return answer["data"]
