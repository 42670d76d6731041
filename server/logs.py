"""Structured logs, on standard error: a line an event, for people (``console``) or for programs (``json``)."""

import io
import logging
import re
import sys
from contextlib import suppress
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, ExcInfo, Processor

from server.request_id import with_request_id
from server.settings import Settings

_QUIET = {"alembic": logging.WARNING, "uvicorn.error": logging.WARNING, "uvicorn.access": logging.WARNING}
"""Loggers that say less than the rest."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What would begin a line of its own, steer a terminal, or turn the direction of what follows."""


def _escaped(value: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), value)


def without_control_characters(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Escapes control characters in the strings of an event, so that what clients send cannot forge lines or steer a
    terminal. Values of other types are written by ``repr`` or as JSON, which escape them as well."""
    for key, value in event.items():
        if isinstance(value, str) and _CONTROL.search(value):
            event[key] = _escaped_lines(value) if key == "exception" else _escaped(value)
    return event


def _escaped_lines(text: str) -> str:
    return "\n".join(map(_escaped, text.split("\n")))


def _traceback(output: TextIO, exception: ExcInfo) -> None:
    """A traceback without the values of variables, which would show keys and what calls hold."""
    text = io.StringIO()
    structlog.dev.plain_traceback(text, exception)
    output.write(_escaped_lines(text.getvalue()))


def _to_json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


class _Writer(structlog.WriteLogger):
    """Writes the program's own events without the machinery of the standard library, which costs as much as a small
    request does."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.name = name

    def msg(self, message: str) -> None:
        """Writes a line. A terminal that was closed, or a disk that is full, is no reason for a request to fail."""
        with suppress(OSError):
            sys.stderr.write(message + "\n")

    log = debug = info = warning = error = critical = exception = msg


def configure(settings: Settings) -> None:
    """Sends the program's own events and those of its libraries through the same processors."""
    shared: list[Processor] = [
        with_request_id,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Processor] = (
        [
            structlog.processors.format_exc_info,
            without_control_characters,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ]
        if settings.log_format == "json"
        else [
            without_control_characters,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_traceback),
        ]
    )
    processors = structlog.get_config()["processors"]
    processors[:] = [*shared, *ending]  # in place, so that loggers in use follow
    structlog.configure(
        processors=processors,
        logger_factory=_Writer,
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
