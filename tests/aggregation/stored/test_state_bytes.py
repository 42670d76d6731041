"""Days of pre-aggregates survive being packed."""

import numpy as np
import pytest

from aggregation.stored.day import CELL_COLUMNS, ENTRY_COLUMNS, SLOTS_A_DAY, Day, pack, unpack
from aggregation.stored.definition import Kind


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("rows", [0, 1, 500])
def test_packed_days_are_the_same_again(kind: Kind, rows: int) -> None:
    random = np.random.default_rng(20261124)

    def column(dtype: str) -> np.ndarray:
        shape = (rows, *np.dtype(dtype).shape)
        base = np.dtype(dtype).base
        values = random.normal(size=shape) if base.kind == "f" else random.integers(0, 1_000, size=shape)
        return values.astype(base)

    day = Day(
        number=20_000,
        versions=np.arange(SLOTS_A_DAY),
        labels=("a", None, "ü\n🎈"),
        cells={name: column(dtype) for name, dtype in CELL_COLUMNS[kind].items()},
        entries={name: column(dtype) for name, dtype in ENTRY_COLUMNS.items()},
        is_sketch=rows == 1,
    )
    again = unpack(kind, day.number, day.versions, pack(day))
    assert again.labels == day.labels
    assert again.is_sketch == day.is_sketch
    for before, after in ((day.cells, again.cells), (day.entries, again.entries)):
        assert list(before) == list(after)
        for name in before:
            np.testing.assert_array_equal(before[name], after[name])
            assert before[name].dtype == after[name].dtype
