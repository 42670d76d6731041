"""Media types of GraphQL over HTTP: what a request is in, and what its client wants the answer in.

https://graphql.github.io/graphql-over-http/draft/
"""

from functools import lru_cache

from strawberry.http.parse_content_type import parse_content_type

from server.http.responses import JSON

GRAPHQL_RESPONSE = "application/graphql-response+json; charset=utf-8"
_OFFERS = {"application/json": JSON, "application/graphql-response+json": GRAPHQL_RESPONSE, "application/*": JSON}
OFFERED = ("application/json", "application/graphql-response+json")
_REMEMBERED = 128


@lru_cache(_REMEMBERED)
def negotiate(accept: str) -> str | None:
    """The media type to answer with, by the client's ``Accept``; None where it takes neither of ours."""
    best, weight = None, 0.0
    for part in (accept or "*/*").split(","):
        media, parameters = parse_content_type(part.strip() or "*/*")
        offer = JSON if media == "*/*" else _OFFERS.get(media.lower())
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            quality = 0.0
        if offer is not None and quality > weight:
            best, weight = offer, quality
    return best


@lru_cache(_REMEMBERED)
def is_json(content_type: str) -> bool:
    """Whether a body of this type is JSON in UTF-8."""
    media, parameters = parse_content_type(content_type)
    return media.lower() == "application/json" and parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8")
