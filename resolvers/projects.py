"""The project of the request."""

from sqlalchemy import select

from models import Project
from resolvers.absent import ABSENT, Absent
from resolvers.scope import Scope
from resolvers.writing import Writing


async def project(scope: Scope) -> Project:
    """The project whose key the request carries."""
    found = await scope.loaders.projects.load(scope.project_id)
    assert found is not None, "the project of a request exists"
    return found


async def update_project(writing: Writing, *, mask_customer_numbers: bool | Absent) -> Project:
    """Changes what is given."""
    project = (await writing.session.scalars(select(Project).where(Project.id == writing.project_id))).one()
    if mask_customer_numbers is not ABSENT:
        project.mask_customer_numbers = mask_customer_numbers
    await writing.session.flush()
    return project
