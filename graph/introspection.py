"""Keeps the schema from requests that may not read it: introspection, and near names in messages."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, GraphQLError, OperationDefinitionNode

from graph.errors import ErrorCode, RequestError
from graph.fragments import selections

if TYPE_CHECKING:
    from graph.documents import Prepared

_META_FIELDS = frozenset({"__schema", "__type"})
_HINT = re.compile(r" Did you mean .*\?$", re.DOTALL)


def reads_schema(document: DocumentNode) -> bool:
    """Whether an operation or fragment of a document selects `__schema` or `__type`; linear in its size."""
    return any(
        isinstance(node, FieldNode) and node.name.value in _META_FIELDS
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
        for node in selections(definition.selection_set)
    )


def hidden_from_errors(prepared: "Prepared", errors: Iterable[GraphQLError]) -> tuple[GraphQLError, ...]:
    """The errors of a request that may not read the schema: one more where it tries, and none with near names."""
    told = tuple(map(without_hint, errors))
    if told or not prepared.reads_schema:
        return told
    message = "This key is not allowed to read the schema (`__schema` and `__type`)."
    return (RequestError(ErrorCode.FORBIDDEN, message),)


def without_hint(error: GraphQLError) -> GraphQLError:
    """An error of a document or its variables without near names; others as they are."""
    if isinstance(error, RequestError) or error.path or not _HINT.search(error.message):
        return error
    return GraphQLError(_HINT.sub("", error.message), error.nodes, extensions=error.extensions)
