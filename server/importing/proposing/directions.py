"""The numbers of customers where calls go in and out: the caller of those that came in, and else who was called."""

from server.importing.proposing.columns import Column
from server.importing.proposing.draft import Draft
from server.importing.proposing.names import words_of

_FROM = frozenset({"from", "caller", "calling", "ani", "cli", "source", "src"})
_TO = frozenset({"to", "callee", "called", "dnis", "destination", "dst", "dialed", "dialled"})
_IN, _OUT = ("in", "ein", "entr", "receb"), ("out", "aus", "sort", "salien", "sa\u00edd", "realiz")
"""What texts for calls that come in, or go out, begin with."""


def number_by_direction(draft: Draft, phone: Column) -> dict[str, object] | None:
    """The source of customers' numbers where a column has those of callers, another those that were called, and a third
    one tells which way calls went; None where that is not so."""
    called = next((one for one in draft.free.columns if one.is_phone and _is_of(one, _TO)), None)
    direction = next(filter(_has_directions, draft.free.columns), None)
    if called is None or direction is None or not _is_of(phone, _FROM):
        return None
    draft.free.use(called)
    inbound = sorted({text for text in direction.counts if text.casefold().startswith(_IN)})
    when = {"column": direction.name, "equals": inbound}
    return {"first_of": [{"column": phone.name, "when": when}, called.name], **draft.null(phone, called)}


def _is_of(column: Column, words: frozenset[str]) -> bool:
    return not words.isdisjoint(words_of(column.label))


def _has_directions(column: Column) -> bool:
    texts = [text.casefold() for text in column.counts]
    has_both = any(text.startswith(_IN) for text in texts) and any(text.startswith(_OUT) for text in texts)
    return has_both and all(text.startswith((*_IN, *_OUT)) for text in texts)
