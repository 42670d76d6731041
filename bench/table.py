"""A benchmark's row, and how rows are shown."""

import json
import platform
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """Two times measured side by side. ``ratio`` is ours by theirs; ``bound`` is the most that it should be."""

    name: str
    ours: float
    other: float
    other_name: str
    bound: float

    @property
    def ratio(self) -> float:
        """Ours by theirs."""
        return self.ours / self.other

    @property
    def is_met(self) -> bool:
        """Whether the ratio stays within its bound."""
        return self.ratio <= self.bound


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


def show(rows: list[Row], title: str) -> None:
    """Prints the table."""
    table = Table(title=title)
    for heading in ("What", "Ours", "Against", "Theirs", "Ratio", "At most", ""):
        table.add_column(heading, justify="left" if heading in ("What", "Against", "") else "right")
    for row in rows:
        verdict = "met" if row.is_met else "MISSED"
        times = (f"{row.ours * 1000:,.2f} ms", f"{row.other * 1000:,.2f} ms")
        table.add_row(row.name, times[0], row.other_name, times[1], f"{row.ratio:.3f}", f"{row.bound:g}", verdict)
    Console(width=150).print(table)


def write(rows: list[Row], path: Path, calls: int, versions: dict[str, str]) -> None:
    """Writes the rows with the machine, the versions and the size that they hold for."""
    machine = {"system": platform.system(), "processor": platform.machine(), "python": platform.python_version()}
    figures = [{**asdict(row), "ratio": round(row.ratio, 4), "met": row.is_met} for row in rows]
    path.write_text(json.dumps({"calls": calls, **machine, **versions, "rows": figures}, indent=2) + "\n")
