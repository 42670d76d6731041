"""What the conditions of a filter cost, told from its form alone: it is not checked yet."""

from typing import Any, cast

from graph.cost.weights import CONDITION, EVALUATION_CONDITION, REGEX_CONDITION

_MOST = 20_000
"""Parts of a filter that are looked at. The check of filters refuses far smaller ones."""


def points_of(filters: object) -> float:
    """The points of a filter's conditions, in JSON or typed form. Whatever is no condition costs nothing."""
    points, left, waiting = 0.0, _MOST, [filters]
    while waiting and left:
        left -= 1
        part = waiting.pop()
        if isinstance(part, list):
            waiting += cast("list[Any]", part)
        elif isinstance(part, dict):
            members = cast("dict[str, Any]", part)
            name = members.get("field")
            if isinstance(name, str):
                points += _condition(name, members.get("op"))
            else:
                points += sum(_typed(key, value) for key, value in members.items())
                waiting += members.values()
    return points


def _condition(name: str, op: object) -> float:
    if name.startswith("metric_evaluations"):
        return EVALUATION_CONDITION
    return REGEX_CONDITION if op == "regex" else CONDITION


def _typed(key: str, value: object) -> float:
    """A member of a typed filter that names a field: its value has operators."""
    if key.startswith("metricEvaluations") and isinstance(value, dict):
        return EVALUATION_CONDITION * max(1, len(cast("dict[str, Any]", value)))
    return REGEX_CONDITION if key == "regex" else 0
