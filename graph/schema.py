"""Builds the schema."""

from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import validate_document
from strawberry.types import ExecutionContext

from graph.context import Info
from graph.documents import Documents, PreparedDocuments
from graph.errors import ERROR_TYPES
from graph.masking import mask_internal
from graph.query import Query
from graph.scalars import SCALARS


class Schema(strawberry.Schema):
    """A schema that prepares each document once, bounds it, and keeps internal errors from clients."""

    def __init__(self, **kwargs: Any) -> None:
        self._documents = Documents(self._validate)
        super().__init__(**kwargs, extensions=[self._prepared_documents])

    def _validate(self, document: DocumentNode) -> list[GraphQLError]:
        return validate_document(self._schema, document, ExecutionContext("", self, ()).validation_rules)

    def _prepared_documents(self) -> SchemaExtension:
        return PreparedDocuments(self._documents)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Replaces internal errors in place; the executor calls it for every list of errors that it answers with."""
        mask_internal(errors)


def build_schema() -> Schema:
    """The schema of the API."""
    return Schema(
        query=Query,
        types=ERROR_TYPES,
        config=StrawberryConfig(scalar_map=SCALARS, info_class=Info),
    )


schema = build_schema()
"""The schema of this process."""


def print_sdl() -> str:
    """The schema in the language of schemas, as ``schema.graphql`` has it."""
    return print_schema(schema).rstrip() + "\n"
