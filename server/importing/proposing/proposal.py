"""What a file's columns probably mean, as a mapping."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from server.importing.proposing.columns import Column
from server.importing.proposing.draft import Draft
from server.importing.proposing.lengths import measure
from server.importing.proposing.nulls import kept_words
from server.importing.proposing.others import transcript_of, use
from server.importing.proposing.outcomes import describe, end, staff
from server.importing.proposing.starts import begin, identify
from server.importing.proposing.toml_text import toml_text

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""Characters that a comment in TOML may not have."""


@dataclass(frozen=True)
class Proposal:
    """A proposed mapping.

    Attributes:
        content: of the mapping file.
        notes: what was taken for granted and should be looked at.
        unused: columns that have no use, each with the reason.
        questions: what has to be written into the mapping before it can be used.
        guesses: those of the notes that nothing in the file speaks for: were they wrong, so would be the values.
    """

    content: dict[str, object]
    notes: tuple[str, ...]
    unused: tuple[tuple[str, str], ...]
    questions: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """The mapping file, for the calls of a file of that name."""
        comments = [
            f"# A proposed mapping for {name}. docs/importing.md explains every key.",
            *(f"# To be done: {question}" for question in self.questions),
            *(f"# {note}" for note in self.notes),
            *(f"# Not used: {column}: {reason}" for column, reason in self.unused),
        ]
        head = "\n".join(_CONTROL.sub(" ", comment) for comment in comments)
        return f"{head}\n\n{toml_text(self.content)}"


def propose(
    columns: Sequence[Column],
    *,
    is_table: bool,
    time_zone: str | None = None,
    skip: Sequence[dict[str, object]] = (),
) -> Proposal | None:
    """Proposes a mapping; None where no column has a time, so that nothing could be a call.

    Args:
        columns: of a table, or what is at the paths of documents.
        time_zone: of local times.
        skip: conditions of rows that are no calls.
    """
    draft = Draft(columns, time_zone, is_table=is_table)
    start = begin(draft)
    if start is None:
        return None
    identify(draft)
    end(draft)
    describe(draft)
    staff(draft)
    measure(draft, start)
    transcript = transcript_of(draft) if not is_table else None
    for column in [*draft.free.columns]:
        use(draft, column)
    _note_words(draft)
    content: dict[str, object] = {**_settings(draft, skip), "call": _in_order(draft)}
    for part, values in (("metadata", draft.metadata), ("metrics", draft.metrics), ("transcript", transcript)):
        if values:
            content[part] = values
    return Proposal(content, tuple(draft.notes), tuple(draft.free.unused), tuple(draft.questions), tuple(draft.guesses))


def _settings(draft: Draft, skip: Sequence[dict[str, object]]) -> dict[str, object]:
    settings: dict[str, object] = {"null": draft.nulls} if draft.nulls else {}
    if draft.form.decimal:
        settings["decimal"] = draft.form.decimal
    if draft.form.thousands:
        settings["thousands"] = draft.form.thousands
    if skip:
        settings["skip"] = [*skip]
    return settings


def _in_order(draft: Draft) -> dict[str, object]:
    order = (
        "call_id", "agent", "timestamp", "duration", "success", "is_reviewed", "customer_number",
        "call_ended_reason", "dropoff_point", "topic",
    )  # fmt: skip
    return {key: draft.call[key] for key in order if key in draft.call}


def _note_words(draft: Draft) -> None:
    """Notes texts that were taken for texts, and may mean no value, and those that were taken for none."""
    for column in draft.columns:
        if words := [stray for stray in column.strays if len(stray) > 2]:
            draft.notes.append(f"{column.name}: {', '.join(words)} was read as no value.")
        for word in kept_words(column):
            draft.notes.append(f'{column.name}: {word} is a text; if it means no value, add null = ["{word}"] there.')
