"""Who is asking."""

from datetime import datetime

import strawberry

import models
from graph.context import Info
from resolvers import projects


@strawberry.type(description="The tenant to which all data in this API belongs.")
class Project:
    database_id: int = strawberry.field(description="The project's number.")
    name: str = strawberry.field(description="The project's name.")
    created_at: datetime = strawberry.field(description="When it was created.")

    @classmethod
    def of(cls, row: models.Project) -> "Project":
        return cls(database_id=row.id, name=row.name, created_at=row.created_at)


@strawberry.type(description="The project and limits of the API key in this request.")
class Viewer:
    now: datetime = strawberry.field(description="The time of this request, which is the value of `now` in filters.")
    max_window_days: float | None = strawberry.field(
        description="How many days back a chart's window can begin; null for no limit."
    )

    @strawberry.field(description="The project that the key belongs to.")
    async def project(self, info: Info) -> Project:
        return Project.of(await projects.project(info.context.scope))
