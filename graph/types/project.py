"""The project that a key opens."""

from datetime import datetime

import strawberry

import models
from graph.node_ids import encode
from graph.scalars import BigInt
from graph.types.node import Node


@strawberry.type(description="The tenant to which all data in this API belongs.")
class Project(Node):
    database_id: int = strawberry.field(graphql_type=BigInt, description="The project's number.")
    name: str = strawberry.field(description="The project's name.")
    created_at: datetime = strawberry.field(description="When it was created.")
    mask_customer_numbers: bool = strawberry.field(
        description="Whether customers' numbers are masked for keys with the role VIEWER, which then cannot use them "
        "in filters and charts either."
    )

    @classmethod
    def of(cls, row: models.Project) -> "Project":
        return cls(
            id=encode("Project", row.id),
            database_id=row.id,
            name=row.name,
            created_at=row.created_at,
            mask_customer_numbers=row.mask_customer_numbers,
        )
