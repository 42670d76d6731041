"""What every resolver is handed: the request's project, moment, database and loaders."""

from datetime import datetime, timedelta
from typing import Any

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.fastapi import BaseContext

from aggregation.stored.preaggregates import Preaggregates
from models.sessions import Sessions
from resolvers.author import Author
from resolvers.scope import Scope


class Context(BaseContext):
    """The context of one request, made by the server once it knows whose key it is.

    Args:
        project_id: the tenant of the key.
        sessions: opens sessions on the database.
        now: the present moment, with a zone.
        max_window: how far back a chart may begin; None for no limit.
        author: whose key it is, for the history of what it changes; None where nobody is known.
        states: stored states that charts are answered from; None to compute each from the calls.
    """

    def __init__(
        self,
        *,
        project_id: int,
        sessions: Sessions,
        now: datetime,
        max_window: timedelta | None,
        author: Author | None = None,
        preaggregates: Preaggregates | None = None,
    ) -> None:
        super().__init__()
        self.revision_documents = 0  # asked for so far
        self.asked: dict[tuple[int, ...], tuple[Any, ...]] = {}  # see graph.lookahead
        self.scope = Scope(project_id, sessions, now, max_window, author, preaggregates)


class Info(strawberry.Info[Context, None]):
    """What a resolver is told of the field that it answers."""

    _raw_info: GraphQLResolveInfo[Context]

    @property
    def execution(self) -> GraphQLResolveInfo[Context]:
        """The executor's own view: the selected nodes, the fragments, the variables."""
        return self._raw_info
