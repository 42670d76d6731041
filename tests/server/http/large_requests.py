"""The largest requests that are accepted, which have much to read rather than to answer, and large ones that are
refused."""

import json
from typing import Any

from graph.input_size import MAX_INPUT_VALUES
from graph.limits import MAX_ALIASES, MAX_CHARACTERS, MAX_DEPTH, MAX_TOKENS
from graph.node_ids import encode
from resolvers.documents.write import FORMAT

MAKE = {"query": 'mutation { createDashboard(input: {name: "Large"}) { dashboard { id } } }'}
CALLS = {"query": "{ callLogs(first: 100) { edges { node { id } } } }"}
_TREE = {
    "operator": "and",
    "conditions": [{"field": "topic", "op": "in", "value": [f"topic {n}" for n in range(10)]} for _ in range(4)],
}
_WIDGET = {"chartType": "BAR", "field": "duration", "aggregation": "AVG", "timePeriod": "DAY", "filters": _TREE}


def widget_changes(dashboard: str) -> dict[str, Any]:
    """A hundred new widgets with filters, and all that there is to answer."""
    query = (
        "mutation ($input: ApplyWidgetChangesInput!) { applyWidgetChanges(input: $input) { errors { message } "
        "dashboard { widgets { id name filters layout { x y width height } effectiveFilters } } } }"
    )
    created = [{"name": f"w{number}", **_WIDGET} for number in range(100)]
    return {"query": query, "variables": {"input": {"dashboardId": dashboard, "create": created}}}


def import_dashboard() -> dict[str, Any]:
    """A document of a hundred widgets."""
    query = (
        "mutation ($document: JSON!) { importDashboard(input: {document: $document}) { errors { message } "
        "dashboard { document widgets { id name filters } } } }"
    )
    widgets = [{"name": f"w{number}", **_WIDGET} for number in range(100)]
    document = {"format": FORMAT, "name": "Imported", "filters": None, "widgets": widgets}
    return {"query": query, "variables": {"document": document}}


def nodes(ids: list[str]) -> dict[str, Any]:
    """As many nodes as may be asked for."""
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on CallLog { callId metadata topic } } }"
    return {"query": query, "variables": {"ids": ids}}


def _call(number: int) -> dict[str, Any]:
    metrics = [{"metric": f"m{index}", "type": "numeric", "value": index} for index in range(20)]
    return {"call_id": f"n{number}", "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", "metrics": metrics}


def ingest_calls() -> dict[str, Any]:
    """Calls as JSON, close to the most bytes of a request."""
    query = "mutation ($calls: JSON!) { ingestCalls(input: {calls: $calls}) { created errors { message } } }"
    return {"query": query, "variables": {"calls": [_call(number) for number in range(5_000)]}}


def ingest_lines() -> bytes:
    """Calls as JSON lines."""
    return b"".join(json.dumps(_call(number)).encode() + b"\n" for number in range(5_000, 8_000))


def typed_calls(values: int = MAX_INPUT_VALUES - 50) -> dict[str, Any]:
    """Typed calls with metrics: objects in lists in objects in a list, nearly as many values as may be."""
    query = "mutation ($input: IngestCallLogsInput!) { ingestCallLogs(input: $input) { created errors { message } } }"
    metrics = [{"metric": f"m{number}", "type": "NUMERIC", "value": 1.5} for number in range(20)]
    call = {"agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", "metrics": metrics}
    size = 6 + 4 * len(metrics)
    return {
        "query": query,
        "variables": {"input": {"calls": [{"callId": f"t{number}", **call} for number in range(values // size)]}},
    }


def typed_filter() -> dict[str, Any]:
    """A typed filter of as many conditions as may be."""
    query = "query ($where: CallLogFilter) { callLogs(where: $where) { totalCount } }"
    return {"query": query, "variables": {"where": {"and": [{"duration": {"gt": number}} for number in range(100)]}}}


def wide_document() -> dict[str, Any]:
    """As many aliases as may be, each with fields."""
    field = "viewer { role now maxWindowDays project { name } }"
    return {"query": "{ " + " ".join(f"a{number}: {field}" for number in range(MAX_ALIASES)) + " }"}


def many_fragments() -> dict[str, Any]:
    """Fragments, which are compared with each other in nearly as many steps as may be."""
    fragments = " ".join(f"...f{number}" for number in range(50))
    bodies = " ".join(f"fragment f{number} on Viewer {{ a{number}: role }}" for number in range(50))
    return {"query": f"{{ viewer {{ {fragments} }} }} {bodies}"}


def _filtered(filters: Any) -> dict[str, Any]:
    return {"query": "query ($f: JSON) { callLogs(filters: $f) { totalCount } }", "variables": {"f": filters}}


def update_call(id: str) -> dict[str, Any]:
    """Metadata of more keys than a call may have."""
    query = (
        "mutation ($id: ID!, $metadata: JSON) { updateCallLog(input: {id: $id, metadata: $metadata}) "
        "{ errors { message } } }"
    )
    return {"query": query, "variables": {"id": id, "metadata": {f"k{number}": 1 for number in range(250_000)}}}


def wrong_calls() -> dict[str, Any]:
    """Calls as JSON of which each has several faults."""
    query = "mutation ($calls: JSON!) { ingestCalls(input: {calls: $calls}) { rejected errors { path message } } }"
    calls = [{"call_id": f"w{number}", "duration": -1, "timestamp": "yesterday"} for number in range(10_000)]
    return {"query": query, "variables": {"calls": calls}}


REFUSED: dict[str, dict[str, Any]] = {
    "too many values": typed_calls(1_000_000),
    "too many characters": {"query": "{ viewer { now } }" + " " * MAX_CHARACTERS},
    "too many words": {"query": "{ " + "a " * MAX_TOKENS + "}"},
    "too deep": {"query": "{ a " * (MAX_DEPTH + 1_000) + "}" * (MAX_DEPTH + 1_000)},
    "too many aliases": {"query": "{ " + " ".join(f"a{n}: __typename" for n in range(3_000)) + " }"},
    "too dear": {
        "query": "{ "
        + " ".join(f"a{n}: callLogs(first: 500) {{ edges {{ node {{ id }} }} }}" for n in range(150))
        + "}"
    },
    "unknown fields": {"query": "{ " + " ".join(f"dashbords{n}" for n in range(1_900)) + " }"},
    "the same field again and again": {"query": "{ " + "viewer { now } " * 600 + "}"},
    "too many ids": nodes([encode("CallLog", number) for number in range(5_000)]),
    "a filter with many keys": _filtered({f"k{number}": 1 for number in range(200_000)}),
    "a filter of many conditions": _filtered({"operator": "or", "conditions": [None] * 200_000}),
    "a filter given many times": {
        "query": "query ($f: JSON) { "
        + " ".join(f"a{n}: callLogs(filters: $f, first: 1) {{ totalCount }}" for n in range(190))
        + " }",
        "variables": {"f": [{"field": "a"}] * 20_000},
    },
    "a cursor of megabytes": {
        "query": "query ($c: String) { callLogs(after: $c) { totalCount } }",
        "variables": {"c": "a" * 9_000_000},
    },
}
"""Requests that are refused, each as large as the limits before its own let it be."""
