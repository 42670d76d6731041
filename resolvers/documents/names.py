"""Metrics and agents by name in place of their numbers, which mean nothing in another database. Pure functions.

In filters, conditions on the number of a metric or agent become conditions on its name. Names are unique in a
project, so they select the same calls. Conditions that compare numbers (``gt`` and the like) or name a number that
nothing has stay as they are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from aggregation.question.call_log_fields import decode_global_id
from aggregation.question.grouping import METRIC_GROUP, SECOND
from aggregation.question.needed_metrics import groupings
from filters import OPERATORS


@dataclass(frozen=True, slots=True)
class Names:
    """Names by number."""

    metrics: Mapping[int, str] = field(default_factory=dict[int, str])
    agents: Mapping[int, str] = field(default_factory=dict[int, str])

    def metric_id(self, name: str) -> int | None:
        """The number of the metric of that name."""
        return next((row_id for row_id, found in self.metrics.items() if found == name), None)


_MOST = 2**63 - 1
_METRIC, _AGENT = "Metric", "Agent"
_NUMBERS = {
    "metric_evaluations.metric.id": ("metric_evaluations.metric.name", _METRIC),
    "agent.id": ("agent.agent_name", _AGENT),
    "agent_id": ("agent.agent_name", _AGENT),
}
_OPERATORS = tuple(name for name, row in OPERATORS.items() if row.is_of_equality)


def agents_of(*filters: Any) -> set[int]:
    """The numbers of agents that filters name."""
    return _numbers_in(filters, _AGENT)


def metrics_of_filters(*filters: Any) -> set[int]:
    """The numbers of metrics that filters name."""
    return _numbers_in(filters, _METRIC)


def _numbers_in(filters: Iterable[Any], requested: str) -> set[int]:
    return {
        number
        for one in filters
        for kind, numbers in _named_in(one)
        if kind == requested
        for number in numbers
        if number is not None and 0 < number <= _MOST
    }


def with_names(filters: Any, names: Names) -> Any:
    """A filter that names metrics and agents by their names, where it can."""
    if not isinstance(filters, dict):
        return filters
    node = cast("dict[str, Any]", filters)
    members = node.get("conditions")
    if isinstance(members, list):
        return {**node, "conditions": [with_names(member, names) for member in cast("list[Any]", members)]}
    found = _numbers(node)
    if found is None:
        return node
    kind, numbers = found
    known = names.metrics if kind == _METRIC else names.agents
    texts = [known.get(number) if number is not None else None for number in numbers]
    if None in texts:
        return node
    value = texts if isinstance(node["value"], list) else texts[0]
    return {**node, "field": _NUMBERS[node["field"]][0], "value": value}


def group_with_names(group_by: Any, names: Names) -> Any:
    """A grouping whose ``metric:ID`` is ``metric:NAME``, in the second one below it too."""
    first, *second = (_with_name(one, names) for one in groupings(group_by))
    return {**first, SECOND: second[0]} if second else first


def _with_name(group: Any, names: Names) -> Any:
    number = _metric_of_group(group)
    if number is None or not number.isdecimal() or int(number) not in names.metrics:
        return group
    return {**group, "field": f"{METRIC_GROUP}{names.metrics[int(number)]}"}


def group_with_numbers(group_by: Any, names: Names) -> Any:
    """A grouping whose ``metric:NAME`` is ``metric:ID``, in the second one below it too; None when there is no such
    metric.
    """
    first, *second = (with_number(one, names) for one in groupings(group_by))
    if first is None or None in second:
        return None
    return {**first, SECOND: second[0]} if second else first


def with_number(group: Any, names: Names) -> Any:
    """The same of one grouping by itself."""
    name = _metric_of_group(group)
    if name is None:
        return group
    number = names.metric_id(name)
    return None if number is None else {**group, "field": f"{METRIC_GROUP}{number}"}


def _metric_of_group(group_by: Any) -> str | None:
    if not isinstance(group_by, dict):
        return None
    name = cast("dict[str, Any]", group_by).get("field")
    return name.removeprefix(METRIC_GROUP) if isinstance(name, str) and name.startswith(METRIC_GROUP) else None


def _named_in(filters: Any) -> Iterator[tuple[str, list[int | None]]]:
    if not isinstance(filters, dict):
        return
    node = cast("dict[str, Any]", filters)
    members = node.get("conditions")
    if isinstance(members, list):
        for member in cast("list[Any]", members):
            yield from _named_in(member)
    elif (found := _numbers(node)) is not None:
        yield found


def _numbers(condition: dict[str, Any]) -> tuple[str, list[int | None]] | None:
    """What a condition on numbers names, and which numbers; None for any other condition."""
    named = condition.get("field")
    if not isinstance(named, str) or named not in _NUMBERS or condition.get("op") not in _OPERATORS:
        return None
    value: Any = condition.get("value")
    kind = _NUMBERS[named][1]
    values = cast("list[Any]", value) if isinstance(value, list) else [value]
    return kind, [_number(one, kind) for one in values]


def _number(value: Any, kind: str) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case str():
            found = decode_global_id(value)
            return found[1] if found is not None and found[0] == kind else None
        case _:
            return None
