"""What executing an operation needs and is the same each time: made once, and kept with its document.

A small request would spend a fifth of its time on it.
"""

from collections.abc import Awaitable
from typing import Any, Self, cast

import graphql
from graphql import (
    BREAK,
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    VisitorAction,
    visit,
)
from graphql.execution.collect_fields import CollectedFields, FragmentDetails, collect_fields
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues, get_variable_values
from graphql.pyutils import AwaitableOrValue, RefMap
from strawberry.execution import optimized_is_awaitable
from strawberry.types import ExecutionResult

from graph.columns import ColumnExecutor

MOST_SELECTED = 4
"""Selected fields that are kept with a document, for each of its tokens: fragments that are spread many times can
select far more than there is in the text."""

_library: Any = graphql

_NONE = VariableValues({}, {})


class _Conditions(Visitor):
    """Finds what lets variables decide on which fields are selected, or in how many answers."""

    def __init__(self) -> None:
        super().__init__()
        self.are_there = False

    def enter_directive(self, node: DirectiveNode, *_: object) -> VisitorAction:
        """Looks at one directive."""
        depends = any(isinstance(argument.value, VariableNode) for argument in node.arguments or ())
        self.are_there = depends or node.name.value in ("defer", "stream")
        return BREAK if self.are_there else None


class KeptExecutor(ColumnExecutor):
    """The executor of the schema. Each request has a copy of the one that is kept with its document."""

    _root_type: GraphQLObjectType
    _most_selected: int
    _root: CollectedFields | None = None
    """What is selected of the root; None where variables decide on it, or it was not collected yet."""
    _selects_the_same = False
    """Whether each execution selects the same fields."""
    _weighed = 0
    """Of how many selections it was counted how many fields they select."""

    @classmethod
    def of(cls, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Self:
        """The executor of an operation, to be kept."""
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        kept = cls(
            schema,
            fragments,
            {name: FragmentDetails(node) for name, node in fragments.items()},
            None,
            None,
            operation,
            _NONE,
            _library.default_field_resolver,
            _library.default_type_resolver,
            _library.default_field_resolver,
            is_awaitable=optimized_is_awaitable,
        )
        conditions = _Conditions()
        visit(document, conditions)
        kept._root_type = cast("GraphQLObjectType", schema.get_root_type(operation.operation))
        kept._selects_the_same = not conditions.are_there
        kept._most_selected = MOST_SELECTED * (document.token_count or 0)
        return kept

    def copied(
        self, root_value: Any, context: Any, variables: dict[str, Any] | None, extensions: dict[str, Any] | None
    ) -> "KeptExecutor | list[GraphQLError]":
        """The executor of one request; where its variables are wrong, the errors that say so."""
        definitions = self.operation.variable_definitions
        values = get_variable_values(self.schema, definitions, variables or {}, max_errors=50) if definitions else _NONE
        if isinstance(values, list):
            return values
        # Also ``async_helpers`` is that of the one that is kept, which keeps the request's from holding on to itself:
        # it would otherwise stay, with all that was read for it, until the collector looks for cycles.
        one = object.__new__(type(self))
        one.__dict__.update(self.__dict__)
        one.root_value, one.context_value, one.variable_values = root_value, context, values
        one.operation_extensions = extensions
        one.collected_errors = CollectedErrors()
        one.pending_incremental_futures, one.background_futures = set(), set()
        one.groups, one.tasks, one.streams = [], [], []
        if self._selects_the_same:
            one._root = self._collected()
        else:
            one._relevant_sub_fields = {}
            one._stream_usages = RefMap()
            one._initial_execution_plans, one._deferred_execution_plans = RefMap(), RefMap()
        return one

    def _collected(self) -> CollectedFields | None:
        """What is selected of the root. What is selected below it is kept as far as there is room for it."""
        selections = self._relevant_sub_fields
        if self._weighed != len(selections):
            self._weighed = len(selections)
            selected = sum(len(found.grouped_field_set) for _, found in [*selections.values()])
            self._selects_the_same = selected <= self._most_selected
        if not self._selects_the_same:
            self._relevant_sub_fields, self._root = {}, None
        elif self._root is None:
            self._root = collect_fields(
                self.schema, self.fragments, self.variable_values, self._root_type, self.operation
            )
        return self._root

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Any]:
        """Executes the operation, as the standard way does, which would collect its fields again."""
        if self._root is None:
            return super().execute_operation(serially)
        in_order = self.operation.operation is OperationType.MUTATION if serially is None else serially
        try:
            result = self.execute_root_grouped_field_set(
                self._root_type, self.root_value, self._root.grouped_field_set, in_order, None
            )
        except GraphQLError as error:
            return self._failed(error)
        if optimized_is_awaitable(result):
            return self._awaited_result(cast("Awaitable[dict[str, Any]]", result))
        return ExecutionResult(cast("dict[str, Any]", result), self.collected_errors.errors or None)

    async def _awaited_result(self, result: Awaitable[dict[str, Any]]) -> ExecutionResult:
        try:
            data = await result
        except GraphQLError as error:
            return self._failed(error)
        return ExecutionResult(data, self.collected_errors.errors or None)

    def _failed(self, error: GraphQLError) -> ExecutionResult:
        self.collected_errors.add(error, None)
        return ExecutionResult(None, self.collected_errors.errors)
