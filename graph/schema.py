"""Builds the schema."""

import strawberry
from graphql import DocumentNode, GraphQLError, specified_rules
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import validate_document
from strawberry.types import ExecutionContext

from graph.context import Info
from graph.documents import Documents, PreparedDocuments
from graph.errors import ERROR_TYPES
from graph.masking import mask_internal
from graph.mutation import Mutation
from graph.query import Query
from graph.scalars import SCALARS


class Schema(strawberry.Schema):
    """A schema that keeps internal errors from clients."""

    def validate(self, document: DocumentNode) -> list[GraphQLError]:
        """What the schema refuses in a document."""
        return validate_document(self._schema, document, tuple(specified_rules))

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Replaces internal errors in place; the executor calls it for every list of errors that it answers with."""
        mask_internal(errors)


def build_schema() -> Schema:
    """The schema of the API, with the documents it has prepared."""
    built = Schema(
        query=Query,
        mutation=Mutation,
        types=ERROR_TYPES,
        config=StrawberryConfig(scalar_map=SCALARS, info_class=Info),
        extensions=[lambda: PreparedDocuments(documents)],
    )
    documents = Documents(built.validate)
    return built


schema = build_schema()
"""The schema of this process."""


def print_sdl() -> str:
    """The schema in the language of schemas, as ``schema.graphql`` has it."""
    return print_schema(schema).rstrip() + "\n"
