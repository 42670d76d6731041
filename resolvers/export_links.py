"""Links to files that work without an API key until they expire.

The token of a link says which key made it and until when it works, and has a signature over that, the path and all
parameters. The server signs; the key itself is not in the link, and cannot be found out from it.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

TOKEN = "token"
"""The parameter of the address that holds the token."""

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=7)
"""How long a link can work."""

_PURPOSE = b"dialboard export link 1"
_TOKEN = re.compile(r"1\.([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})", re.ASCII)
_ROOT = "/export/"


class LinkError(Exception):
    """A link that does not work; the message is fit for people."""


@dataclass(frozen=True, slots=True)
class Link:
    """What the token of a link says: the project, and the key that made it."""

    project_id: int
    key_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ExportLinks:
    """Makes links and reads them.

    Args:
        secret: a key of the server, which all its processes share.
    """

    secret: bytes = field(repr=False)

    @classmethod
    def of_key(cls, key: tuple[int, int]) -> "ExportLinks":
        """Links by the key that signs projects."""
        return cls(b"".join(number.to_bytes(8, signed=True) for number in key))

    @classmethod
    def of_process(cls) -> "ExportLinks":
        """Links that only this process knows."""
        return cls(secrets.token_bytes(32))

    def signed(self, url: str, link: Link) -> str:
        """The address with a token."""
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        about = f"1.{link.project_id}.{link.key_id}.{int(link.expires_at.timestamp())}"
        token = f"{about}.{self._signature(about, parts.path, query)}"
        return f"{parts.path}?{urlencode([*query, (TOKEN, token)])}"

    def read(self, path: str, query: Iterable[tuple[str, str]], now: datetime) -> Link:
        """What the token of an address says.

        Raises:
            LinkError: it was not made by this server for this address, or has expired.
        """
        parameters = [*query]
        tokens = [value for name, value in parameters if name == TOKEN]
        found = _TOKEN.fullmatch(tokens[0]) if len(tokens) == 1 else None
        rest = [(name, value) for name, value in parameters if name != TOKEN]
        about, _, signature = tokens[0].rpartition(".") if found else ("", "", "")
        if found is None or not hmac.compare_digest(signature, self._signature(about, path, rest)):
            raise LinkError("This link is not valid: it is incomplete, was changed, or was not made by this server.")
        link = Link(int(found[1]), int(found[2]), datetime.fromtimestamp(int(found[3]), UTC))
        if link.expires_at <= now:
            when = link.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
            raise LinkError(f"This link expired at {when}.")
        return link

    def _signature(self, about: str, path: str, query: Iterable[tuple[str, str]]) -> str:
        """The signature of a token, of an address with these parameters in any order."""
        # A proxy can put a prefix before the routes.
        _, root, place = path.partition(_ROOT)
        message = "\n".join((about, root + place, urlencode(sorted(query)))).encode()
        digest = hmac.digest(self.secret, _PURPOSE + b"\n" + message, hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
