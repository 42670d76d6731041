"""What one request has used so far, of what one request may use.

A price is known before anything runs, from the document and its variables. How large charts and transcripts are is only
known later: that is added up here, and the request refused when it passes a limit. Everything that it asks for
afterwards is refused too.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from models.request_use import LimitPassedError

DEFAULT_MAX_COST = 5_000
"""Points that a request may cost."""

DEFAULT_MAX_ANSWER_BYTES = 20_000_000
"""Bytes of metadata and transcripts that an answer may have."""

MAX_CALL_LISTS = 1_000
"""Lists of calls that one request reads."""

Key = TypeVar("Key")
Found = TypeVar("Found")


def _none_yet() -> defaultdict[str, int]:
    return defaultdict(int)


@dataclass(slots=True)
class Meter:
    """The use of one request.

    Attributes:
        max_cost: in points; what charts cost once their sizes are known is added up against it.
        points: of charts, so far.
        stored: further points, for what a mutation turned out to store.
        max_bytes: of texts of calls in the answer.
        charts: where the numbers of charts came from, and how often.
    """

    max_cost: float = DEFAULT_MAX_COST
    max_bytes: int = DEFAULT_MAX_ANSWER_BYTES
    points: float = 0
    stored: float = 0
    bytes: int = 0
    call_lists: int = 0
    charts: defaultdict[str, int] = field(default_factory=_none_yet)
    refusal: LimitPassedError | None = field(default=None, init=False)

    def check(self) -> None:
        """Raises ``LimitPassedError`` again if a limit was passed before."""
        if self.refusal is not None:
            raise LimitPassedError(str(self.refusal), self.refusal.details)

    def charge(self, points: float, what: str, advice: str) -> None:
        """Adds what a part of the request costs, before that part runs.

        Raises:
            LimitPassedError: it is too much, now or before.
        """
        self.check()
        total = self.points + points
        if total > self.max_cost:
            message = (
                f"The request costs {total:,.0f} points including {what}; at most "
                f"{self.max_cost:,.0f} are allowed. {advice}"
            )
            details = {"limit": "cost", "cost": {"requested": round(total), "ceiling": int(self.max_cost)}}
            self._refuse(message, details)
        self.points = total

    def surplus(self, of_charts: float) -> float:
        """Points beyond the price that was paid before, of which so many were for charts."""
        return max(0.0, self.points - of_charts) + self.stored

    def add_bytes(self, count: int, what: str) -> None:
        """Adds bytes of the answer.

        Raises:
            LimitPassedError: they are too many, now or before.
        """
        self.check()
        self.bytes += count
        if self.bytes > self.max_bytes:
            self._refuse_bytes(what)

    def check_bytes(self, count: int, what: str) -> None:
        """Refuses so many bytes that no answer may have them, before they are read.

        Raises:
            LimitPassedError: they are too many, now or before.
        """
        self.check()
        if count > self.max_bytes:
            self._refuse_bytes(what)

    def add_call_lists(self, count: int) -> None:
        """Adds lists of calls that are about to be read.

        Raises:
            LimitPassedError: they are too many, now or before.
        """
        self.check()
        self.call_lists += count
        if self.call_lists > MAX_CALL_LISTS:
            message = (
                f"The request has more than {MAX_CALL_LISTS:,} lists of calls. Request them only for selected items, "
                "with `callLogs` and the `filters` of the item."
            )
            self._refuse(message, {"limit": "callLists", "callLists": {"ceiling": MAX_CALL_LISTS}})

    def _refuse_bytes(self, what: str) -> None:
        message = (
            f"The response is too large: {what} brings it above the limit of {self.max_bytes:,} bytes. Request fewer "
            "calls at a time, or export them by /export/calls.jsonl."
        )
        self._refuse(message, {"limit": "bytes", "bytes": {"ceiling": self.max_bytes}})

    def _refuse(self, message: str, details: Mapping[str, Any]) -> None:
        self.refusal = LimitPassedError(message, details)
        raise self.refusal


def metered(
    meter: Meter, load: Callable[[list[Key]], Awaitable[Sequence[Found | Exception]]], *, are_call_lists: bool = False
) -> Callable[[list[Key]], Awaitable[Sequence[Found | Exception]]]:
    """A loader that runs nothing for a request that has passed a limit."""

    async def run(keys: list[Key]) -> Sequence[Found | Exception]:
        if are_call_lists:
            meter.add_call_lists(len(keys))
        else:
            meter.check()
        return await load(keys)

    return run
