"""Which agent an item of a chart is of, where the chart is grouped by agents."""

from aggregation.question.query import ChartQuery, FieldGroup, Group, groups_of, labels_of

NUMBER = "agent_id"
NAME = "agent.agent_name"


def agent_of(query: ChartQuery, label: str | None) -> int | str | None:
    """The number or the name of the agent that a label of a group stands for; None where it stands for none.

    Args:
        label: of a series, slice or row; of a row by pairs, both labels in one.
    """
    if query.group is None:
        return _agent(query.measured.name if query.measured else None, label)
    for group, own in zip(groups_of(query.group), labels_of(query.group, label), strict=True):
        found = _agent(_field(group), own)
        if found is not None:
            return found
    return None


def _field(group: Group) -> str | None:
    return group.field if isinstance(group, FieldGroup) else None


def _agent(field: str | None, label: str | None) -> int | str | None:
    if label is None:
        return None
    return int(label) if field == NUMBER else label if field == NAME else None
