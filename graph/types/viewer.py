"""Who is asking."""

from datetime import datetime

import strawberry

import models
from graph.context import Info
from resolvers import projects


@strawberry.type(description="The tenant that everything in this API belongs to.")
class Project:
    database_id: int = strawberry.field(description="The project's number.")
    name: str = strawberry.field(description="The project's name.")
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, row: models.Project) -> "Project":
        return cls(database_id=row.id, name=row.name, created_at=row.created_at)


@strawberry.type(description="What the key of this request opens.")
class Viewer:
    now: datetime = strawberry.field(description="This request's moment: what `now` means in filters.")
    max_window_days: float | None = strawberry.field(
        description="How many days back a chart may begin; null for no limit."
    )

    @strawberry.field(description="The project that the key belongs to.")
    async def project(self, info: Info) -> Project:
        return Project.of(await projects.project(info.context.scope))
