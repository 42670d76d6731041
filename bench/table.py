"""A benchmark's row, and how rows are shown and written down."""

import json
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

BOUNDS_HOLD = "the bounds of dashboards are set for 5,000,000 calls"
"""Said beside every table: raw rows cost by their number, so that fewer of them leave less to be faster than."""


@dataclass(frozen=True, slots=True)
class Row:
    """Two times in seconds, measured side by side. ``ratio`` is ours by theirs; ``bound`` is the most it should be,
    where that was said."""

    name: str
    ours: float
    other: float
    other_name: str
    bound: float | None
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours by theirs."""
        return self.ours / self.other

    @property
    def times_faster(self) -> float:
        """Theirs by ours."""
        return self.other / self.ours

    @property
    def is_met(self) -> bool:
        """Whether the ratio stays within its bound."""
        return self.bound is None or self.ratio <= self.bound


async def alternately(
    ours: Callable[[], Awaitable[object]], other: Callable[[], Awaitable[object]], rounds: int
) -> tuple[float, float]:
    """The medians in seconds of both, run in turns, after one turn each that does not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for kept, run in zip(times, (ours, other), strict=True):
            begin = time.perf_counter()
            await run()
            if number:
                kept.append(time.perf_counter() - begin)
    return statistics.median(times[0]), statistics.median(times[1])


def short(number: float) -> str:
    """A number in three digits or more, as people write it."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}" if number >= 0.001 else f"{number:.5f}"


def most(bound: float | None) -> str:
    """A bound, in a table."""
    return "" if bound is None else short(bound)


def verdict(bound: float | None, *, is_met: bool) -> str:
    """What a table says of a bound."""
    return "" if bound is None else "met" if is_met else "MISSED"


def show(rows: list[Row], title: str) -> None:
    """Prints the table."""
    table = Table(title=title)
    for heading in ("What", "Ours", "Against", "Theirs", "Ratio", "At most", "Times faster", ""):
        table.add_column(heading, justify="left" if heading in ("What", "Against", "") else "right")
    for row in rows:
        times = (f"{short(row.ours * 1000)} ms", row.other_name, f"{short(row.other * 1000)} ms")
        figures = (short(row.ratio), most(row.bound), short(row.times_faster))
        table.add_row(row.name, *times, *figures, verdict(row.bound, is_met=row.is_met))
        if row.note:
            table.add_row(f"  {row.note}", style="dim")
    Console(width=170).print(table)


def write(rows: list[Row], path: Path, about: dict[str, Any]) -> None:
    """Writes the rows, and what they hold for: the machine, the versions and the sizes."""
    figures = [{**asdict(row), "ratio": row.ratio, "times_faster": row.times_faster, "met": row.is_met} for row in rows]
    path.write_text(json.dumps({**about, "rows": figures}, indent=2) + "\n")
