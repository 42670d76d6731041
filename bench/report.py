"""``python -m bench.report``: writes the figures of ``bench/results.json`` into ``docs/performance.md``.

The page's figures lie between two markers, and nothing else writes them: a test holds the page to the file.
"""

import json
from pathlib import Path
from typing import Any

from bench.table import BOUNDS_HOLD, most, short, verdict

RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
_HEADINGS = ("What", "Ours", "Against", "Theirs", "Ratio", "At most", "Times faster", "")
_GIB, _MIB = 2**30, 2**20


def figures(results: dict[str, Any]) -> str:
    """What the page says of a run: on what, in which sizes, and each row with its verdict."""
    machine, sizes, versions = results["machine"], results["sizes"], results["versions"]
    about = [
        f"{sizes['calls']:,} calls and {sizes['evaluations']:,} evaluations: "
        f"{sizes['bytes_of_tables_and_indexes'] / _GIB:.1f} GiB of tables and indexes, with a second project of "
        f"{sizes['calls_of_the_small_project']:,} calls; {BOUNDS_HOLD}.",
        f"Stored of charts: {sizes['bytes_stored_of_charts'] / _MIB:.1f} MiB, of everything that the run asked for. "
        f"From the first request of the dashboard until no chart read raw rows any more: "
        f"{results['seconds_until_stored']:.1f} s.",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']:.0f} GiB, {machine['system']}; "
        f"Python {versions['python']}, PostgreSQL {versions['postgresql']}, DuckDB {versions['duckdb']}.",
        "PostgreSQL: " + ", ".join(f"`{name} = {value}`" for name, value in results["postgresql_settings"].items()),
    ]
    lines = [f"- {line}" for line in about]
    lines += ["", _line(_HEADINGS), _line(("---", "---:", "---", "---:", "---:", "---:", "---:", "---"))]
    lines += [_line(_cells(row)) for row in results["rows"]]
    return "\n".join(lines)


def rendered(page: str, results: dict[str, Any]) -> str:
    """The page with the figures of a run in place of those it had."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{figures(results)}\n{END}{after}"


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    name = f"{row['name']} ({row['note']})" if row["note"] else row["name"]
    times = (f"{short(row['ours'] * 1000)} ms", row["other_name"], f"{short(row['other'] * 1000)} ms")
    told = verdict(row["bound"], is_met=row["met"]).replace("MISSED", "**MISSED**")
    return (name, *times, short(row["ratio"]), most(row["bound"]), short(row["times_faster"]), told)


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(rendered(PAGE.read_text(), json.loads(RESULTS.read_text())))


if __name__ == "__main__":
    main()
