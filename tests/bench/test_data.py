"""The calls of the benchmarks have every field that calls can be given."""

import re

from bench.data import FILL_CALLS
from models.call_fields import GIVEN


def test_every_field_of_calls_is_filled() -> None:
    listed = re.search(r"insert into call_logs \(([^)]*)\)", FILL_CALLS)
    assert listed is not None
    columns = {name.strip() for name in listed[1].split(",")}
    assert columns == {"project_id", "agent_id", "metadata", *(field.name for field in GIVEN)}
