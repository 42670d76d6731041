"""Builds the schema."""

import time
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    Undefined,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged as overlapping
from strawberry.exceptions import MissingQueryError
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from graph.context import Context, Info
from graph.cost.pricing import price_of, refusal
from graph.documents import Documents, Prepared
from graph.enum_errors import with_allowed_values
from graph.errors import ERROR_TYPES, ErrorCode, RequestError
from graph.input_size import check_input_size
from graph.introspection import hidden_from_errors, without_hint
from graph.kept_executor import KeptExecutor
from graph.limits import MAX_COMPARISONS, MAX_ERRORS
from graph.masking import mask_internal
from graph.mutation import Mutation
from graph.operation_report import OperationReport
from graph.plain_resolvers import call_directly
from graph.price import Price
from graph.query import Query
from graph.rights import guard
from graph.scalars import SCALARS
from graph.subscription import Subscription
from models.lanes import Load
from models.outages import DeadlinePassed, Overloaded
from resolvers.budgets import BudgetSpentError

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

# The library reads its own constant when it validates; this is how it is meant to be set.
overlapping.MAX_COMPLEXITY_BUDGET = MAX_COMPARISONS


BUSY_POINTS = 50
"""What a request costs at least that keeps the server busy, such as several charts or a large page of calls. Each
project has a share of such requests, and the rest of them waits."""

REFUSED_POINTS = 20
"""What a request costs that is refused for its price: finding out the price takes time, too."""


_NO_EVENTS = (
    "A subscription is answered by events: use a WebSocket with the protocol graphql-transport-ws, or POST with "
    "`Accept: text/event-stream` (docs/subscriptions.md)."
)


@dataclass(slots=True)
class Asked:
    """An operation of a prepared document, and all that it is executed with."""

    prepared: Prepared
    variables: dict[str, Any] | None
    context: Any | None
    root_value: Any | None
    operation_name: str | None
    extensions: dict[str, Any] | None

    @property
    def own_context(self) -> Context | None:
        """The context where the server made it; None where a caller of the schema executes without one."""
        return self.context if isinstance(self.context, Context) else None


class Schema(strawberry.Schema):
    """A schema that keeps internal errors from clients, and documents prepared."""

    @cached_property
    def documents(self) -> Documents:
        """What was parsed and validated before."""
        return Documents(self.validate)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Answers a request, as Strawberry's own does but for the hooks of extensions.

        For a small request those cost more than all the rest.
        """
        if not query:
            raise MissingQueryError
        prepared = await self.documents.prepare(query)
        kind = prepared.operation_type(operation_name)
        if kind is not None and allowed_operation_types is not None and kind not in allowed_operation_types:
            raise InvalidOperationTypeError(kind)
        return await self.execute_prepared(
            prepared, variable_values, context_value, root_value, operation_name, operation_extensions
        )

    async def execute_prepared(
        self,
        prepared: Prepared,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        waiting: AbstractContextManager[None] | None = None,
    ) -> ExecutionResult:
        """Answers a request whose document is prepared; with no data where the document is wrong.

        Args:
            waiting: is entered while the answer is awaited, where it is not there at once.

        Raises:
            BudgetSpentError: the key of the request has too few points left.
        """
        asked = Asked(prepared, variable_values, context_value, root_value, operation_name, operation_extensions)
        report = asked.own_context.report if asked.own_context else None
        started, moment = time.perf_counter(), time.time_ns()
        codes: Mapping[str, int] = {}
        try:
            result = await self._execute(asked, waiting)
            if result.errors:
                codes = Counter(str((error.extensions or {}).get("code", "BAD_REQUEST")) for error in result.errors)
            return result
        except BudgetSpentError:
            codes = {ErrorCode.RATE_LIMITED.value: 1}
            raise
        finally:
            if isinstance(context_value, Context):
                await _settle(context_value)
            if report is not None:
                assert asked.own_context is not None
                kind = prepared.operation_type(operation_name)
                report(
                    OperationReport(
                        kind.value if kind else "invalid",
                        operation_name or prepared.only_name,
                        prepared.text,
                        moment,
                        time.perf_counter() - started,
                        asked.own_context.price.cost if asked.own_context.price else 0,
                        codes,
                        asked.own_context.scope.meter.charts,
                    )
                )

    async def _execute(self, asked: "Asked", waiting: AbstractContextManager[None] | None) -> ExecutionResult:
        refused = await self.refused(asked)
        if refused is not None:
            return refused
        if asked.prepared.operation_type(asked.operation_name) is OperationType.SUBSCRIPTION:
            return self._failed([RequestError(ErrorCode.INVALID_INPUT, _NO_EVENTS)])
        context = asked.own_context
        if context is None or context.price is None:
            return await self._answer(asked, waiting)
        return await self.in_turn(asked, context, context.price, waiting)

    async def refused(self, asked: "Asked") -> ExecutionResult | None:
        """Why an operation is not executed; None where it may be, and then its context has its price."""
        prepared, name, context = asked.prepared, asked.operation_name, asked.own_context
        errors = prepared.request_errors(name)
        if context is not None and not context.scope.rights.can_introspect:
            errors = hidden_from_errors(prepared, errors)
        elif errors:
            errors = self._with_allowed_values(errors)
        if prepared.document is None or errors:
            return self._failed(errors)
        too_much = check_input_size(self._schema, prepared.operation(name), asked.variables)
        if too_much is not None:
            return self._failed([too_much])
        if context is None:
            return None
        price = context.price = price_of(self._schema, prepared, name, asked.variables)
        too_dear = refusal(price, context.scope.meter.max_cost)
        if too_dear is None:
            return None
        if context.spend is not None:
            await context.spend(REFUSED_POINTS)
        return self._failed([too_dear])

    async def in_turn(
        self, asked: "Asked", context: Context, price: Price, waiting: AbstractContextManager[None] | None = None
    ) -> ExecutionResult:
        """Answers what may be executed; what keeps the server busy, when it is its project's turn."""
        if price.cost < BUSY_POINTS:
            return await self._paid(asked, context, price, waiting)
        kind = asked.prepared.operation_type(asked.operation_name)
        load = Load.MUTATIONS if kind is OperationType.MUTATION else Load.QUERIES
        try:
            with waiting or nullcontext():
                async with context.scope.sessions.busy(context.scope.project_id, load):
                    return await self._paid(asked, context, price)
        except (Overloaded, DeadlinePassed) as error:
            return self._failed([GraphQLError(str(error), original_error=error)])

    async def _paid(
        self, asked: "Asked", context: Context, price: Price, waiting: AbstractContextManager[None] | None = None
    ) -> ExecutionResult:
        if context.spend is not None:
            await context.spend(price.cost)
        return await self._answer(asked, waiting)

    async def _answer(self, asked: "Asked", waiting: AbstractContextManager[None] | None) -> ExecutionResult:
        try:
            answer = self._begun(asked)
        except Exception as error:
            answer = _unexecuted(error)
        if isawaitable(answer):
            with waiting or nullcontext():
                answer = await _finished(answer)
        return self.told(asked, answer)

    def told(self, asked: "Asked", answer: ExecutionResult) -> ExecutionResult:
        """An answer with its errors as the client may see them."""
        if answer.errors:
            hides_schema = asked.own_context is not None and not asked.own_context.scope.rights.can_introspect
            answer.errors[:] = (
                map(without_hint, answer.errors) if hides_schema else self._with_allowed_values(answer.errors)
            )
            self.process_errors(answer.errors)
        return ExecutionResult(answer.data, answer.errors)

    def _begun(self, asked: "Asked") -> Any:
        """The answer of the executor, or an awaitable of it."""
        executor = self.executor(asked)
        return executor if isinstance(executor, ExecutionResult) else executor.execute_operation()

    def executor(self, asked: "Asked") -> "KeptExecutor | ExecutionResult":
        """The executor of an operation; where its variables are wrong, the answer that says so."""
        prepared, name = asked.prepared, asked.operation_name
        kept = prepared.executors.get(name)
        if kept is None:
            assert prepared.document is not None
            kept = KeptExecutor.of(self._schema, prepared.document, prepared.operation(name))
            prepared.executors[name] = kept
        executor = kept.copied(asked.root_value, asked.context, asked.variables, asked.extensions)
        return executor if isinstance(executor, KeptExecutor) else ExecutionResult(None, executor)

    def _with_allowed_values(self, errors: Iterable[GraphQLError]) -> tuple[GraphQLError, ...]:
        return tuple(with_allowed_values(self._schema, error) for error in errors)

    def _failed(self, errors: Iterable[GraphQLError]) -> ExecutionResult:
        told = list(errors)
        self.process_errors(told)
        return PreExecutionError(None, told)

    def validate(self, document: DocumentNode) -> list[GraphQLError]:
        """What the schema refuses in a document."""
        return validate(self._schema, document, _RULES, max_errors=MAX_ERRORS)

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

    def call_directly(self) -> None:
        """Takes what Strawberry does with arguments and extensions out of the resolvers of fields that have none."""
        call_directly(self._schema)

    def check_rights(self) -> None:
        """Puts the check of the key's role before every field of the roots."""
        guard(self._schema)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Replaces internal errors in place; the executor calls it for every list of errors that it answers with."""
        mask_internal(errors)


def build_schema() -> Schema:
    """The schema of the API, with the documents it has prepared."""
    built = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=ERROR_TYPES,
        config=StrawberryConfig(scalar_map=SCALARS, info_class=Info),
        execution_context_class=KeptExecutor,
    )
    built.forget_null_defaults()
    built.call_directly()
    built.check_rights()
    return built


async def _settle(context: Context) -> None:
    """Takes from the budget what a request turned out to cost beyond its price, such as the charts of a dashboard that
    has more widgets than usual."""
    if context.settle is not None and context.price is not None:
        surplus = context.scope.meter.surplus(context.price.charts)
        if surplus > 0:
            await context.settle(surplus)


async def _finished(answer: Awaitable[ExecutionResult]) -> ExecutionResult:
    try:
        return await answer
    except Exception as error:
        return _unexecuted(error)


def _unexecuted(error: Exception) -> ExecutionResult:
    told = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
    return ExecutionResult(None, [told])


schema = build_schema()
"""The schema of this process."""


def print_sdl() -> str:
    """The schema in the language of schemas, as ``schema.graphql`` has it."""
    return print_schema(schema).rstrip() + "\n"
