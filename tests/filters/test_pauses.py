"""Pauses between many conditions: where they stand, and that they change nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import and_, column, or_

from filters.pauses import CONDITIONS, with_pauses


@pytest.mark.parametrize("together", [and_, or_])
def test_many_conditions_stand_in_groups(together: Callable[..., Any]) -> None:
    conditions = [column(f"c{number}") == number for number in range(2 * CONDITIONS + 1)]
    groups = with_pauses(together, conditions).get_children()
    assert len([*groups]) == 3
    inside = str(with_pauses(together, conditions))
    assert inside.replace("(", "").replace(")", "") == str(together(*conditions))


@pytest.mark.parametrize("together", [and_, or_])
def test_few_conditions_are_as_they_are(together: Callable[..., Any]) -> None:
    conditions = [column(f"c{number}") == number for number in range(CONDITIONS)]
    assert str(with_pauses(together, conditions)) == str(together(*conditions))
