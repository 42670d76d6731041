"""Who is asking."""

from datetime import datetime, timedelta

import strawberry

from graph.context import Info
from graph.node_ids import encode
from graph.scalars import BigInt
from graph.types.node import Node
from graph.types.project import Project
from models import Role
from resolvers import projects, quotas
from resolvers.author import ViaOrganisation
from resolvers.scope import Scope, SignedInKey


@strawberry.type(description="The API key of a request.")
class ViewerKey(Node):
    database_id: int = strawberry.field(graphql_type=BigInt, description="The key's number.")
    name: str = strawberry.field(description="The key's name.")
    role: Role = strawberry.field(description="The key's role.")
    expires_at: datetime | None = strawberry.field(description="When the key expires; null if it never expires.")

    @classmethod
    def of(cls, key: SignedInKey, role: Role) -> "ViewerKey":
        return cls(
            id=encode("ViewerKey", *key.numbers),
            database_id=key.id,
            name=key.name,
            role=role,
            expires_at=key.expires_at,
        )


@strawberry.type(description="An organisation of several projects.")
class Organisation(Node):
    database_id: int = strawberry.field(graphql_type=BigInt, description="The organisation's number.")
    name: str = strawberry.field(description="The organisation's name.")

    @classmethod
    def of(cls, via: ViaOrganisation) -> "Organisation":
        return cls(id=encode("Organisation", via.id), database_id=via.id, name=via.name)


@strawberry.type(description="A limit on the number of objects in the project.")
class Quota:
    name: str = strawberry.field(description="What is counted: `metrics`, `agents`, `dashboards` or `apiKeys`.")
    limit: int = strawberry.field(description="The maximum number that the project can have.")
    used: int = strawberry.field(description="The current number; above the limit if the limit was lowered.")


@strawberry.type(description="The project and limits of the API key in this request.")
class Viewer(Node):
    now: datetime = strawberry.field(description="The time of this request, which is the value of `now` in filters.")
    max_window_days: float | None = strawberry.field(
        description="How many days back a chart's window can begin; null for no limit."
    )
    role: Role = strawberry.field(description="What the key is allowed to do.")
    masked_fields: list[str] = strawberry.field(
        description="The fields of calls, as filters write them, whose values are masked for this key: filters can "
        "only ask whether there is a value, and charts can only count them."
    )

    key: ViewerKey | None = strawberry.field(description="The key of this request.")
    organisation: Organisation | None = strawberry.field(
        description="The organisation that the key belongs to; null for the key of one project."
    )

    @strawberry.field(
        description="The project of this request: the one that the key belongs to, or that the request names."
    )
    async def project(self, info: Info) -> Project:
        return Project.of(await projects.project(info.context.scope))

    @strawberry.field(description="The quotas of the project.")
    async def quotas(self, info: Info) -> list[Quota] | None:
        found = await quotas.quotas(info.context.scope)
        return [Quota(name=one.name, limit=one.limit, used=one.used) for one in found]

    @classmethod
    def of(cls, scope: Scope) -> "Viewer":
        key, window = scope.key, scope.max_window
        return cls(
            id=encode("Viewer", scope.project_id, *(key.numbers if key else (0, 0))),
            now=scope.now,
            max_window_days=None if window is None else window / timedelta(days=1),
            role=scope.rights.role,
            masked_fields=sorted(scope.rights.masked.names),
            key=ViewerKey.of(key, scope.rights.role) if key else None,
            organisation=Organisation.of(key.organisation) if key and key.organisation else None,
        )
