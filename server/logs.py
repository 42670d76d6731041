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


def configure(settings: Settings) -> None:
    """Sends the program's own events and those of its libraries through one formatter."""
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
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
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
