"""The quick tests are shared out between processes: each file is run by one of them."""

import os
from collections import Counter
from dataclasses import dataclass
from typing import cast

import pytest

from tests.forked import by_file, queue_of, taken


@dataclass(frozen=True)
class Named:
    """A test, as far as it is looked at."""

    nodeid: str


def test_every_test_is_beside_those_of_its_file() -> None:
    sizes = {"tests/a/b.py": 4, "tests/a/c.py": 30, "tests/d.py": 2}
    items = [Named(f"{file}::test_{number}") for number in range(30) for file, size in sizes.items() if number < size]
    files = by_file(cast("list[pytest.Item]", items))
    assert [Counter(item.nodeid.partition("::")[0] for item in file) for file in files] == [
        {"tests/d.py": 2},
        {"tests/a/c.py": 30},
        {"tests/a/b.py": 4},
    ]


def test_each_number_is_taken_once() -> None:
    queue = queue_of(600)
    first, second = taken(queue), taken(queue)
    assert [next(first), next(second), next(first)] == [0, 1, 2]
    assert [*second] == [*range(3, 600)]
    assert next(first, None) is None
    os.close(queue)
