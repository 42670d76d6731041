"""What the names of columns and of keys say."""

import re
from collections.abc import Sequence
from unicodedata import normalize

from server.importing.proposing.other_languages import OTHERS

_LETTERS = [chr(code) for code in range(0x530) if chr(code).isalpha()]
_UPPER = "".join(letter for letter in _LETTERS if letter.isupper())
_LOWER = "".join(letter for letter in _LETTERS if letter.islower())
_WORD = re.compile(rf"[{_UPPER}]+(?![{_LOWER}])|[{_UPPER}]?[{_LOWER}]+|[0-9]+|[^\W\d_]+")

_ENGLISH: dict[str, tuple[str, ...]] = {
    "call_id": (
        "call id", "callid", "call sid", "call uuid", "conversation id", "contact id", "interaction id", "session id",
        "unique id", "uniqueid", "uuid", "guid", "sid", "id", "call reference", "record id", "call number", "call no",
    ),
    "agent": (
        "agent name", "agent", "assistant name", "assistant", "voice agent", "bot name", "bot", "operator", "advisor",
        "representative", "rep", "handled by", "answered by", "employee", "agent id", "assistant id", "user name",
        "user", "extension", "ag",
    ),
    "timestamp": (
        "timestamp", "start time", "start timestamp", "started at", "call start", "call start time", "start",
        "initiation timestamp", "datetime", "date time", "call time", "call date", "created at", "created", "date",
        "time", "ts", "begin", "began at",
    ),
    "ended_at": (
        "end time", "end timestamp", "ended at", "call end", "call end time", "end", "finished at", "disconnect time",
        "disconnect timestamp", "completed at",
    ),
    "duration": (
        "duration", "call duration", "duration seconds", "duration sec", "duration ms", "total duration", "call length",
        "length", "talk duration", "avg talk duration", "talk time", "avg talk time", "handle time", "aht", "billsec",
        "dur", "seconds", "length of call", "d",
    ),
    "success": (
        "success", "successful", "call successful", "is success", "is successful", "succeeded", "resolved",
        "is resolved", "resolution", "goal achieved", "goal reached", "first call resolution", "fcr", "call success",
    ),
    "answered": ("answered", "answered y n", "is answered", "was answered", "connected", "call answered"),
    "call_ended_reason": (
        "call ended reason", "ended reason", "end reason", "disconnect reason", "disconnection reason", "hangup cause",
        "hangup reason", "termination reason", "disposition", "call result", "result", "outcome", "call outcome",
        "call status", "missed call reason", "status",
    ),
    "topic": ("topic", "call topic", "subject", "reason for call", "call reason", "category", "intent", "issue"),
    "customer_number": (
        "customer number", "customer phone", "customer phone number", "phone number", "phone", "caller number",
        "caller id", "caller", "from number", "from", "ani", "cli", "msisdn", "calling number", "calling party number",
    ),
    "dropoff_point": ("dropoff point", "drop off point", "dropoff", "drop off", "last step", "exit point"),
    "is_reviewed": ("is reviewed", "reviewed"),
}  # fmt: skip
MEANINGS = {meaning: (*names, *OTHERS.get(meaning, ())) for meaning, names in _ENGLISH.items()}
"""Names, the most telling first, by what a column with them is."""

_RATING = frozenset({"rating", "satisfaction", "csat", "stars", "score", "nps", "note"})
_RATERS = (["user"], ["agent"], ["customer"], ["caller"], ["call"])
"""Words that alone do not say what a rating is of."""
_SENTIMENT = frozenset({"sentiment", "mood", "emotion"})
_IDENTIFIER = frozenset(
    {"id", "ids", "uuid", "guid", "sid", "number", "phone", "zip", "postcode", "extension", "account"}
)
_TIME = frozenset({"time", "date", "timestamp", "ts", "start", "started", "end", "ended", "created", "at", "begin"})
_UNIT_WORDS = frozenset({"in", "seconds", "second", "secs", "sec", "s", "y", "n"})


LEAST = 0.3
"""Names that fit a meaning less do not count."""
EXACT = 0.7
"""Names that are those of a meaning fit it at least so well; names that have one in them, less."""


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in small letters: of ``AvgTalkDuration (s)`` avg, talk, duration and s."""
    return tuple(word.casefold() for word in _WORD.findall(normalize("NFC", name)))


def likeness(meaning: str, name: str) -> float:
    """How well a name fits a meaning, from 0 to 1."""
    words = words_of(name)
    text = " ".join(words)
    squeezed = "".join(words)
    for place, known in enumerate(MEANINGS[meaning]):
        rank = place / (len(MEANINGS[meaning]) * 4)
        if known in (text, squeezed) or known.replace(" ", "") == squeezed:
            return 1.0 - rank
    for place, known in enumerate(MEANINGS[meaning]):
        parts = known.split()
        if len(known) > 2 and _has_run(words, parts):
            return 0.6 - place / (len(MEANINGS[meaning]) * 4) - 0.02 * (len(words) - len(parts))
    return 0.0


def key_of(name: str) -> str:
    """A key of metadata for a column."""
    return "_".join(words_of(name)) or name.strip()


def metric_of(name: str) -> str:
    """The name of a metric for a column, without the unit that it is counted in."""
    words = [*words_of(name)]
    while len(words) > 1 and words[-1] in _UNIT_WORDS:
        words.pop()
    if len(words) > 1 and words[-1] == "rating" and words[:-1] not in _RATERS:
        words.pop()
    return "_".join(words) or name.strip()


def is_rating(name: str) -> bool:
    """Whether a column of such a name has ratings."""
    return not _RATING.isdisjoint(words_of(name))


def is_sentiment(name: str) -> bool:
    """Whether a column of such a name has sentiments."""
    return not _SENTIMENT.isdisjoint(words_of(name))


def is_identifier(name: str) -> bool:
    """Whether numbers of such a name are not amounts."""
    return not _IDENTIFIER.isdisjoint(words_of(name))


def is_time(name: str) -> bool:
    """Whether numbers of such a name may be times."""
    return not _TIME.isdisjoint(words_of(name))


def _has_run(words: Sequence[str], parts: Sequence[str]) -> bool:
    return any([*words[at : at + len(parts)]] == [*parts] for at in range(len(words) - len(parts) + 1))
