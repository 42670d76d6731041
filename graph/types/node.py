"""What has a global id."""

import strawberry


@strawberry.interface(description="A thing with a global id, by which `node` finds it again.")
class Node:
    id: strawberry.ID = strawberry.field(description="Global id. Opaque; unique among all types.")
