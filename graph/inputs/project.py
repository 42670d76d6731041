"""What clients give to change their project."""

import strawberry
from strawberry import Maybe


@strawberry.input(description="New values for the project. Omitted fields are left unchanged.")
class UpdateProjectInput:
    mask_customer_numbers: Maybe[bool] = strawberry.field(
        default=None,
        description="Whether customers' numbers are masked for keys with the role VIEWER. Running servers apply "
        "the change within two seconds.",
    )
