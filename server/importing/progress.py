"""A progress bar on the standard error output."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[int], None]
"""Told how much is done so far."""


@contextmanager
def progress_bar(title: str, total: int | None, *, enabled: bool, unit: str = "bytes") -> Generator[Advance]:
    """Shows a bar while the block runs; nothing when not enabled. ``total`` is in the unit; None when not known."""
    if not enabled:
        yield lambda position: None
        return
    amount = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=total)
        yield lambda position: progress.update(task, completed=position)
