"""Parses, measures and validates each text of a request once for the process."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError, OperationDefinitionNode, parse
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from graph.errors import ErrorCode, RequestError
from graph.limits import MAX_DEPTH, MAX_TOKENS, check_size

MAX_DOCUMENTS = 256
"""How many texts are remembered."""

MAX_REMEMBERED = 32_768
"""Characters of the longest text that is remembered."""

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*", re.ASCII)

Validate = Callable[[DocumentNode], list[GraphQLError]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A parsed document, with all that is wrong with it. None for a text that cannot be parsed."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name; without a name the only one. `GetOperation` of the GraphQL specification.

        Raises:
            RequestError: there is no such operation, or without a name there are several.
        """
        assert self.document is not None
        found = [node for node in self.document.definitions if isinstance(node, OperationDefinitionNode)]
        if name is None:
            if len(found) == 1:
                return found[0]
            message = f"The document has {len(found)} operations; `operationName` must say which one to run."
        else:
            for node in found:
                if node.name and node.name.value == name:
                    return node
            message = f"The document has no operation named {name[:60]!r}."
        names = [node.name.value for node in found if node.name]
        raise RequestError(ErrorCode.INVALID_INPUT, message, path="/operationName", allowed=names)

    def operation_type(self, name: str | None) -> OperationType | None:
        """The kind of that operation; None where the request cannot be executed."""
        if self.document is None or self.request_errors(name):
            return None
        return OperationType(self.operation(name).operation.value)

    def request_errors(self, name: str | None) -> tuple[GraphQLError, ...]:
        """Why the operation of this name cannot be executed; nothing where it can."""
        if self.errors:
            return self.errors
        try:
            self.operation(name)
        except RequestError as error:
            return (error,)
        return ()


def _stand_in(operation_name: str | None) -> DocumentNode:
    """Takes the place of a document that cannot be executed, until its errors are told. It is never executed."""
    name = operation_name if operation_name and _NAME.fullmatch(operation_name) else ""
    return parse(f"query {name} {{ __typename }}")


class Documents:
    """The documents of one schema that were prepared before.

    Args:
        validate: finds what the schema refuses in a document.
    """

    def __init__(self, validate: Validate) -> None:
        self._validate = validate
        self._remembered = lru_cache(MAX_DOCUMENTS)(self._prepare)

    def prepared(self, text: str) -> Prepared:
        """The document of a text."""
        return self._remembered(text) if len(text) <= MAX_REMEMBERED else self._prepare(text)

    def _prepare(self, text: str) -> Prepared:
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
            too_large = check_size(document)
        except RecursionError:
            message = f"The request is too large. It is nested too deep; at most {MAX_DEPTH} levels are allowed."
            return Prepared(None, (RequestError(ErrorCode.LIMIT_EXCEEDED, message),))
        except GraphQLSyntaxError as error:
            return Prepared(None, (error,))
        return Prepared(document, (too_large,) if too_large else tuple(self._validate(document)))


class PreparedDocuments(SchemaExtension):
    """Hands prepared documents to the executor of streams. Made anew for each request; the documents outlive it."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._errors: tuple[GraphQLError, ...] = ()

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        if context.query is not None:
            prepared = self._documents.prepared(context.query)
            self._errors = prepared.request_errors(context.operation_name)
            executable = None if self._errors else prepared.document
            context.graphql_document = executable or _stand_in(context.operation_name)
        yield

    def on_validate(self) -> Iterator[None]:
        if self._errors:
            self.execution_context.pre_execution_errors = list(self._errors)
        yield
