"""The headers of a request, decoded once: most of them are asked for several times."""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.requests import Request


class DecodedHeaders(Headers):
    """Headers whose first values are looked up in a dictionary, by their names in lower case."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        super().__init__(raw=[*raw])
        self._first: dict[str, str] = {}
        for name, value in self.raw:
            self._first.setdefault(name.decode("latin-1"), value.decode("latin-1"))

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """The first value of a header."""
        return self._first.get(key.lower(), default)

    def __getitem__(self, key: str) -> str:
        return self._first[key.lower()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._first

    def getlist(self, key: str) -> list[str]:
        """All values of a header, in their order."""
        return super().getlist(key) if key in self else []


class DecodedRequest(Request):
    """A request with such headers."""

    @property
    def headers(self) -> Headers:
        """The headers."""
        found: Headers | None = getattr(self, "_headers", None)
        if found is None:
            found = self._headers = DecodedHeaders(self.scope["headers"])
        return found
