"""What has a global id."""

import strawberry


@strawberry.interface(description="An object with a global ID, by which `node` can fetch it.")
class Node:
    id: strawberry.ID = strawberry.field(description="The global ID: opaque, and unique across all types.")
