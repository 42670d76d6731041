"""Parses, measures and validates each text of a request once for the process, beside the event loop.

The largest document allowed takes a few tenths of a second. All of it is plain Python, so that a thread that does it
hands the interpreter over to the loop every few milliseconds.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import graphql
from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError, OperationDefinitionNode, parse
from strawberry.types.graphql import OperationType

from graph.errors import ErrorCode, RequestError
from graph.introspection import reads_schema
from graph.limits import MAX_CHARACTERS, MAX_DEPTH, MAX_TOKENS, check_size, too_large

MAX_REMEMBERED = 32_768
"""Characters of the longest text that is remembered."""

MAX_CACHE_TOKENS = 100_000
"""Tokens of all documents that are remembered: about a kilobyte of memory each."""

LARGE = 8_192
"""Characters from which on a text waits for others of its kind, and not for small ones."""

MAX_WAITING = 200
"""Texts that may wait to be prepared, of either kind."""

Validate = Callable[[DocumentNode], list[GraphQLError]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A parsed document, with all that is wrong with it. None for a text that cannot be parsed.

    Attributes:
        reads_schema: whether an operation or fragment of it selects `__schema` or `__type`.
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    reads_schema: bool = False
    prices: dict[Any, Any] = field(default_factory=dict[Any, Any], compare=False)  # see graph.cost.pricing
    executors: dict[str | None, Any] = field(
        default_factory=dict[str | None, Any], compare=False
    )  # see graph.kept_executor
    _kinds: dict[str | None, OperationType] = field(default_factory=dict[str | None, OperationType], compare=False)
    _found: dict[str | None, OperationDefinitionNode] = field(
        default_factory=dict[str | None, OperationDefinitionNode], compare=False
    )

    @property
    def tokens(self) -> int:
        """How much memory it takes, in tokens of the text."""
        return (self.document.token_count if self.document else None) or 100

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name; without a name the only one. `GetOperation` of the GraphQL specification.

        Raises:
            RequestError: there is no such operation, or without a name there are several.
        """
        known = self._found.get(name)
        if known is None:
            known = self._found[name] = self._find(name)
        return known

    def _find(self, name: str | None) -> OperationDefinitionNode:
        assert self.document is not None
        found = [node for node in self.document.definitions if isinstance(node, OperationDefinitionNode)]
        if name is None:
            if len(found) == 1:
                return found[0]
            message = f"The document has {len(found)} operations; set `operationName` to the one to run."
        else:
            for node in found:
                if node.name and node.name.value == name:
                    return node
            message = f"The document has no operation named {name[:60]!r}."
        names = [node.name.value for node in found if node.name]
        raise RequestError(ErrorCode.INVALID_INPUT, message, path="/operationName", allowed=names)

    def operation_type(self, name: str | None) -> OperationType | None:
        """The kind of that operation; None where the request cannot be executed."""
        known = self._kinds.get(name)
        if known is None and self.document is not None and not self.request_errors(name):
            known = self._kinds[name] = _TYPES[self.operation(name).operation]
        return known

    @property
    def text(self) -> str:
        """The text that was parsed; empty where it could not be."""
        return self.document.loc.source.body if self.document and self.document.loc else ""

    @property
    def only_name(self) -> str | None:
        """The name of the first operation, where a request needs not say it."""
        for node in self.document.definitions if self.document else ():
            if isinstance(node, OperationDefinitionNode):
                return node.name.value if node.name else None
        return None

    def request_errors(self, name: str | None) -> tuple[GraphQLError, ...]:
        """Why the operation of this name cannot be executed; nothing where it can."""
        if self.errors:
            return self.errors
        try:
            self.operation(name)
        except RequestError as error:
            return (error,)
        return ()


_TYPES = {kind: OperationType(kind.value) for kind in graphql.OperationType}


class _Queue:
    """Prepares one text after another in a thread of its own."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = 0

    async def run(self, prepare: Callable[[str], Prepared], text: str) -> Prepared:
        if self._waiting >= MAX_WAITING:
            message = "Too many documents are waiting to be parsed. Try again later."
            raise RequestError(ErrorCode.UNAVAILABLE, message)
        self._waiting += 1
        try:
            return await asyncio.wrap_future(self._thread.submit(prepare, text))
        finally:
            self._waiting -= 1


class Documents:
    """The documents of one schema that were prepared before.

    Args:
        validate: finds what the schema refuses in a document.
    """

    def __init__(self, validate: Validate) -> None:
        self._validate = validate
        self._known: OrderedDict[str, Prepared] = OrderedDict()
        self._tokens = 0
        self._small, self._large = _Queue("small-documents"), _Queue("large-documents")

    async def prepare(self, text: str) -> Prepared:
        """The document of a text."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        if len(text) > MAX_CHARACTERS:
            return _refused(text)
        queue = self._large if len(text) > LARGE else self._small
        try:
            prepared = await queue.run(self._prepare, text)
        except RequestError as error:
            return Prepared(None, (error,))
        if len(text) <= MAX_REMEMBERED:
            self._remember(text, prepared)
        return prepared

    def _remember(self, text: str, prepared: Prepared) -> None:
        if text in self._known:
            return
        self._known[text] = prepared
        self._tokens += prepared.tokens
        while self._tokens > MAX_CACHE_TOKENS:
            _, oldest = self._known.popitem(last=False)
            self._tokens -= oldest.tokens

    def _prepare(self, text: str) -> Prepared:
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
            fault = check_size(document)
        except RecursionError:
            error = too_large(f"It is nested too deeply; at most {MAX_DEPTH} levels are allowed.")
            return Prepared(None, (error,))
        except GraphQLSyntaxError as error:
            return Prepared(None, (error,))
        errors = (fault,) if fault else tuple(self._validate(document))
        return Prepared(document, errors, reads_schema=reads_schema(document))


def _refused(text: str) -> Prepared:
    reason = f"The document has {len(text):,} characters; at most {MAX_CHARACTERS:,} are allowed."
    return Prepared(None, (too_large(f"{reason} Send values as variables."),))
