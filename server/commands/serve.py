"""``dialboard serve``: from the settings to a listening server, and back down again."""

import asyncio
import gc
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
import uvicorn
from fastapi import FastAPI

from server.app import create_app
from server.demo import load_demo
from server.demo.key import demo_key
from server.http.connections import ConnectionLimits
from server.http.counted_socket import CountedSocket
from server.http.graphiql import is_loopback
from server.http.open_files import connections_within, raise_limit
from server.http.protocol import bounded_protocol
from server.http.security_headers import security_headers
from server.http.stopping import Server
from server.projects import list_projects
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from server.user_error import UserError

DEMO_CALLS = 20_000
DEMO_SEED = 1

_YOUNG = 10_000
"""Objects made since the last look at the young ones: a dashboard makes twice as many, and most go with its request."""

_YOUNG_AGAIN = 3
"""After so many such looks, what they found alive is looked at once more."""

_OLD = 1_000
"""After so many of those, everything is looked at, which takes half a second where large answers are being made. What
requests leave behind is no garbage of this kind: it goes when they end (tests/server/http/test_no_stalls.py)."""


_SWITCH_SECONDS = 0.0005
"""A tenth of Python's default: for so long may a thread go on once another one wants the interpreter."""

_THREADS = 2
"""One may wait for something, such as a database that starts."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.serve")


class ServeError(UserError):
    """The server cannot listen where it should; the message says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0 takes a free one."""

    host: str
    port: int

    def listen(self) -> socket.socket:
        """Opens the socket, before anything slow is started."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            return socket.create_server((self.host, self.port), family=family, backlog=512)
        except (OSError, OverflowError) as error:
            number = getattr(error, "errno", None) or 0
            reason = os.strerror(number) if number > 0 else str(error)
            raise ServeError(
                f"Cannot listen on {self.host} port {self.port}: {reason}. Choose others with --host and --port."
            ) from None

    def url(self, port: int) -> str:
        """The endpoint, as a client on this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/graphql"


async def serve(settings: Settings, address: Address, *, demo: bool) -> None:
    """Serves until the process is told to stop, then finishes what is under way.

    Raises:
        ServeError: the address cannot be listened on.
    """
    with address.listen() as listener:
        settings = _within_open_files(settings)
        async with open_runtime(settings) as runtime:
            key = await _prepare_demo(settings, runtime) if demo else None
            page_key = key if is_loopback(address.host) else None
            app = create_app(settings, runtime, page_key, is_demo=demo)
            _settle_memory()
            _favour_event_loop()
            _greet(address.url(listener.getsockname()[1]), key)
            await Server(server_config(app, settings)).serve(sockets=[listener])


def _within_open_files(settings: Settings) -> Settings:
    """The settings, with no more connections than the process can have files open."""
    limit = raise_limit()
    most = connections_within(limit, settings.pool_size)
    if most is None or most >= settings.max_connections:
        return settings
    _log.warning(
        "the limit of open files (ulimit -n) is lower than DIALBOARD_MAX_CONNECTIONS needs, so fewer are accepted",
        limit=limit,
        connections=most,
        asked=settings.max_connections,
    )
    return settings.model_copy(update={"max_connections": most})


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How the server listens."""
    limits = ConnectionLimits(
        total=settings.max_connections,
        per_address=settings.max_connections_per_address,
        read_seconds=settings.read_seconds,
        send_seconds=settings.send_seconds,
    )
    return uvicorn.Config(
        app,
        loop="none",
        lifespan="on",
        http=bounded_protocol(limits),
        ws=CountedSocket,
        headers=[(name.decode(), value.decode()) for name, value in security_headers(settings.hsts_seconds)],
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_seconds,
        ws_max_size=min(settings.max_request_bytes, settings.max_message_bytes),
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


def _settle_memory() -> None:
    """Spares what lives as long as the process from being looked through for garbage again and again, which holds up a
    request now and then for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _YOUNG_AGAIN, _OLD)


def _favour_event_loop() -> None:
    """Has threads that compute beside the event loop hand the interpreter over soon, and few of them ask for it.

    All of them together compute no faster than one: only one runs Python at a time. Each of them that wants to is a
    switch that the loop may have to wait for, several times for every request.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="beside"))


async def _prepare_demo(settings: Settings, runtime: Runtime) -> str:
    """Loads demo data into an empty database, and only there; returns a key to it."""
    if not await list_projects(runtime.engine):
        await load_demo(runtime.sessions, calls=DEMO_CALLS, seed=DEMO_SEED, progress=sys.stderr.isatty())
    return await demo_key(runtime.sessions, settings.data_dir)


def _greet(url: str, key: str | None) -> None:
    print(f"\nDialboard is at {url}")
    if key is None:
        print("Requests require an API key: dialboard keys create --project NAME\n", flush=True)
        return
    query = '{"query": "{ dashboards { edges { node { id name widgetCount } } } }"}'
    print(f"API key: {key}\n")
    print(
        f"  curl -s {url} -H 'X-API-Key: {key}' -H 'Content-Type: application/json' \\\n    -d '{query}'\n", flush=True
    )
