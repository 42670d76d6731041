"""How an endpoint reads calls: by a mapping of its own, by that of its service, or in the native format."""

from functools import lru_cache
from pathlib import Path

from models.types import WebhookSource
from server.importing.mapping import CallMapping
from server.importing.mapping_file import parse_mapping
from server.importing.outcome import ImportFailure
from server.importing.presets import read_preset

_REMEMBERED = 200
"""Mappings that a process remembers, of at most ``server.hooks.endpoints.MOST_MAPPING`` characters each."""


def mapping_of(source: WebhookSource, text: str | None) -> CallMapping | None:
    """The mapping of an endpoint; None where it takes the native format.

    Raises:
        ImportFailure: the text is not a mapping, or no longer one.
    """
    if text is not None:
        return _parsed(text)
    match source:
        case WebhookSource.GENERIC:
            return None
        case WebhookSource.VAPI | WebhookSource.RETELL | WebhookSource.TWILIO:
            return _of_service(source)


@lru_cache(_REMEMBERED)
def _parsed(text: str) -> CallMapping:
    return parse_mapping(text, "the endpoint's mapping")


@lru_cache(len(WebhookSource))
def _of_service(source: WebhookSource) -> CallMapping:
    return read_preset(source.value)


def check_mapping(file: Path | None) -> str | None:
    """The text of a mapping file that an endpoint can use; None without a file.

    Raises:
        ImportFailure: it cannot be read or used.
    """
    if file is None:
        return None
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFailure(f"{file}: the mapping cannot be read: {error}") from None
    mapping = parse_mapping(text, str(file))
    mapping.for_documents()
    if mapping.join is not None:
        raise ImportFailure(f"{file}: join is for the rows of a file; events arrive one by one")
    return text
