"""The addresses that a service may have sent a request to: what Twilio signs."""

from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request

from server.http.addresses import is_in, networks
from server.settings import Settings

_PORTS = {"http": 80, "https": 443}
_SHOWN = 300


def sent_to(request: Request, settings: Settings) -> list[str]:
    """The address of a request as its sender wrote it, with and without its port: Twilio signs either.

    It begins as ``DIALBOARD_PUBLIC_URL`` says. Without that setting, it has the scheme and the host of the request, or
    those that a trusted proxy gives in ``X-Forwarded-Proto`` and ``X-Forwarded-Host``.
    """
    scope = request.scope
    path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
    query = scope["query_string"].decode("latin-1")
    begins = settings.public_url or _seen(request, settings)
    return _with_and_without_port(begins + path + (f"?{query}" if query else ""))


def _seen(request: Request, settings: Settings) -> str:
    scheme, host = request.url.scheme, request.headers.get("host", "")
    peer = request.client.host if request.client else ""
    if is_in(peer, networks(settings.trusted_proxies)):
        scheme = _first(request, "x-forwarded-proto") or scheme
        host = _first(request, "x-forwarded-host") or host
    return f"{scheme}://{host[:_SHOWN]}"


def _first(request: Request, header: str) -> str:
    """The first of a header's values: each proxy appends its own."""
    return request.headers.get(header, "").partition(",")[0].strip()


def _with_and_without_port(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return [url]
    if not host:
        return [url]
    without = _at(parts, parts.netloc.rpartition("@")[2].removesuffix(f":{port}"))
    used = port or _PORTS.get(parts.scheme)
    return [without, _at(urlsplit(without), f"{urlsplit(without).netloc}:{used}")]


def _at(parts: SplitResult, netloc: str) -> str:
    return parts._replace(netloc=netloc).geturl()
