"""The page at ``/graphql`` for browsers: GraphiQL with examples, and in demo mode with the key filled in.

Its sources are in ``web/graphiql``; installing Dialboard builds them into ``built``.
"""

import ipaddress
import json
from functools import cache
from pathlib import Path

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse

_FOLDER = Path(__file__).parent
ASSETS = _FOLDER / "built"
"""Scripts and styles of the page, served at ``/assets``. Not there where the page could not be built."""
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Only scripts that this server serves are run, and none that stand in the page itself. Its editor makes styles as it
runs; those can load nothing from elsewhere either."""
_HEADERS = {"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Content-Security-Policy": _POLICY}


@cache
def example_query() -> str:
    """The first example of the page."""
    return (_FOLDER / "example_query.graphql").read_text()


@cache
def _template() -> tuple[str, str]:
    before, after = (_FOLDER / "graphiql.html").read_text().split("CONFIG")
    return before, after


def is_built() -> bool:
    """Whether the page was built when Dialboard was installed."""
    return (ASSETS / "page.js").is_file()


def wants_page(connection: HTTPConnection) -> bool:
    """Whether a browser asks for the page: a GET that takes HTML and carries no query."""
    return (
        connection.scope.get("method") == "GET"
        and "query" not in connection.query_params
        and "text/html" in connection.headers.get("accept", "").lower()
    )


def is_loopback(host: str) -> bool:
    """Whether an address or host name means this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_FORWARDING = frozenset(
    {"forwarded", "via", "x-real-ip", "true-client-ip", "client-ip", "x-client-ip", "x-cluster-client-ip"}
)
_FORWARDING_PREFIXES = ("x-forwarded", "x-original-", "x-envoy-", "cf-", "fastly-", "x-amz-cf-", "x-appengine-")


def is_forwarded(header: str) -> bool:
    """Whether a header, by its name in lower case, is one that proxies add."""
    return header in _FORWARDING or header.startswith(_FORWARDING_PREFIXES)


def is_local(connection: HTTPConnection) -> bool:
    """Whether a browser on this very machine asks: by its address, by the one name it used for this machine, and
    because no header says that the request was forwarded. A proxy on this machine that adds none, and sends the address
    of the server as host, cannot be told from it."""
    hosts = connection.headers.getlist("host")
    if connection.client is None or len(hosts) != 1 or any(map(is_forwarded, connection.headers)):
        return False
    return is_loopback(connection.client.host) and is_loopback(connection.url.hostname or "")


def page(request: Request, demo_key: str | None) -> HTMLResponse:
    """The page. The demo's key is in it only for a browser on this machine."""
    if not is_built():
        return HTMLResponse((_FOLDER / "graphiql_missing.html").read_text(), headers=_HEADERS)
    config = {"key": demo_key} if demo_key and is_local(request) else {}
    before, after = _template()
    text = json.dumps(config).replace("<", "\\u003c")
    return HTMLResponse(before + text + after, headers=_HEADERS)
