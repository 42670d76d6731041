"""What the conditions of a filter cost, told from its form alone: it is not checked yet."""

from itertools import islice
from typing import Any, cast

from graph.cost.weights import AGENT_CONDITION, CONDITION, EVALUATION_CONDITION, REGEX_CONDITION

_MOST = 20_000
"""Parts of a filter that are looked at, and members of objects that are no conditions. The check of filters refuses far
smaller ones."""

_OF_AGENTS = {"agent.agent_name", "agent.assistant_id", "agentAgentName", "agentAssistantId"}
"""Fields of a call's agent, as JSON and typed filters name them. Its id stands in the call."""


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
                points += sum(_typed(key, value) for key, value in islice(members.items(), left))
                waiting += islice(members.values(), left)
                left = max(0, left - len(members))
    return points


def _condition(name: str, op: object) -> float:
    if name.startswith("metric_evaluations"):
        return EVALUATION_CONDITION
    if op == "regex":
        return REGEX_CONDITION
    return AGENT_CONDITION if name in _OF_AGENTS else CONDITION


def _typed(key: str, value: object) -> float:
    """A member of a typed filter that names a field: its value has operators."""
    if key.startswith("metricEvaluations") and isinstance(value, dict):
        return EVALUATION_CONDITION * max(1, len(cast("dict[str, Any]", value)))
    if key in _OF_AGENTS and isinstance(value, dict):
        return AGENT_CONDITION * max(1, len(cast("dict[str, Any]", value)))
    return REGEX_CONDITION if key == "regex" else 0
