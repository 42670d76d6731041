"""The mutation on the project of the request."""

from typing import Annotated

import strawberry

from graph.context import Info
from graph.inputs.given import given
from graph.inputs.project import UpdateProjectInput
from graph.payloads.project import UpdateProjectPayload
from graph.types.project import Project
from graph.write import Write
from resolvers import projects

Update = Annotated[UpdateProjectInput, strawberry.argument(description="The project's new values.")]


async def update(info: Info, input: Update) -> UpdateProjectPayload:
    """Changes the project's settings. For admins."""
    write, mask = Write(info), given(input.mask_customer_numbers)
    row = await write.run(lambda writing, _: projects.update_project(writing, mask_customer_numbers=mask))
    return UpdateProjectPayload(project=Project.of(row) if row else None, errors=write.errors)
