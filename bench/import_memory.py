"""``python -m bench.import_memory``: the most memory that reading a file of each format takes.

``dialboard import --dry-run`` reads each, in a process of its own: everything but storing, which goes batch by batch.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.import_files import csv_of, json_of, make_file, parquet_of, workbook_of
from server.importing import ImportOptions

MOST_MIB = 300
"""Most memory of one import, however many rows the file has."""

_RUN = "from server.commands.cli import main; main()"
_MORE: dict[str, Callable[[Path, Path], tuple[Path, ImportOptions]]] = {
    "CSV": csv_of,
    "a JSON array": json_of,
    "Parquet": parquet_of,
    "a workbook": workbook_of,
}


def main() -> None:
    """Makes the files, reads each, and prints a table; ends with 1 if a format takes too much."""
    parser = argparse.ArgumentParser(prog="python -m bench.import_memory", description=main.__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="rows of each file (default 50000)")
    rows = parser.parse_args().rows
    table = Table(title=f"{rows:,} calls with 3 metrics each, at most {MOST_MIB} MiB")
    for heading in ("Format", "File", "Peak memory", "Rows a second", ""):
        table.add_column(heading, justify="left" if heading in ("Format", "") else "right")
    is_met = True
    with tempfile.TemporaryDirectory(prefix="dialboard-memory-") as folder:
        lines = Path(folder) / "calls.jsonl"
        make_file(lines, rows)
        for name, make in {"JSON lines": lambda _, given: (given, ImportOptions()), **_MORE}.items():
            path, options = make(Path(folder), lines)
            peak, seconds = _read(path, options)
            is_met = is_met and peak <= MOST_MIB
            size = path.stat().st_size / 1024 / 1024
            verdict = "met" if peak <= MOST_MIB else "MISSED"
            table.add_row(name, f"{size:,.0f} MiB", f"{peak:,.0f} MiB", f"{rows / seconds:,.0f}", verdict)
            if path != lines:
                path.unlink()
    Console(width=100).print(table)
    sys.exit(0 if is_met else 1)


def _read(path: Path, options: ImportOptions) -> tuple[float, float]:
    """The most memory in MiB, and the seconds."""
    mapping = ["--map", str(options.mapping)] if options.mapping else []
    begin = time.perf_counter()
    arguments = [sys.executable, "-c", _RUN, "import", "--dry-run", *mapping, str(path)]
    pid = os.posix_spawn(sys.executable, arguments, os.environ)
    _, status, used = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"{path.name} cannot be imported.")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return used.ru_maxrss / unit, time.perf_counter() - begin


if __name__ == "__main__":
    main()
