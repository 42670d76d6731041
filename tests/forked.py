"""A plugin of pytest that runs tests in several processes which are made once the tests are found.

``pytest -p tests.forked --capture=sys -m pure``

Finding the tests takes as long as running those that need no database; processes that each begin with it, as those of
pytest-xdist do, are no faster than one. What is captured must be captured in memory, because the processes share files.
"""

import gc
import os
import sys
from collections.abc import Iterator, Sequence

import pytest

PROCESSES = min(4, os.cpu_count() or 1)

_NUMBER = 2
"""Bytes of the number of a file."""

gc.disable()  # until the tests are found

_children = pytest.StashKey[list[int]]()
_status = pytest.StashKey[int]()


def by_file(items: Sequence[pytest.Item]) -> list[list[pytest.Item]]:
    """The tests of each file, those of the whole house first: they take the longest, as they read all of its texts."""
    found: dict[str, list[pytest.Item]] = {}
    for item in items:
        found.setdefault(item.nodeid.partition("::")[0], []).append(item)
    return [found[file] for file in sorted(found, key=lambda file: (file.count("/") > 1, -len(found[file])))]


def queue_of(count: int) -> int:
    """A pipe with the numbers below a count, of which several processes each take the next one."""
    read, write = os.pipe()
    os.write(write, b"".join(number.to_bytes(_NUMBER, "big") for number in range(count)))
    os.close(write)
    return read


def taken(queue: int) -> Iterator[int]:
    """The numbers that this process takes, until none is left."""
    while number := os.read(queue, _NUMBER):
        yield int.from_bytes(number, "big")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Makes the other processes. Each runs the tests of one file after another, and reports as if it were alone."""
    if session.config.option.collectonly or not hasattr(os, "fork"):
        return None
    children = session.config.stash[_children] = []
    files = by_file(session.items)
    queue = queue_of(len(files))
    sys.stdout.flush()
    sys.stderr.flush()
    # What was found lives to the end: it is neither looked through for garbage, nor copied for that by each process.
    gc.freeze()
    gc.enable()
    for _ in range(PROCESSES - 1):
        child = os.fork()
        if child == 0:
            children.clear()
            break
        children.append(child)
    _run(session, (files[number] for number in taken(queue)))
    return True


def _run(session: pytest.Session, files: Iterator[list[pytest.Item]]) -> None:
    """As pytest's own loop does, which must know the next test to keep the fixtures that it needs."""
    tests = (item for file in files for item in file)
    item = next(tests, None)
    while item is not None:
        following = next(tests, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Waits for the other processes. The run fails when one of them does."""
    for child in session.config.stash.get(_children, []):
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    session.config.stash[_status] = int(session.exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends each process at once: to take apart all that was imported takes seconds."""
    if _children in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_status])
