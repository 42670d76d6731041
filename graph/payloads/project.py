"""The answers of mutations on the project."""

import strawberry

from graph.payloads.payload import Payload
from graph.types.project import Project


@strawberry.type(description="The changed project.")
class UpdateProjectPayload(Payload):
    project: Project | None = strawberry.field(description="The project; null if the input is invalid.")
