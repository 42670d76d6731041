"""Mappings for the exports of well-known services, and telling by its shape which one a file comes from.

They are the files of ``examples/``, which a wheel has, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidfuzz import process

from server.importing.mapping import CallMapping
from server.importing.mapping_file import read_mapping
from server.importing.outcome import ImportFailure

_FOLDER = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True, slots=True)
class Preset:
    """What the exports of a service are told by.

    Attributes:
        columns: that the header of a table has.
        keys: that JSON documents have.
        other_keys: that they have instead, where one of ``keys`` is missing.
        values: texts of which a key of JSON documents has one; or the first letters of one, with a star after them.
        is_headless: whether a table has no header, so that only its rows can tell.
        is_local: whether the times are of a zone that the files do not name.
        note: what is told of how the files are read, where they leave something open.
    """

    name: str
    columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    other_keys: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    is_headless: bool = False
    is_local: bool = False
    note: str = ""

    def has_header(self, header: Sequence[str]) -> bool:
        """Whether a header is one of the service."""
        return bool(self.columns) and set(self.columns) <= set(header)

    def has_document(self, document: Mapping[str, Any]) -> bool:
        """Whether a JSON document is one of the service."""
        if self.keys and set(self.keys) <= document.keys():
            return all(_is_one_of(document.get(key), texts) for key, texts in self.values.items())
        return bool(self.other_keys) and set(self.other_keys) <= document.keys()


_BY_NUMBERS = (
    "The file does not say the direction of calls. Where the {} do not tell, a call from an extension (at most five "
    "digits) to a number that is none went out, and its agent is the caller; of all others it is who was called."
)
PRESETS = (
    Preset(
        "vapi",
        keys=("id", "type"),
        other_keys=("id", "orgId", "assistantId", "createdAt", "updatedAt", "status"),
        values={"type": ("inboundPhoneCall", "outboundPhoneCall", "webCall", "vapi.websocketCall")},
    ),
    Preset("retell", keys=("call_id", "agent_id", "call_type"), values={"call_type": ("phone_call", "web_call")}),
    Preset("twilio", keys=("sid", "status", "direction"), values={"sid": ("CA*",)}),
    Preset("amazon-connect", keys=("ContactId", "InitiationTimestamp")),
    Preset("genesys", keys=("conversationId", "conversationStart", "participants")),
    Preset(
        "five9", columns=("CALL ID", "TIMESTAMP", "CALL TYPE", "AGENT", "DISPOSITION", "ANI", "DNIS"), is_local=True
    ),
    Preset("zendesk", keys=("id", "created_at", "agent_id", "completion_status")),
    Preset(
        "ringcentral", columns=("Direction", "Extension", "Date", "Time", "Action Result", "Duration"), is_local=True
    ),
    Preset("aircall", columns=("line", "datetime (UTC)", "direction", "answered", "user")),
    Preset(
        "3cx",
        columns=("Call Time", "Call ID", "From", "To", "Direction", "Status", "Ringing", "Talking"),
        is_local=True,
    ),
    Preset("asterisk", is_headless=True, is_local=True, note=_BY_NUMBERS.format("names of contexts")),
    Preset(
        "cisco",
        columns=("cdrRecordType", "globalCallID_callId", "dateTimeOrigination", "dateTimeConnect"),
        note=_BY_NUMBERS.format("names of devices"),
    ),
)
"""In the order in which they are tried."""

NAMES = tuple(preset.name for preset in PRESETS)
AUTO = "auto"
"""The name of the preset that a file is recognised to come from."""


def preset_path(name: str) -> Path:
    """The file of a preset.

    Raises:
        ImportFailure: there is no such preset.
    """
    if name not in NAMES:
        near = process.extractOne(name, NAMES, score_cutoff=60)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise ImportFailure(f"{name!r} is not a valid preset{meant}; allowed: {AUTO}, {', '.join(NAMES)}")
    return _FOLDER / f"{name}.toml"


def read_preset(name: str, time_zone: str | None = None) -> CallMapping:
    """The mapping of a preset.

    Args:
        time_zone: of local times whose zone the files do not name; UTC when not given.

    Raises:
        ImportFailure: there is no such preset, or no such zone.
    """
    return read_mapping(preset_path(name), time_zone)


def preset_note(name: str) -> str:
    """What is told of how the files of a preset are read; an empty text where there is nothing."""
    return next(preset.note for preset in PRESETS if preset.name == name)


def preset_of_header(header: Sequence[str]) -> Preset | None:
    """The preset for a table with such a header."""
    return next((preset for preset in PRESETS if preset.has_header(header)), None)


def preset_of_document(document: Mapping[str, Any]) -> Preset | None:
    """The preset for JSON documents like one."""
    return next((preset for preset in PRESETS if preset.has_document(document)), None)


def _is_one_of(value: object, texts: Sequence[str]) -> bool:
    return isinstance(value, str) and any(
        value.startswith(text[:-1]) if text.endswith("*") else value == text for text in texts
    )
