"""The progress bar of an import, by bytes read."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

Advance = Callable[[int], None]
"""Told the number of bytes read so far."""


@contextmanager
def progress_bar(title: str, total: int | None, *, enabled: bool) -> Generator[Advance]:
    """Shows a bar on the standard error output while the block runs; nothing when not enabled."""
    if not enabled:
        yield lambda position: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=total)
        yield lambda position: progress.update(task, completed=position)
