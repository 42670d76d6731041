"""Agents and durations that no name tells of, where another column may have them: that is said as a guess."""

import re

from server.importing.proposing.columns import Column
from server.importing.proposing.draft import Draft
from server.importing.proposing.names import is_identifier, is_rating, is_sentiment, words_of
from server.importing.proposing.senses import (
    has_phone_name,
    has_zone_name,
    is_amount,
    is_part,
    is_start_or_end,
    unit_in,
)

_NAME = re.compile(r"[^\W\d_][^\W\d_.'’-]*(?:[ .'’-]+[^\W\d_]+){0,3}\.?")
_NO_AGENTS = frozenset({
    "channel", "direction", "type", "kind", "language", "locale", "country", "region", "city", "state", "location",
    "site", "queue",
    "campaign", "status", "department", "team", "group", "skill", "product", "plan", "priority", "source",
    "medium", "line", "currency", "category", "topic", "reason", "result", "outcome", "company", "organization",
    "organisation", "org", "account", "day", "weekday", "month", "tag", "tags", "version", "model", "provider", "note",
    "notes", "comment", "intent", "level", "segment", "tier", "shift", "industry", "answered", "resolved",
})  # fmt: skip
"""Words of columns whose texts are known to be no names of agents."""
_NO_DURATIONS = frozenset({
    "cost", "costs", "price", "fee", "charge", "amount", "revenue", "value", "tokens", "words", "turns", "count",
    "attempts", "attempt", "age", "year", "month", "day", "week", "hour", "latency", "speed", "confidence",
    "probability", "version",
    "priority", "level", "temperature", "percent", "number", "no", "row", "index", "interruptions",
    "transfers", "retries", "messages", "errors", "balance", "budget", "quality",
})  # fmt: skip
"""Words of columns whose numbers are known to be no durations."""


def agents_by_content(draft: Draft) -> list[Column]:
    """Columns without a use that may have the agents: a few names, again and again."""
    return [column for column in draft.free.columns if _has_names(draft, column)]


def durations_by_content(draft: Draft) -> list[Column]:
    """Columns without a use that may have the durations: numbers of which no name tells what they are, or clocks."""
    return [column for column in draft.free.columns if _has_lengths(draft, column)]


def _has_names(draft: Draft, column: Column) -> bool:
    is_known = not _NO_AGENTS.isdisjoint(words_of(column.label)) or has_phone_name(column.label)
    if is_known or column.is_nested or column.name in draft.times or column.is_boolean or is_amount(column.label):
        return False
    return (
        column.is_short_text
        and len(column.counts) < len(column.texts)
        and all(_NAME.fullmatch(text) and not text[0].islower() and len(text) > 1 for text in column.counts)
    )


def _has_lengths(draft: Draft, column: Column) -> bool:
    name = column.label
    if (
        column.name in draft.times
        or column.is_boolean
        or column.is_nested
        or is_part(name)
        or is_identifier(name)
        or has_phone_name(name)
        or has_zone_name(name)
        or is_rating(name)
        or is_sentiment(name)
        or is_amount(name)
        or is_start_or_end(name)
        or not _NO_DURATIONS.isdisjoint(words_of(name))
    ):
        return False
    if column.duration_unit is not None:
        return True
    numbers = column.numbers(draft.form)
    has_unit = column.unit is None or unit_in("", column.unit) is not None
    is_signed = any(text[0] in "+-" for text in column.counts)
    return numbers is not None and has_unit and not is_signed and len(column.counts) > 1 and max(numbers) > 1
