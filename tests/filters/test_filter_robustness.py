"""Whatever is given as a filter, it is refused with faults or it runs: nothing else comes out."""

from contextlib import suppress
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DataError

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import (
    OPERATORS,
    Checked,
    FilterError,
    FilterFault,
    GroupOperator,
    Node,
    check_json,
    compile_filter,
    describe,
    regexes,
    to_json,
    window,
    without_timestamp,
)
from models import CallLog
from models.sessions import Sessions
from tests.filters.filter_cases import NOW, checked, condition, group

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 5, 5.0, 1.5, -0.0, 1e300, 5e-324, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**300,
    10**5000, float("nan"), float("-inf"), "", " ", "a", "%", "\\", "\0", "\x01", "\ud83d", "🎉", "now", "today-1M+5h",
    "now-9999y", "0001-01-01", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:60Z", "today+7970y", "a" * 1000,
    "(?i)^a", "***=a", [], [5], ["a", "b"], [True], [None], [5, "a"], [[5]], {}, {"a": 1}, "QWdlbnQ6NQ==",
    "Q2FsbExvZzo1",
)  # fmt: skip
NO_REGEX = "\\"  # which only PostgreSQL can tell
FIELDS = (*CALL_LOG_FIELDS.names(), "agent_id", "metadata.100%", "metadata.\\", "metadata.'", "metadata.🎉")


@pytest.mark.parametrize("field", FIELDS)
async def test_every_operator_with_odd_values_is_refused_or_runs(
    sessions: Sessions, project_id: int, field: str
) -> None:
    valid: list[dict[str, Any]] = []
    for op, value in product(OPERATORS, ODD):
        if op == "regex" and value == NO_REGEX:
            continue
        with suppress(FilterError):
            checked(condition(field, op, value))
            valid.append(condition(field, op, value))
    assert len(valid) > 5
    for start in range(0, len(valid), 100):
        tree = checked(group("or", *valid[start : start + 100]))
        assert describe(tree).encode()
        window(tree)
        where = compile_filter(tree, CALL_LOG_FIELDS, project_id)
        async with sessions.read(project_id) as session:
            assert await session.scalar(sa.select(CallLog.id).where(where)) is None


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(FIELDS)),
    lambda children: st.one_of(
        st.lists(children, max_size=4),
        st.dictionaries(st.sampled_from(("field", "op", "value", "operator", "conditions", "x")), children),
    ),
    max_leaves=12,
)
NEARLY = st.recursive(
    st.builds(condition, st.sampled_from((*FIELDS, "nothing")), st.sampled_from((*OPERATORS, "is")), JSON),
    lambda members: st.builds(
        lambda operator, found: group(operator, *found),
        st.sampled_from((*GroupOperator, "xor")),
        st.lists(st.one_of(members, JSON), max_size=3),
    ),
    max_leaves=8,
)


def outcome(raw: Any, zone: str) -> tuple[tuple[FilterFault, ...], tuple[Node | None, Checked] | None]:
    try:
        return (), check_json(raw, CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo(zone))
    except FilterError as error:
        return error.faults, None


@pytest.mark.fuzz
@given(raw=st.one_of(JSON, NEARLY), zone=st.sampled_from(("UTC", "America/Sao_Paulo", "Asia/Kathmandu")))
def test_any_json_is_refused_with_faults_or_compiles(raw: Any, zone: str) -> None:
    without_timestamp(raw)
    faults, found = outcome(raw, zone)
    for fault in faults:
        assert fault.message.encode()
        assert len(fault.message) < 1_500
        assert fault.path == "" or fault.path.encode().startswith(b"/")
    if found is None:
        assert faults
        return
    node, tree = found
    hash(tree)
    assert describe(tree).encode()
    window(tree)
    str(compile_filter(tree, CALL_LOG_FIELDS, 1))
    again = check_json(to_json(node), CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo(zone))
    assert again[1] == tree


async def test_a_regex_that_does_not_compile_is_found_by_running_it(sessions: Sessions, project_id: int) -> None:
    ((pattern, path),) = regexes(checked(condition("topic", "regex", NO_REGEX)))
    assert path == "/value"
    with pytest.raises(DataError, match="invalid regular expression"):
        async with sessions.read(project_id) as session:
            await session.scalar(sa.select(sa.literal("").regexp_match(pattern)))
