"""The quick tests are shared out between processes: each runs in one of them."""

from collections import Counter
from dataclasses import dataclass
from typing import cast

import pytest

from tests.forked import shares


@dataclass(frozen=True)
class Named:
    """A test, as far as it is looked at."""

    nodeid: str


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_test_is_in_one_part_beside_those_of_its_file(count: int) -> None:
    sizes = {"a.py": 40, "b.py": 30, "c.py": 20, "d.py": 10, "e.py": 1}
    items = [Named(f"{file}::test_{number}") for file, size in sizes.items() for number in range(size)]
    parts = shares(cast("list[pytest.Item]", items), count)
    assert len(parts) == count
    assert Counter(item.nodeid for part in parts for item in part) == Counter(item.nodeid for item in items)
    for file in sizes:
        assert sum(any(item.nodeid.startswith(file) for item in part) for part in parts) == 1
    if count == 2:
        assert {len(part) for part in parts} == {50, 51}
