"""A FastAPI route that answers one JSON value, in a process of its own: what a server costs that does nothing else."""

import json
import os
import socket
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI

ROUTE = "/answer"
ANSWER, LISTENER = "BENCH_ANSWER", "BENCH_LISTENER"


def make_app(answer: dict[str, Any]) -> FastAPI:
    """The application."""
    app = FastAPI()

    @app.post(ROUTE)
    async def give() -> dict[str, Any]:
        return answer

    return app


def main() -> None:
    """Serves the answer of the environment, with the event loop and the parser that Dialboard has."""
    fast = sys.platform != "win32"
    listener = socket.socket(fileno=int(os.environ[LISTENER]))
    config = uvicorn.Config(
        make_app(json.loads(os.environ[ANSWER])),
        loop="uvloop" if fast else "auto",
        http="httptools" if fast else "auto",
        log_level="warning",
        access_log=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
