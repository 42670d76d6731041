"""Completes lists of plain objects a column at a time, which is what thousands of points and buckets need.

The standard way resolves every field of every item by itself. Here a list whose selected fields all just read
attributes, or call methods that need nothing else, or have values that can be read together, is read field by field,
and each column is turned into its JSON form at once; so are the objects and lists inside of it. A list that is kept as
columns is not even made into objects.
Whatever is not that plain, and whatever goes wrong on the way, is left to the standard way, which then says so as it
always does.

Neither way holds the event loop for long: many objects are completed by columns in a thread, and the standard way lets
the loop go on after each ``STEP``.
"""

import asyncio
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, islice
from operator import attrgetter
from typing import Any, TypeGuard, TypeVar, cast
from weakref import WeakKeyDictionary

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import AwaitableOrValue, Path, gather_with_cancel
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from aggregation.answer.item_columns import Columns
from graph.context import Context
from graph.leaf_columns import NotPlainError, completed
from graph.read_together import ReadFirstError, ReadTogether, Ready, read_together_of
from graph.rows import rows_of
from models.pace import STEP, Starts, gathered_in_steps, pace

Item = TypeVar("Item")
TYPENAME = "__typename"

Read = Callable[[Any], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class _Together:
    """How to read a field of all rows that has to be awaited."""

    read: ReadTogether


Selected = tuple[str, Read | _Together, Any, FieldDetailsList]
"""A selected field: its name in the answer, how to read it of all rows, its type, and where it is selected."""


AT_ONCE = 300
"""Objects, those inside of others among them, that are completed on the event loop; more are in a thread."""

FEW = 16
"""Objects that are completed on the event loop although others have held it for a step already."""

_is_inside = ContextVar("is_inside", default=False)
"""Whether what runs belongs to an item of a long list."""

_threads = ThreadPoolExecutor(2, thread_name_prefix="large-lists")


_steps = WeakKeyDictionary[asyncio.AbstractEventLoop, float]()


def _end_of_step() -> float:
    """Until when the event loop may be held, of ``time.thread_time()``: all requests share a step that are worked on in
    one of its rounds."""
    loop = asyncio.get_running_loop()
    end = _steps.get(loop)
    if end is None:
        end = _steps[loop] = time.thread_time() + STEP
        loop.call_soon(_steps.pop, loop)
    return end


class _TooManyError(Exception):
    """A list of more objects than are completed at once."""


class _Work:
    """What completing a list may take, in objects, and what was read for it.

    Args:
        most: how many objects; None for no bound.
    """

    def __init__(self, most: int | None, ready: Ready) -> None:
        self.ready = ready
        self._left = most

    def take(self, count: int) -> None:
        """Raises ``_TooManyError`` beyond the bound."""
        if self._left is not None:
            self._left -= count
            if self._left < 0:
                raise _TooManyError


def as_list(columns: Columns[Item]) -> list[Item]:
    """Columns where the schema says a list, which they are to whoever only reads them."""
    return cast("list[Item]", columns)


def _is_sequence(items: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(items, list | tuple | Columns)


@dataclass(frozen=True, slots=True)
class _Item:
    """What is the same for every item of a list."""

    kind: Any
    details: FieldDetailsList
    info: Any
    context: Any


class ColumnExecutor(StrawberryGraphQLCoreExecutionContext):
    """The executor of the schema: standard but for lists of plain objects, and for pauses."""

    @cached_property
    def _one_at_a_time(self) -> asyncio.Lock:
        return asyncio.Lock()

    @cached_property
    def _starts(self) -> Starts:
        """What the request is about to start. Most requests have no long lists, and then need no loaders for it."""
        context: object = self.context_value
        return context.scope.loaders.starts if isinstance(context, Context) else Starts()

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: Any,
        path: Path,
        result: AsyncIterable[Any] | Iterable[Any],
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        item_type, _ = _unwrapped(return_type.of_type)
        is_plain = isinstance(item_type, GraphQLObjectType) and position_context is None
        if is_plain and _is_sequence(result) and len(result) and not self._has_middleware():
            try:
                return self._objects(item_type, field_details_list, path, result, _at_once(Ready()))
            except _TooManyError:
                return self._beside(return_type, field_details_list, info, path, result)
            except ReadFirstError as first:
                return self._beside(return_type, field_details_list, info, path, result, first.columns)
            except NotPlainError:
                pass
        return self._standard(return_type, field_details_list, info, path, result, position_context)

    def _standard(
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: Any,
        path: Path,
        result: AsyncIterable[Any] | Iterable[Any],
        position_context: Any = None,
    ) -> AwaitableOrValue[list[Any]]:
        rows = [*result] if isinstance(result, Columns) else result
        standard: Any = super()
        return standard.complete_list_value(return_type, field_details_list, info, path, rows, position_context)

    async def _beside(
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: Any,
        path: Path,
        rows: Sequence[Any],
        missing: Mapping[ReadTogether, Sequence[Any]] | None = None,
    ) -> list[Any]:
        """The answers for many objects, made in a thread, which lets the loop go on every few milliseconds, and for
        those that something has to be read for."""
        item_type, _ = _unwrapped(return_type.of_type)
        ready = Ready()
        try:
            while missing is None or await self._is_read(missing, ready):
                try:
                    return await _made(partial(self._objects, item_type, field_details_list, path, rows), ready)
                except ReadFirstError as more:
                    # Not the error itself: it would hold on to this frame, and with it all that was read.
                    missing = more.columns
        except NotPlainError:
            pass
        done = self._standard(return_type, field_details_list, info, path, rows)
        return done if isinstance(done, list) else await done

    async def _is_read(self, missing: Mapping[ReadTogether, Sequence[Any]], ready: Ready) -> bool:
        try:
            return await ready.read(missing, self.context_value)
        except Exception:
            return False  # The standard way fails as well, and says where.

    def complete_iterable_value(
        self,
        item_type: Any,
        field_details_list: FieldDetailsList,
        info: Any,
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        """Completes a list item by item, as the standard way does, with pauses for the event loop."""
        if not isinstance(items, list | tuple) or self.get_stream_usage(field_details_list, path):
            standard: Any = super()
            return standard.complete_iterable_value(item_type, field_details_list, info, path, items, position_context)
        one = _Item(item_type, field_details_list, info, position_context)
        done: list[Any] = []
        waiting: list[int] = []
        until = _end_of_step()
        try:
            for index, item in enumerate(cast("Sequence[Any]", items)):
                if time.thread_time() > until:
                    return self._with_pauses(one, path, cast("Sequence[Any]", items), done, waiting)
                self._complete_item(one, path.add_key(index, None), item, done, waiting)
        except Exception:
            self.settle_in_background([done[index] for index in waiting])
            raise
        return self._awaited(done, waiting) if waiting else done

    async def _with_pauses(
        self, one: "_Item", path: Path, items: Sequence[Any], done: list[Any], waiting: list[int]
    ) -> list[Any]:
        """The rest of a list, in steps between which the loop goes on.

        Of long lists, one at a time of those that are not inside of each other: what waits for their items in the
        meantime is looked through for garbage again and again.
        """
        if len(items) - len(done) <= FEW or _is_inside.get():
            return await self._in_steps(one, path, items, done, waiting)
        is_inside = _is_inside.set(True)
        try:
            async with self._one_at_a_time:
                return await self._in_steps(one, path, items, done, waiting)
        finally:
            _is_inside.reset(is_inside)

    async def _in_steps(
        self, one: "_Item", path: Path, items: Sequence[Any], done: list[Any], waiting: list[int]
    ) -> list[Any]:
        try:
            with self._starts:
                while len(done) < len(items):
                    async with pace().step():
                        until = time.thread_time() + STEP
                        while len(done) < len(items) and time.thread_time() < until:
                            self._complete_item(one, path.add_key(len(done), None), items[len(done)], done, waiting)
        except BaseException:
            self.settle_in_background([done[index] for index in waiting])
            raise
        return await self._awaited(done, waiting) if waiting else done

    def _complete_item(self, one: "_Item", path: Path, item: Any, done: list[Any], waiting: list[int]) -> None:
        """Adds an item to what is done, and its number to what must be awaited."""
        standard = cast(Any, self)
        if standard.is_awaitable(item):
            done.append(
                standard.complete_awaitable_list_item_value(item, one.kind, one.details, one.info, path, one.context)
            )
        elif not standard.complete_list_item_value(item, done, one.kind, one.details, one.info, path, one.context):
            return
        waiting.append(len(done) - 1)

    async def _awaited(self, done: list[Any], waiting: list[int]) -> list[Any]:
        awaitables = cast("list[Awaitable[Any]]", [done[index] for index in waiting])
        if len(waiting) <= FEW:
            answers = await gather_with_cancel(*awaitables)
        else:
            answers = await gathered_in_steps(awaitables, self._starts)
        for index, answer in zip(waiting, answers, strict=True):
            done[index] = answer
        return done

    def _has_middleware(self) -> bool:
        return self.middleware_manager is not None and bool(self.middleware_manager.middlewares)

    def _objects(
        self,
        item_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        path: Path,
        rows: Sequence[Any],
        work: _Work,
    ) -> list[dict[str, Any]]:
        """The answers for objects of one type.

        Raises:
            NotPlainError: only the standard way can make them.
            ReadFirstError: something has to be read for them.
            _TooManyError: there are more than there is room for.
        """
        work.take(len(rows))
        if self.get_stream_usage(field_details_list, path) or not _are_of(item_type, rows):
            raise NotPlainError
        selected = self._selected(item_type, field_details_list)
        read = _read_of(selected, rows, work.ready)
        columns = [
            self._completed(kind, details, path, values, work)
            for (_, _, kind, details), values in zip(selected, read, strict=True)
        ]
        names = [name for name, *_ in selected]
        return rows_of(names, columns)

    def _selected(self, item_type: GraphQLObjectType, field_details_list: FieldDetailsList) -> list[Selected]:
        grouped, defer_usages, forbidden = self.collect_subfields(item_type, field_details_list)
        if defer_usages or forbidden or not grouped:
            raise NotPlainError
        return [_select(item_type, name, details) for name, details in grouped.items()]

    def _completed(
        self, kind: Any, field_details_list: FieldDetailsList, path: Path, values: Sequence[Any], work: _Work
    ) -> Sequence[Any]:
        """A column in its JSON form: of scalars and enums, of objects, or of lists."""
        inner, is_required = _unwrapped(kind)
        if is_leaf_type(inner):
            return completed(values, inner, is_required)
        present = values if isinstance(values, Columns) else [value for value in values if value is not None]
        if is_required and len(present) != len(values):
            raise NotPlainError
        done: Sequence[Any] = []
        if isinstance(inner, GraphQLObjectType):
            done = self._objects(inner, field_details_list, path, present, work) if present else []
        elif isinstance(inner, GraphQLList):
            item_type, _ = _unwrapped(cast(Any, inner).of_type)
            if not isinstance(item_type, GraphQLObjectType) or not all(map(_is_sequence, present)):
                raise NotPlainError
            done = self._lists(item_type, field_details_list, path, present, work)
        else:
            raise NotPlainError
        if len(done) == len(values):
            return done
        in_order = iter(done)
        return [None if value is None else next(in_order) for value in values]

    def _lists(
        self,
        item_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        path: Path,
        lists: Sequence[Sequence[Any]],
        work: _Work,
    ) -> list[list[dict[str, Any]]]:
        """The answers for lists of objects of one type: all of them as one list, but for those kept as columns."""
        if any(isinstance(one, Columns) for one in lists):
            return [self._objects(item_type, field_details_list, path, one, work) if one else [] for one in lists]
        rows = [*chain.from_iterable(lists)]
        done = iter(self._objects(item_type, field_details_list, path, rows, work) if rows else ())
        return [[*islice(done, len(one))] for one in lists]


def _are_of(item_type: GraphQLObjectType, rows: Sequence[Any]) -> bool:
    """Whether objects are all of one class, and that is the one of the type where the type wants to know."""
    if isinstance(rows, Columns):
        return True  # They have no objects yet; those are of one class, which the field's own type names.
    kinds = set[Any](map(type, rows))
    if item_type.is_type_of is None:
        return len(kinds) == 1
    definition: Any = item_type.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return definition is not None and kinds == {definition.origin}


def _at_once(ready: Ready) -> _Work:
    """What may be completed on the event loop now."""
    return _Work(AT_ONCE if time.thread_time() < _end_of_step() else FEW, ready)


async def _made(objects: Callable[[_Work], list[Any]], ready: Ready) -> list[Any]:
    """The answers for objects, made in a thread where there are many."""
    try:
        return objects(_at_once(ready))
    except _TooManyError:
        return await asyncio.get_running_loop().run_in_executor(_threads, objects, _Work(None, ready))


def _read_of(selected: Sequence[Selected], rows: Sequence[Any], ready: Ready) -> list[Sequence[Any]]:
    """The columns of selected fields.

    Raises:
        NotPlainError: one cannot be read.
        ReadFirstError: some have to be read first: all of them, before any other one is looked at.
    """
    together = {read.read: ready.column(read.read, rows) for _, read, _, _ in selected if isinstance(read, _Together)}
    if isinstance(rows, Columns) and together:
        raise NotPlainError
    missing = {read: rows for read, column in together.items() if column is None}
    if missing:
        raise ReadFirstError(missing)
    return [(together[read.read] or ()) if isinstance(read, _Together) else read(rows) for _, read, _, _ in selected]


def _unwrapped(kind: Any) -> tuple[Any, bool]:
    """A type without its exclamation mark, and whether it had one."""
    return (cast(Any, kind).of_type, True) if isinstance(kind, GraphQLNonNull) else (kind, False)


def _select(item_type: GraphQLObjectType, name: str, details: FieldDetailsList) -> Selected:
    node = details[0].node
    if node.name.value == TYPENAME:
        return name, lambda rows: [item_type.name] * len(rows), GraphQLNonNull(GraphQLString), details
    field = item_type.fields.get(node.name.value)
    plain = field and field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if field is None or not isinstance(plain, StrawberryField) or field.args or node.arguments or plain.extensions:
        raise NotPlainError
    resolver: Any = cast(Any, plain).base_resolver
    if resolver is not None:
        read = read_together_of(plain)
        return name, _Together(read) if read else _method(resolver), field.type, details
    if plain.default_resolver is not getattr:
        raise NotPlainError
    return name, partial(_attribute, plain.python_name), field.type, details


def _attribute(name: str, rows: Sequence[Any]) -> Sequence[Any]:
    try:
        return rows.column(name) if isinstance(rows, Columns) else list(map(attrgetter(name), rows))
    except Exception as error:
        raise NotPlainError from error


def _method(resolver: Any) -> Read:
    """How to read a field that a method without arguments answers."""
    if resolver.is_async or list(resolver.signature.parameters) != ["self"]:
        raise NotPlainError
    answer = cast("Callable[[Any], Any]", resolver.wrapped_func)

    def read(rows: Sequence[Any]) -> list[Any]:
        try:
            return list(map(answer, rows))
        except Exception as error:
            raise NotPlainError from error

    return read
