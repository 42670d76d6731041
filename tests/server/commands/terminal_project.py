"""A project with calls of one week in May 2026 that are always the same, for commands that print charts."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from tests.server.commands.command_line import CommandLine

WEEK = ("--from", "2026-05-04", "--to", "2026-05-10")
TOPICS = ("billing", "order status", "billing", "returns", None, "billing", "order status")
CITIES = ("東京都千代田区丸の内一丁目", "München", "Reykjavík", "München", "Llanfairpwllgwyngyllgogerychwyrndrobwll")
BY_AGENT = {"type": "field", "field": "agent.agent_name"}
NO_CALL = {"field": "topic", "op": "eq", "value": "no such topic"}

SUPPORT: list[dict[str, Any]] = [
    {"name": "Overview", "chartType": "STAT"},
    {"name": "Average duration", "chartType": "STAT", "field": "duration", "aggregation": "AVG"},
    {"name": "Calls per day", "chartType": "BAR", "field": "timestamp", "aggregation": "COUNT", "timePeriod": "DAY"},
    {
        "name": "Success rate",
        "chartType": "BAR",
        "field": "success",
        "aggregation": "AVG",
        "timePeriod": "DAY",
        "groupBy": BY_AGENT,
    },
    {"name": "Durations", "chartType": "LINE", "field": "duration"},
    {"name": "Topics", "chartType": "PIE", "field": "topic"},
    {"name": "Cities", "chartType": "LIST", "field": "metadata.city"},
    {"name": "How long calls are", "chartType": "HISTOGRAM", "field": "duration"},
    {"name": "Latency", "chartType": "LINE", "field": "metric_evaluations.value", "metric": "latency"},
]
OTHER: list[dict[str, Any]] = [
    {"name": "Durations by agent", "chartType": "LINE", "field": "duration", "groupBy": BY_AGENT},
    {"name": "Call times", "chartType": "LINE", "field": "timestamp"},
    {"name": "Last call", "chartType": "STAT", "field": "timestamp", "aggregation": "MAX"},
    {"name": "Last calls", "chartType": "BAR", "field": "timestamp", "aggregation": "MAX", "timePeriod": "DAY"},
    {"name": "Hours", "chartType": "BAR", "field": "duration", "aggregation": "AVG", "timePeriod": "HOUR"},
    {
        "name": "Pairs",
        "chartType": "LIST",
        "field": "duration",
        "aggregation": "AVG",
        "groupBy": {"type": "field", "field": "topic", "then": {"type": "field", "field": "success"}},
    },
    {"name": "Lengths by agent", "chartType": "HISTOGRAM", "field": "duration", "groupBy": BY_AGENT},
    {"name": "Topics", "chartType": "PIE", "field": "topic"},
    {
        "name": "No bar",
        "chartType": "BAR",
        "field": "duration",
        "aggregation": "AVG",
        "timePeriod": "DAY",
        "filters": NO_CALL,
    },
    {"name": "No line", "chartType": "LINE", "field": "duration", "filters": NO_CALL},
    {"name": "No pie", "chartType": "PIE", "field": "topic", "filters": NO_CALL},
    {"name": "No list", "chartType": "LIST", "field": "topic", "filters": NO_CALL},
    {"name": "No histogram", "chartType": "HISTOGRAM", "field": "duration", "filters": NO_CALL},
    {"name": "No stat", "chartType": "STAT", "field": "duration", "filters": NO_CALL},
]
DASHBOARDS: dict[str, dict[str, Any]] = {
    "support": {
        "name": "Support",
        "filters": {"field": "timestamp", "op": "gte", "value": "now-7d"},
        "timeZone": "Europe/Berlin",
        "widgets": SUPPORT,
    },
    "other": {"name": "Everything else", "widgets": OTHER},
    "empty": {"name": "Empty", "widgets": []},
}


def calls() -> Iterator[dict[str, Any]]:
    """A call an hour, of which some are left out and some lack values."""
    start = datetime(2026, 4, 27, tzinfo=UTC)
    for hour in range(14 * 24):
        if hour % 24 in (1, 2, 3, 4) or hour * 7 % 11 == 3:
            continue
        call: dict[str, Any] = {
            "call_id": f"call-{hour}",
            "agent": ("Ada", "Bo", "Ada")[hour % 3],
            "timestamp": (start + timedelta(hours=hour, minutes=hour * 13 % 60)).isoformat(),
            "success": hour * 5 % 7 != 0,
            "topic": TOPICS[hour % len(TOPICS)],
            "metadata": {"city": CITIES[hour * 3 % len(CITIES)]} if hour % 4 else {},
            "metrics": [{"metric": "latency", "type": "numeric", "value": 0.5 + hour * 17 % 23 / 10}],
        }
        if hour % 9:
            call["duration"] = 40 + hour * 37 % 160 + (hour % 24) * 8.5
        yield call


def terminal_project(folder: Path, url: URL) -> CommandLine:
    """The command on a database that it fills. Charts may begin at any time.

    A project that has a dashboard gets none from an import.
    """
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    line = CommandLine(folder, DATABASE_URL=address, DIALBOARD_MAX_WINDOW_DAYS="0")
    (folder / "calls.jsonl").write_text("".join(json.dumps(call) + "\n" for call in calls()))
    (folder / "boards").mkdir()
    for name, dashboard in DASHBOARDS.items():
        document = {"format": "dialboard-dashboard/1", **dashboard}
        (folder / "boards" / f"{name}.json").write_text(json.dumps(document))
    commands = (("keys", "create"), ("apply", "boards/empty.json"), ("import", "calls.jsonl"), ("apply", "boards"))
    for command in commands:
        done = line.run_here(*command, "--project", "Acme")
        assert done.returncode == 0, done.stderr
    return line
