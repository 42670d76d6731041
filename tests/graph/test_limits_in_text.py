"""Limits in the schema's text come from the constants that are checked: none is typed by hand."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType

from graph.schema import schema
from models.call_detail_values import TRANSCRIPT_LIMIT, TURN_LIMIT, TURNS_LIMIT
from models.call_record import METRICS_LIMIT
from models.call_values import METADATA_LIMIT, NAME_LIMIT, TEXT_LIMIT
from resolvers.board import MAX_WIDGETS
from resolvers.call_log_writes import MAX_CALLS, MAX_JSON_CALLS
from resolvers.dashboard_settings import DASHBOARD_SETTINGS
from resolvers.json_values import MAX_DEPTH, METADATA_BYTES
from resolvers.key_rules import MAX_OVERLAP
from resolvers.layout import COLUMNS, MAX_HEIGHT, ROWS
from resolvers.names import NAME_LENGTH
from resolvers.rejections import MAX_REJECTIONS
from tests.imports import ROOT, nodes_of

FILES = [*sorted((ROOT / "graph").rglob("*.py")), ROOT / "resolvers" / "dashboard_settings.py"]

NUMBER = re.compile(
    r"\d,\d{3}|\b(?:at (?:most|least)|up to|newest|fewer than|more than) \d|(?<!\^)\b\d+ to \d+|\b\d+ KiB"
)
"""What reads as a limit."""

NO_LIMITS = re.compile(
    r"\b0 to 1\b|\b0 to 5\b|0 \(worst\) to 5|fewer than 30 values|up to (?:64|256) KiB|newest 10,000|at least 4 points"
    r"|[Aa]t most 30 days|(?:at most|more than) 64 bits"
)
"""Shares and ratings, and what is said of a number that is defined elsewhere."""


def typed_by_hand(source: str) -> Iterator[tuple[int, str]]:
    """The line and text of literals with a limit in them; the parts of an f-string count one by one."""
    for node in nodes_of(source):
        match node:
            case ast.Constant(str(text)) if NUMBER.search(NO_LIMITS.sub("", text)):
                yield node.lineno, text
            case _:
                pass


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_limit_is_typed_by_hand(file: Path) -> None:
    assert list(typed_by_hand(file.read_text())) == [], "Write the constant that is checked: f'… {MAX_CALLS:,} …'."


@pytest.mark.parametrize("text", ["At most 1,000 calls.", "1 to 200 characters", "at most 7 calls", "of 16 KiB"])
def test_a_planted_limit_is_seen(text: str) -> None:
    assert list(typed_by_hand(f"x = {text!r}")) == [(1, text)]


@pytest.mark.parametrize("text", ["a share, 0 to 1", "at most {MAX_CALLS:,} calls"])
def test_what_is_no_limit_is_not(text: str) -> None:
    assert list(typed_by_hand(f"x = f{text!r}")) == []


LIMITS = {
    "TranscriptTurnInput.role": f"1 to {NAME_LIMIT} characters",
    "TranscriptTurnInput.text": f"at most {TURN_LIMIT:,} characters",
    "CallFeedbackInput.comment": f"most {TEXT_LIMIT:,} characters",
    "CallLogInput.metadata": f"at most {METADATA_LIMIT // 1024} KiB",
    "CallLogInput.metrics": f"most {METRICS_LIMIT:,} metric values",
    "CallLogInput.transcript": f"at most {TURNS_LIMIT:,} turns and {TRANSCRIPT_LIMIT // 1024} KiB",
    "IngestCallLogsInput.calls": f"most {MAX_CALLS:,} calls",
    "IngestCallsInput.calls": f"at most {MAX_JSON_CALLS:,}.",
    "CreateApiKeyInput.name": f"1 to {NAME_LENGTH} characters",
    "RotateApiKeyInput.overlapHours": f"0 to {MAX_OVERLAP.days * 24:,}",
    "CreateDashboardInput.name": f"1 to {NAME_LENGTH} characters",
    "CreateWidgetInput.name": f"1 to {NAME_LENGTH} characters",
    "CreateWidgetInput.metadata": f"at most {METADATA_BYTES // 1024} KiB, nested at most {MAX_DEPTH} levels",
    "CreateWidgetInput.dashboardId": f"at most {MAX_WIDGETS} widgets",
    "WidgetLayoutInput.x": f"0 to {COLUMNS - 1}.",
    "WidgetLayoutInput.y": f"0 to {ROWS - 1:,}.",
    "WidgetLayoutInput.height": f"1 to {MAX_HEIGHT}.",
}


@pytest.mark.parametrize(("place", "words"), LIMITS.items(), ids=LIMITS.keys())
def test_the_schema_says_the_limit(place: str, words: str) -> None:
    type_name, _, name = place.partition(".")
    found = schema._schema.type_map[type_name]
    assert isinstance(found, GraphQLInputObjectType)
    assert words in (found.fields[name].description or "")


def test_the_payload_says_how_many_errors_are_listed() -> None:
    found = schema._schema.type_map["IngestCallsPayload"]
    assert isinstance(found, GraphQLObjectType)
    assert f"At most {MAX_REJECTIONS:,} errors" in (found.description or "")


def test_the_input_names_the_settings_that_can_be_null() -> None:
    found = schema._schema.type_map["UpdateDashboardInput"]
    nullable = [f"`{setting.key}`" for setting in DASHBOARD_SETTINGS if setting.is_nullable]
    assert f"only {', '.join(nullable)} can be null" in (found.description or "")
