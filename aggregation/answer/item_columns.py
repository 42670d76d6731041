"""Sequences that are kept as columns: who reads thousands of items mostly reads a few fields of all of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast, overload

Item = TypeVar("Item")
Other = TypeVar("Other")
Column = Callable[[], Sequence[Any]]
"""What makes a column when it is asked for: as many values as there are items."""


class Columns(Sequence[Item], Generic[Item]):
    """Items by column; the items themselves are made when one is looked at.

    Args:
        length: how many items.
        columns: what makes a column, by the name of the attribute that it holds.
        items: makes all items. Their attributes are the columns of the same names.
    """

    __slots__ = ("_columns", "_items", "_length", "_made")

    def __init__(self, length: int, columns: Mapping[str, Column], items: Callable[[], Sequence[Item]]) -> None:
        self._length = length
        self._columns = columns
        self._items = items
        self._made: Sequence[Item] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes that are columns."""
        return tuple(self._columns)

    def column(self, name: str) -> Sequence[Any]:
        """One attribute of all items, in order."""
        make = self._columns.get(name)
        return [getattr(item, name) for item in self] if make is None else make()

    def seen_as(self, convert: Callable[[Item], Other], columns: Mapping[str, Column]) -> "Columns[Other]":
        """The same items as another class has them: ``columns`` says what differs, the rest has the same names."""
        return Columns(self._length, {**self._columns, **columns}, lambda: [convert(item) for item in self])

    def with_column(self, kind: Callable[..., Item], name: str, make: Column) -> "Columns[Item]":
        """The same items with one column put in the place of another."""
        return in_columns(kind, self._length, {**self._columns, name: make})

    def ordered_by(self, *names: str) -> "Columns[Item]":
        """The items in the order of these columns; those that are equal in them stay as they are."""
        keys = list(zip(*(self.column(name) for name in names), strict=True))
        order = sorted(range(self._length), key=keys.__getitem__)

        def ordered(make: Callable[[], Sequence[Any]]) -> Column:
            return lambda: list(map(make().__getitem__, order))

        columns = {name: ordered(make) for name, make in self._columns.items()}
        return Columns(self._length, columns, lambda: [self[at] for at in order])

    def _all(self) -> Sequence[Item]:
        if self._made is None:
            self._made = self._items()
        return self._made

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        return iter(self._all())

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and [*self] == [*cast("Columns[Any]", other)]

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Columns({[*self]!r})"


def in_columns(kind: Callable[..., Item], length: int, columns: Mapping[str, Column]) -> Columns[Item]:
    """Items of a class whose keywords are the columns."""

    def items() -> list[Item]:
        names = tuple(columns)
        rows = zip(*(make() for make in columns.values()), strict=True)
        return [kind(**dict(zip(names, row, strict=True))) for row in rows]

    return Columns(length, columns, items)


def chained(parts: Sequence[Columns[Item]]) -> Columns[Item]:
    """The items of all parts, which have the same columns."""
    if len(parts) == 1:
        return parts[0]

    def column(name: str) -> Column:
        def make() -> Sequence[Any]:
            found = [part.column(name) for part in parts]
            nested = [one for one in found if isinstance(one, Columns)]
            return chained(nested) if len(nested) == len(found) else [value for one in found for value in one]

        return make

    names = parts[0].names if parts else ()
    return Columns(
        sum(map(len, parts)), {name: column(name) for name in names}, lambda: [item for part in parts for item in part]
    )


def constant(value: object, length: int) -> Column:
    """A column of one value."""
    return lambda: [value] * length


def column_of(values: Sequence[Any]) -> Column:
    """A column that is there already."""
    return lambda: values
