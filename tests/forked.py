"""A plugin of pytest that runs tests in several processes which are made once the tests are found.

``pytest -p tests.forked --capture=sys -m pure``

Finding the tests takes as long as running those that need no database; processes that each begin with it, as those of
pytest-xdist do, are no faster than one. What is captured must be captured in memory, because the processes share files.
"""

import os
import sys

import pytest

PROCESSES = min(4, os.cpu_count() or 1)

_children = pytest.StashKey[list[int]]()


def shares(items: list[pytest.Item], count: int) -> list[list[pytest.Item]]:
    """The tests in so many parts of about the same size. Those of one file stay together, in their order."""
    by_file: dict[str, list[pytest.Item]] = {}
    for item in items:
        by_file.setdefault(item.nodeid.partition("::")[0], []).append(item)
    parts: list[list[pytest.Item]] = [[] for _ in range(count)]
    for tests in sorted(by_file.values(), key=len, reverse=True):
        min(parts, key=len).extend(tests)
    return parts


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Makes the other processes, and leaves each its part of the tests. Each goes on as if it were the only one."""
    if session.config.option.collectonly or not hasattr(os, "fork"):
        return
    children = session.config.stash[_children] = []
    first, *others = shares(session.items, PROCESSES)
    sys.stdout.flush()
    sys.stderr.flush()
    for part in others:
        child = os.fork()
        if child == 0:
            children.clear()
            session.items[:] = part
            return
        children.append(child)
    session.items[:] = first


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Waits for the other processes. The run fails when one of them does."""
    for child in session.config.stash.get(_children, []):
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
