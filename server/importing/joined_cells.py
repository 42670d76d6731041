"""Several cells of a row as one text."""

from collections.abc import Sequence
from typing import Any, assert_never

from server.importing.paths import Get
from server.importing.places import Places
from server.importing.targets import Blank, Joined
from server.importing.values.cells import CellError, is_empty, text_of


def joined_cells(source: Joined, null: frozenset[str], places: Places[Any]) -> Get:
    gets = [_without_errors(places.locate(cell), null, cell.name) for cell in source.cells]
    joiner = source.joiner

    def kept(row: Any) -> str | None:
        texts = ["" if is_empty(raw := get(row), null) else text_of(raw) for get in gets]
        return told_apart(texts, joiner) if any(texts) else None

    def left_out(row: Any) -> str | None:
        texts = [text_of(raw) for get in gets if not is_empty(raw := get(row), null)]
        return joiner.join(texts) if texts else None

    def complete(row: Any) -> str | None:
        raws = [get(row) for get in gets]
        return None if any(is_empty(raw, null) for raw in raws) else joiner.join(map(text_of, raws))

    match source.blank:
        case Blank.KEPT:
            return kept
        case Blank.LEFT_OUT:
            return left_out
        case Blank.NO_VALUE:
            return complete
        case _:
            assert_never(source.blank)


def _without_errors(get: Get, null: frozenset[str], name: str) -> Get:
    def read(row: Any) -> object:
        raw = get(row)
        if type(raw) is CellError and not is_empty(raw, null):
            refused = raw.refusal()
            refused.cells = (name,)
            raise refused
        return raw

    return read


def told_apart(texts: Sequence[str], joiner: str) -> str:
    """Texts as one, in such a way that others never become the same. Those in which the joiner stands, in part at
    least, or a backslash, have a backslash in front of it."""
    plain = joiner.join(texts)
    if "\\" not in plain and plain.split(joiner) == texts:
        return plain
    first = joiner[0]
    return joiner.join(text.replace("\\", r"\\").replace(first, f"\\{first}") for text in texts)
