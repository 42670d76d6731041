"""Builds the schema."""

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    Undefined,
    specified_rules,
)
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import validate_document
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types import ExecutionContext

from graph.columns import ColumnExecutor
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
        return validate_document(self._schema, document, (*specified_rules, OneOfInputValidationRule))

    def forget_null_defaults(self) -> None:
        """Leaves out ``= null``, which Strawberry writes for every argument and input that may be absent.

        What is absent then takes the default of the Python function or class, the same None.
        """
        for kind in self._schema.type_map.values():
            match kind:
                case GraphQLObjectType() | GraphQLInterfaceType():
                    inputs = [argument for field in kind.fields.values() for argument in field.args.values()]
                case GraphQLInputObjectType():
                    inputs = list(kind.fields.values())
                case _:
                    continue
            for one in inputs:
                if one.default_value is None:
                    one.default_value = Undefined

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
        execution_context_class=ColumnExecutor,
        extensions=[lambda: PreparedDocuments(documents)],
    )
    built.forget_null_defaults()
    documents = Documents(built.validate)
    return built


schema = build_schema()
"""The schema of this process."""


def print_sdl() -> str:
    """The schema in the language of schemas, as ``schema.graphql`` has it."""
    return print_schema(schema).rstrip() + "\n"
