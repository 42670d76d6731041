"""What the benchmarks ask of a dashboard over GraphQL: what a page that draws it needs, and what checking it needs."""

from bench.served import Client

_CHARTS = {
    "StatChart": "value previousValue changePercent sampleCount previousSampleCount",
    "BarChart": "buckets { timeInterval value sampleCount }",
    "LineChart": "totalPoints points(maxPoints: 2000) { timestamp value }",
    "PieChart": "slices(top: 100) { label value percentage }",
    "ListChart": "rows(first: 100) { label value sampleCount percentage }",
}
_GROUPED = "series { label buckets { timeInterval value sampleCount } }"
_ORIGIN = ("source", "precision", "relativeError")


def _query(shown: dict[str, str], more: str = "") -> str:
    charts = " ".join(f"... on {name} {{ {fields} {more} }}" for name, fields in shown.items())
    fields = f"id name data {{ __typename {charts} ... on Error {{ code message }} }}"
    return f"query Dashboard($id: ID!) {{ dashboard(id: $id) {{ name widgets {{ {fields} }} }} }}"


DASHBOARD = _query({**_CHARTS, "BarChart": _GROUPED})
"""Everything that a page draws, all of it in one request."""


async def checked(client: Client) -> str:
    """The same with the window that each chart covers, and with where its numbers come from where the server tells."""
    fields = (await client.ask('{ __type(name: "StatChart") { fields { name } } }'))["__type"]["fields"]
    known = {field["name"] for field in fields}
    told = " ".join(name for name in _ORIGIN if name in known)
    return _query({**_CHARTS, "BarChart": _GROUPED}, f"window {{ start end }} {told}")
