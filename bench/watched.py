"""``dialboard serve`` on a data folder, in a process whose memory and event loop are watched."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

_COMMAND = (sys.executable, "-c", "from server.commands.cli import main; main()", "serve", "--port", "0")
_ADDRESS = re.compile(rb"Dialboard is at http://127\.0\.0\.1:(\d+)/graphql")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Watched:
    """A server that runs."""

    port: int
    process: int

    def memory(self) -> float:
        """The memory of its process in MB: what is resident."""
        return int(Path(f"/proc/{self.process}/statm").read_text().split()[1]) * _PAGE / 1e6

    async def longest_lag(self) -> str:
        """The bound below which every lag of its event loop was, since it started."""
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://127.0.0.1:{self.port}/metrics", timeout=60)).text
        for family in text_string_to_metric_families(text):
            if family.name == "dialboard_event_loop_lag_seconds":
                buckets = [one for one in family.samples if one.name.endswith("_bucket")]
                most = buckets[-1].value
                return next(f"{one.labels['le']} s" for one in buckets if one.value == most)
        return "unknown"


@asynccontextmanager
async def serving(folder: Path, settings: Mapping[str, str]) -> AsyncGenerator[Watched]:
    """A server on a data folder, as a user starts it."""
    environment = {**os.environ, "DIALBOARD_LOG_LEVEL": "error", "DIALBOARD_DATA_DIR": str(folder), **settings}
    process = await asyncio.create_subprocess_exec(*_COMMAND, env=environment, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        port = None
        while port is None:
            line = await asyncio.wait_for(process.stdout.readline(), 120)
            if not line:
                raise RuntimeError("The server did not start.")
            port = _ADDRESS.search(line)
        yield Watched(int(port[1]), process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
