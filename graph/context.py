"""What every resolver is handed: the request's scope, and what was asked for so far."""

from typing import Any

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.fastapi import BaseContext

from resolvers.scope import Scope


class Context(BaseContext):
    """The context of one request, made by the server once it knows whose key it is."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope
        self.revision_documents = 0  # asked for so far
        self.asked: dict[tuple[int, ...], tuple[Any, ...]] = {}  # see graph.lookahead


class Info(strawberry.Info[Context, None]):
    """What a resolver is told of the field that it answers."""

    _raw_info: GraphQLResolveInfo[Context]

    @property
    def execution(self) -> GraphQLResolveInfo[Context]:
        """The executor's own view: the selected nodes, the fragments, the variables."""
        return self._raw_info
