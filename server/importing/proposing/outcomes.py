"""What calls were about, how they ended, and whose they were."""

from functools import partial

from server.importing.proposing.absent import agents_by_content
from server.importing.proposing.columns import Column
from server.importing.proposing.directions import number_by_direction
from server.importing.proposing.draft import Draft
from server.importing.proposing.name_parts import is_first_name, other_name
from server.importing.proposing.names import EXACT
from server.importing.proposing.senses import is_agent_code, is_amount, is_negated
from server.importing.proposing.toml_text import toml_string
from server.importing.values.cells import CellRefused, text_of
from server.importing.values.numbers import NumberForm
from server.importing.values.texts import to_boolean

_YES = frozenset({"resolved", "success", "successful", "succeeded", "passed", "pass", "completed", "won", "ok", "good"})
_NO = frozenset({
    "unresolved", "not resolved", "failure", "failed", "fail", "unsuccessful", "lost", "open", "pending", "bad",
})  # fmt: skip


def end(draft: Draft) -> None:
    success = draft.free.take("success", lambda one: _successes(one) is not None and not is_negated(one.label))
    if success is not None:
        draft.call["success"] = draft.source(success, _with_values(_successes(success)))
    else:
        _note_success(draft)
    reason = draft.free.take("call_ended_reason", is_category)
    if reason is not None:
        draft.call["call_ended_reason"] = draft.source(reason)
    answered = draft.free.best("answered", _is_plain_boolean)
    if answered is not None and ("success" not in draft.call or "call_ended_reason" not in draft.call):
        draft.free.use(answered)
        if "success" not in draft.call:
            draft.call["success"] = draft.source(answered)
            draft.notes.append(f"success says whether a call was answered ({answered.name}).")
        else:
            draft.call["call_ended_reason"] = draft.source(answered, {"values": _answers(answered)})
    reviewed = draft.free.take("is_reviewed", _is_plain_boolean)
    if reviewed is not None:
        draft.call["is_reviewed"] = draft.source(reviewed)


def _note_success(draft: Draft) -> None:
    """Notes a column that is named for the success of calls, and says more than yes and no."""
    odd = draft.free.best("success", lambda one: one.name not in draft.times and not one.is_nested)
    if odd is None or odd.likeness("success") < EXACT or is_negated(odd.label):
        return
    text = next((text for text in odd.counts if text.casefold() not in _YES | _NO and not _is_yes_or_no(text)), None)
    if text is not None:
        draft.guess(
            f"{odd.name} was not read as the success of calls, because of {text!r} in it; set success = {{ column = "
            f'{toml_string(odd.name)}, values = {{ ... }} }} with true, false or "" for each of its texts if it has it.'
        )


def _is_yes_or_no(text: str) -> bool:
    try:
        to_boolean(text)
    except CellRefused:
        return False
    return True


def describe(draft: Draft) -> None:
    phone = draft.free.take("customer_number", lambda one: one.is_phone)
    if phone is not None:
        draft.call["customer_number"] = number_by_direction(draft, phone) or draft.source(phone)
    for key in ("topic", "dropoff_point"):
        if (column := draft.free.take(key, is_category)) is not None:
            draft.call[key] = draft.source(column)


def staff(draft: Draft) -> None:
    column = draft.free.take("agent", partial(_is_agent, draft))
    if column is None:
        draft.call["agent"] = {"constant": "(none)"}
        note = "No column has the agent: all calls have the agent (none)."
        if found := agents_by_content(draft):
            names = " or ".join(one.name for one in found[:3])
            draft.guess(
                f"No column has the name of one for agents: all calls have the agent (none); set agent = "
                f'"{found[0].name}" if {names} has them.'
            )
        else:
            draft.notes.append(note)
        return
    other = other_name(column, draft.free.columns)
    if other is None:
        draft.call["agent"] = draft.source(column)
    else:
        draft.free.use(other)
        names = [one.name for one in sorted((column, other), key=is_first_name, reverse=True)]
        draft.call["agent"] = {"columns": names, **draft.null(column, other)}
    if (missing := len(column.raws) - len(column.values)) > 0:
        draft.notes.append(f"{missing} of the first {len(column.raws)} calls have no agent; they get the agent (none).")


def _is_agent(draft: Draft, column: Column) -> bool:
    if column.is_nested or column.name in draft.times or is_amount(column.label):
        return False
    is_number = column.numbers(NumberForm()) is not None or column.numbers(draft.form) is not None
    return is_agent_code(column.label) or not (is_number or column.is_boolean or column.duration_unit)


def _is_plain_boolean(column: Column) -> bool:
    return column.is_boolean and not is_negated(column.label)


def is_category(column: Column) -> bool:
    """Whether a column has texts that charts can group by."""
    return column.is_short_text and not column.is_nested and column.numbers(NumberForm()) is None


def _successes(column: Column) -> dict[str, bool] | None:
    """What a column's texts say of the success of calls: empty where they are booleans; None where that is not told."""
    if column.is_boolean:
        return {}
    texts = {text.casefold() for text in column.counts}
    if texts and texts <= _YES | _NO and len(texts) <= 6:
        return {text: text.casefold() in _YES for text in sorted(column.counts)}
    return None


def _with_values(values: dict[str, bool] | None) -> dict[str, object]:
    return {"values": values} if values else {}


def _answers(column: Column) -> dict[str, str]:
    yes = frozenset({"y", "yes", "true", "t", "1", "on"})
    return {
        text: "answered" if text.casefold() in yes else "not_answered" for text in sorted(map(text_of, column.counts))
    }
