"""``dialboard chart``: every chart type as a drawing, table, CSV and JSON, and what is wrong with options and names."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from models import ChartType
from server.commands.cli import cli
from tests.server.commands.command_line import RUN, CommandLine
from tests.server.commands.terminal_project import OTHER, SUPPORT, WEEK

pytestmark = [pytest.mark.processes, pytest.mark.slow]

EVERY = [("Support", one["name"]) for one in SUPPORT] + [("Everything else", one["name"]) for one in OTHER]
EMPTY = [one["name"] for one in OTHER if one["name"].startswith("No ")]


def printed(line: CommandLine, *arguments: str, code: int = 0) -> str:
    done = line.run_here("chart", *arguments, *WEEK)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_the_examples_have_every_chart_type_with_and_without_calls() -> None:
    assert {one["chartType"] for one in SUPPORT} == {kind.name for kind in ChartType}
    assert {one["chartType"] for one in OTHER if one["name"] in EMPTY} == {kind.name for kind in ChartType}


@pytest.mark.parametrize(("dashboard", "widget"), EVERY)
def test_every_chart_is_drawn(terminal: CommandLine, dashboard: str, widget: str) -> None:
    drawing = printed(terminal, widget, "--dashboard", dashboard, "--width", "60")
    lines = drawing.splitlines()
    assert lines[0] == f"{widget} · {dashboard}"
    assert max(map(cell_len, lines)) <= 60
    assert "\x1b" not in drawing
    is_empty = widget in EMPTY
    assert ("No values in this window." in drawing) == is_empty
    shapes = sum(character in "█▏▎▍▌▋▊▉●" or 0x2800 < ord(character) < 0x2900 for character in drawing)
    kinds = {one["name"]: one["chartType"] for one in SUPPORT + OTHER}
    assert (shapes > 5) == (not is_empty and kinds[widget] != "STAT")


@pytest.mark.parametrize(
    ("dashboard", "widget"), [*EVERY[: len(SUPPORT)], *(("Everything else", one) for one in EMPTY)]
)
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_every_chart_has_every_format(terminal: CommandLine, dashboard: str, widget: str, form: str) -> None:
    text = printed(terminal, widget, "--dashboard", dashboard, "--format", form)
    if form == "json":
        assert json.loads(text)["name"] == widget
    elif form == "csv":
        assert text.count("\r\n") == len(text.splitlines()) > (0 if widget in EMPTY else 1)
    else:
        assert text.startswith(f"{widget} · {dashboard}\n")
        assert len(text.splitlines()) > 4


def test_bars_have_labels_values_and_shares(terminal: CommandLine) -> None:
    lines = printed(terminal, "Topics", "--dashboard", "Support").splitlines()
    assert lines[1:3] == ["COUNT of topic · 126 values", "4 May 2026 00:00 to 11 May 2026 00:00, Europe/Berlin"]
    assert [line.split()[0] for line in lines[4:8]] == ["billing", "order", "(no", "returns"]
    assert lines[4].split()[-2:] == ["55", "43.7%"]
    assert cell_len(lines[4]) == 80


def test_labels_are_cut_by_their_width_in_cells(terminal: CommandLine) -> None:
    lines = printed(terminal, "Cities", "--width", "50").splitlines()[4:]
    firsts = {line.split("  ")[0] for line in lines if "█" in line}
    assert {"東京都千代田区丸の…", "Llanfairpwllgwyngyl…", "München"} <= firsts
    starts = {cell_len(line[: line.index("█")]) for line in lines if "█" in line}
    assert starts == {22}


def test_height_limits_rows_and_bars_and_says_so(terminal: CommandLine) -> None:
    plot = printed(terminal, "Durations", "--height", "20")
    assert sum("┤" in line or "│" in line for line in plot.splitlines()) == 20
    hours = printed(terminal, "Hours", "--height", "5")
    assert "163 earlier buckets not shown (--height)." in hours
    assert "no value" in hours
    rows = printed(terminal, "Cities", "--height", "2")
    assert "3 more rows not shown." in rows
    slices = printed(terminal, "Topics", "--dashboard", "Support", "--height", "3").splitlines()
    assert [line.split("  ")[0] for line in slices[4:7]] == ["billing", "order status", "(other)"]
    bins = printed(terminal, "How long calls are", "--height", "4").splitlines()
    assert 2 <= sum(" – " in line for line in bins) <= 4


def test_a_filter_narrows_and_an_id_will_do(terminal: CommandLine) -> None:
    listed = terminal.run_here("dashboards", "Support", "--json").stdout.splitlines()
    ids = {row["name"]: row["id"] for row in map(json.loads, listed)}
    billing = '{"field": "topic", "op": "eq", "value": "billing"}'
    (terminal.folder / "billing.json").write_text(billing)
    for given in (billing, "@billing.json"):
        narrowed = json.loads(printed(terminal, ids["Topics"], "--filter", given, "--format", "json"))
        assert [one["label"] for one in narrowed["data"]["slices"]] == ["billing"]


def test_ranges(terminal: CommandLine) -> None:
    def window(*arguments: str) -> tuple[str, str]:
        done = terminal.run_here("chart", "Average duration", "--format", "json", *arguments)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)["data"]["window"]
        return found["start"], found["end"]

    week = ("2026-05-03T22:00:00Z", "2026-05-10T22:00:00Z")
    assert window(*WEEK) == window("--range", "2026-05-04..2026-05-10") == week
    start, end = window("--range", "36h")
    assert start[:13] != end[:13]
    assert window("--from", "2026-05-04")[0] == week[0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("Latensy",), "The project 'Acme' has no widget 'Latensy'. Did you mean 'Latency'?"),
        (("Latency", "--dashboard", "Suport"), "The project 'Acme' has no dashboard 'Suport'. Did you mean 'Support'?"),
        (("Hours", "--dashboard", "Support"), "The dashboard 'Support' has no widget 'Hours'."),
        (("x", "--dashboard", "Empty"), "The dashboard 'Empty' has no widget 'x'. There are none."),
        (("Topics",), "There are 2 widgets 'Topics'; give the ID of one: "),
        (("V2lkZ2V0Ojk5OTk5",), "The project 'Acme' has no widget with the ID 'V2lkZ2V0Ojk5OTk5'."),
        (("QWdlbnQ6MQ==",), "'QWdlbnQ6MQ==' is an ID of type Agent. Expected an ID of type Widget."),
        (("Latency", "--project", "Akme"), "The project 'Akme' does not exist. Existing projects: 'Acme'."),
        (("Latency", "--from", "then"), '--from: "then" is not a valid time'),
        (("Latency", "--from", "now", "--to", "now-1d"), "--to: The time range is empty"),
        (("Latency", "--range", "then..now"), '--range: "then" is not a valid time'),
        (("Latency", "--filter", '{"field": "topik", "op": "eq", "value": 1}'), "--filter, /field: The field"),
    ],
)
def test_what_cannot_be_drawn(terminal: CommandLine, arguments: tuple[str, ...], told: str) -> None:
    done = terminal.run_here("chart", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"dialboard: {told}")


def test_the_limit_of_the_api_holds(terminal: CommandLine) -> None:
    done = terminal.run_here("chart", "Latency", "--range", "90d", DIALBOARD_MAX_WINDOW_DAYS="30")
    assert done.returncode == 1
    assert done.stderr == (
        "dialboard: Timestamp filter value is too far in the past. Maximum allowed range is 30 days.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing argument 'WIDGET'"),
        (("x", "--to", "now"), "--to requires --from."),
        (("x", "--range", "7d", "--from", "now"), "--range cannot be combined with --from and --to."),
        (("x", "--range", "week"), "'week' is not a range such as 7d, 2026-02-01..2026-02-28 or now-1M/M..now/M"),
        (("x", "--filter", "[1]"), "--filter is not a JSON object."),
        (("x", "--filter", "{"), "--filter is not valid JSON"),
        (("x", "--filter", "@absent.json"), "absent.json cannot be read: No such file or directory."),
        (("x", "--width", "39"), "Input should be greater than or equal to 40"),
        (("x", "--height", "1"), "Input should be greater than or equal to 2"),
        (("x", "--format", "png"), "'png' is not one of 'chart', 'table', 'csv', 'json'"),
        (("x", "--format", "csv", "--width", "60"), "--width cannot be combined with --format csv."),
        (("x", "--format", "table", "--height", "6"), "--height cannot be combined with --format table."),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], words: str) -> None:
    result = CliRunner().invoke(cli, ["chart", *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


def test_an_output_that_cannot_draw_is_told(terminal: CommandLine) -> None:
    process = terminal.start("chart", "Topics", "--dashboard", "Support", *WEEK, PYTHONIOENCODING="latin-1")
    output, errors = process.communicate(timeout=120)
    told = "The output's encoding is iso8859-1, which lacks characters of the drawing: set PYTHONIOENCODING=utf-8."
    assert (process.returncode, output, errors) == (1, "", f"dialboard: {told}\n")


def in_a_terminal(line: CommandLine, *arguments: str, **environment: str) -> str:
    """What a command prints where its output is a terminal of 70 columns."""
    leader, follower = pty.openpty()
    settings = {**line.environment, "TERM": "xterm-256color", "COLUMNS": "70", "LINES": "40", **environment}
    command = [sys.executable, "-c", RUN, *arguments]
    with subprocess.Popen(
        command, env=settings, cwd=line.folder, stdout=follower, stderr=subprocess.DEVNULL
    ) as process:
        os.close(follower)
        found = b"".join(_parts(leader))
    os.close(leader)
    assert process.returncode == 0
    return found.decode().replace("\r\n", "\n")


def _parts(leader: int) -> Iterator[bytes]:
    """Linux reports an error where the other end of a terminal was closed."""
    with suppress(OSError):
        while part := os.read(leader, 65_536):
            yield part


def test_a_terminal_has_its_width_and_colours_unless_it_says_no(terminal: CommandLine) -> None:
    coloured = in_a_terminal(terminal, "chart", "Durations by agent", *WEEK)
    plain = in_a_terminal(terminal, "chart", "Durations by agent", *WEEK, NO_COLOR="1")
    assert "\x1b[38;5;32m" in coloured
    assert "\x1b[38;5" not in plain
    assert (coloured.count("└"), plain.count("└")) == (1, 2)
    (axis, _) = (line for line in re.sub(r"\x1b\[[0-9;]*m", "", plain).splitlines() if "└" in line)
    assert len(axis) == 70
