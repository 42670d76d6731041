"""Structured logs, on standard error: a line an event, for people (``console``) or for programs (``json``)."""

import logging
import sys

import orjson
import structlog
from structlog.typing import Processor

from server.settings import Settings

_QUIET = {"alembic": logging.WARNING, "uvicorn.error": logging.WARNING, "uvicorn.access": logging.WARNING}
"""Loggers that say less than the rest."""


def _to_json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


class _Writer(structlog.WriteLogger):
    """Writes the program's own events without the machinery of the standard library, which costs as much as a small
    request does."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.name = name

    def msg(self, message: str) -> None:
        """Writes a line."""
        sys.stderr.write(message + "\n")

    log = debug = info = warning = error = critical = exception = msg


def configure(settings: Settings) -> None:
    """Sends the program's own events and those of its libraries through the same processors."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_to_json)]
        if settings.log_format == "json"
        # Plain tracebacks: those with the values of variables would show keys and what calls hold.
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[*shared, *ending],
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
