"""What the names of columns say beyond the meaning that they fit: of which part of a call they tell, or of whom."""

from collections.abc import Sequence

from server.importing.proposing.names import EXACT, likeness, words_of

_END = frozenset({
    "end", "ended", "ends", "ending", "finish", "finished", "completed", "completion", "disconnect", "disconnected",
    "hangup", "closed", "stop", "stopped", "terminated", "ende", "endzeit", "anrufende", "fin", "fim", "término",
    "结束时间",
})  # fmt: skip
_START = frozenset({
    "start", "started", "starts", "begin", "began", "begun", "initiation", "initiated", "beginn", "anfang", "startzeit",
    "anrufbeginn", "début", "inicio", "início", "开始时间",
})  # fmt: skip
_PART = frozenset({
    "hold", "held", "wait", "waiting", "waited", "queue", "queued", "ring", "ringing", "wrap", "wrapup", "acw",
    "answer", "asa", "mute", "muted", "pause", "paused", "idle", "abandon", "delay", "response", "latency", "silence",
    "dial", "dialing", "dialling", "ivr", "after", "message", "transcript", "text",
})  # fmt: skip
_WRAPPERS = frozenset({"answer", "response", "after", "message", "transcript", "text"})
"""Words of these that, as the key of an object, do not say that its durations are those of a part."""
_WHOLE = frozenset({
    "duration", "length", "time", "call", "calls", "conversation", "total", "overall", "talk", "avg", "average",
    "handle", "billsec", "billable", "billed", "dur", "aht", "of", "the", "in", "s", "sec", "secs", "second", "seconds",
    "ms", "msec", "millis", "milliseconds", "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours",
})  # fmt: skip
_NEGATIONS = frozenset({
    "not", "un", "non", "no", "failed", "never", "nicht", "kein", "keine", "ohne", "pas", "sans", "sin", "sem",
    "não", "nao",
})  # fmt: skip
_AMOUNTS = frozenset({
    "rating", "ratings", "score", "scores", "scored", "count", "counts", "satisfaction", "csat", "nps", "stars", "rate",
    "percent", "percentage", "ratio", "total", "sum", "avg", "average", "cost", "price", "amount", "duration", "length",
    "sentiment", "mood", "emotion", "feedback", "comment", "comments",
})  # fmt: skip
_AGENTS = frozenset({
    "agent", "assistant", "bot", "operator", "advisor", "representative", "rep", "employee", "extension", "ext", "ag",
})  # fmt: skip
_CODES = frozenset({"id", "ids", "no", "number", "num", "code", "extension", "ext", "name", "voice", "call"})
_CUSTOMERS = frozenset({
    "customer", "customers", "caller", "callee", "user", "client", "contact", "lead", "prospect", "recipient",
})  # fmt: skip
_ZONES = frozenset({
    "timezone", "tz", "zone", "offset", "utcoffset", "gmtoffset", "zeitzone", "fuseau", "zona", "fuso", "时区",
})  # fmt: skip
_SECONDS = frozenset({"s", "sec", "secs", "second", "seconds", "billsec"})
_PHONES = frozenset({
    "phone", "telephone", "tel", "mobile", "cell", "msisdn", "ani", "cli", "dnis", "customer", "caller", "callee",
    "telefon", "telefonnummer", "rufnummer", "kunde", "kundennummer", "anrufer", "téléphone", "teléfono", "telefone",
    "cliente", "client", "电话", "客户电话", "电话号码", "手机号",
})  # fmt: skip
_FORMS = (
    ("hh:mm:ss", "HH:MM:SS"), ("h:mm:ss", "HH:MM:SS"), ("mm:ss", "M:SS"), ("m:ss", "M:SS"), ("hh:mm", "HH:MM"),
    ("h:mm", "HH:MM"),
)  # fmt: skip
_UNITS = {
    "milliseconds": frozenset({"ms", "msec", "millis", "milliseconds"}),
    "seconds": _SECONDS,
    "minutes": frozenset({"min", "mins", "minute", "minutes"}),
    "hours": frozenset({"h", "hr", "hrs", "hour", "hours"}),
}


def is_end(name: str) -> bool:
    """Whether times of such a name are the ends of calls."""
    words = {*words_of(name)}
    if words.isdisjoint(_END):
        return likeness("ended_at", name) > likeness("timestamp", name)
    return words.isdisjoint(_START)


def is_start_or_end(name: str) -> bool:
    """Whether a name has a word for the start or the end of calls."""
    return not (_START | _END).isdisjoint(words_of(name))


def is_part(name: str, parent: str = "") -> bool:
    """Whether durations of such a name are those of a part of a call, such as the time on hold, or of none.

    Args:
        parent: the key above it in documents.
    """
    in_part = not (_PART - _WRAPPERS).isdisjoint(words_of(parent))
    return in_part or not _PART.isdisjoint(words_of(name))


def is_whole(name: str) -> bool:
    """Whether durations of such a name are those of whole calls."""
    return not is_part(name) and (likeness("duration", name) >= EXACT or _WHOLE.issuperset(words_of(name)))


def is_negated(name: str) -> bool:
    """Whether a name says the opposite of the word in it, such as ``Not resolved``."""
    return not _NEGATIONS.isdisjoint(words_of(name)[:-1])


def is_amount(name: str) -> bool:
    """Whether a column of such a name has amounts or opinions, of whomever these are."""
    return not _AMOUNTS.isdisjoint(words_of(name))


def is_agent_code(name: str) -> bool:
    """Whether numbers of such a name tell the agents apart."""
    words = {*words_of(name)}
    return not words.isdisjoint(_AGENTS) and words <= _AGENTS | _CODES | {"user"}


def is_zone_of_times(keys: Sequence[str]) -> bool:
    """Whether time zones of such a name, or at such a path, are those of the times rather than of customers."""
    words = [word for key in keys for word in words_of(key)]
    return bool(keys) and has_zone_name(keys[-1]) and _CUSTOMERS.isdisjoint(words)


def has_zone_name(name: str) -> bool:
    """Whether a name has a word for time zones, or for what times are from UTC."""
    return not _ZONES.isdisjoint(words_of(name))


def is_zone_alone(name: str) -> bool:
    """Whether a name is that of time zones, and of nothing else: a zone may be one of sales as well."""
    return not (_ZONES - {"zone", "zona"}).isdisjoint(words_of(name)) or {"time", "zone"} <= {*words_of(name)}


def has_phone_name(name: str) -> bool:
    """Whether numbers of such a name are those of telephones or of customers."""
    return not _PHONES.isdisjoint(words_of(name))


def form_in(name: str) -> str | None:
    """The form of durations that a name tells, as ``Duration (mm:ss)`` does; None where it does not."""
    text = "".join(name.casefold().split())
    return next((unit for form, unit in _FORMS if form in text), None)


def unit_in(name: str, beside: str | None) -> str | None:
    """The unit of durations that a name tells, or what stands beside the numbers; None where they do not."""
    words = {*words_of(name), (beside or "").casefold()}
    return next((unit for unit, known in _UNITS.items() if not words.isdisjoint(known)), None)
