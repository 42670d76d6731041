"""``python -m bench.import_memory``: the most memory that reading a file of each format takes.

``dialboard import --dry-run`` reads each, in a process of its own: everything but storing, which goes batch by batch.
"""

import argparse
import subprocess
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
_MEASURED = """
import os, sys
pid = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)
_, status, used = os.wait4(pid, 0)
print(used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Runs a process and prints its peak. A new process begins with the peak of the one that starts it, so it must be a
small one: this one has made the files."""
_LINES = "JSON lines"
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
    parser.add_argument("--format", action="append", choices=[_LINES, *_MORE], help="a format; all by default")
    given = parser.parse_args()
    rows, formats = given.rows, given.format
    table = Table(title=f"{rows:,} calls with 3 metrics each, at most {MOST_MIB} MiB")
    for heading in ("Format", "File", "Peak memory", "Rows a second", ""):
        table.add_column(heading, justify="left" if heading in ("Format", "") else "right")
    is_met = True
    with tempfile.TemporaryDirectory(prefix="dialboard-memory-") as folder:
        lines = Path(folder) / "calls.jsonl"
        make_file(lines, rows)
        for name, make in {_LINES: lambda _, given: (given, ImportOptions()), **_MORE}.items():
            if formats and name not in formats:
                continue
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
    arguments = ["-c", _RUN, "import", "--dry-run", *mapping, str(path)]
    run = subprocess.run(
        [sys.executable, "-c", _MEASURED, *arguments], stdout=subprocess.PIPE, encoding="utf-8", check=False
    )
    if run.returncode:
        raise RuntimeError(f"{path.name} cannot be imported.")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return int(run.stdout.splitlines()[-1]) / unit, time.perf_counter() - begin


if __name__ == "__main__":
    main()
