"""Reading the input of a mutation: ids and typed filters, with everything that is wrong noted."""

from typing import Any

import strawberry
from strawberry import Some

from aggregation.question.faults import InvalidFilterError
from graph.errors import Error
from graph.inputs.call_log_filter import CallLogFilter, filter_json
from graph.inputs.given import given
from graph.node_ids import InvalidIdError, row_id
from graph.rejections import error_of
from resolvers.absent import ABSENT
from resolvers.rejections import InvalidKind, InvalidValue, Rejections


class InputReader:
    """What was wrong with the input of one mutation, and the ids that it named."""

    def __init__(self) -> None:
        self.rejections = Rejections()
        self._ids: dict[str, strawberry.ID] = {}

    def row_id(self, global_id: str, type_name: str, path: str) -> int | None:
        """The row that an id of the input names; None, and noted, when it is no id of that type."""
        self._ids[path] = strawberry.ID(global_id)
        try:
            return row_id(global_id, type_name)
        except InvalidIdError as error:
            self.rejections.note(InvalidValue(error.message, path, error.allowed, InvalidKind.INVALID_ID))
            return None

    def filters(self, filters: Some[Any] | None, where: CallLogFilter | None, path: str, *, origin: str) -> Any:
        """The filters of an input, whichever form they were given in; ``ABSENT`` for none, or where both were."""
        if where is None:
            return given(filters)
        try:
            return filter_json(filters.value if filters else None, where, origin=origin)
        except InvalidFilterError as error:
            for fault in error.faults:
                self.rejections.wrong_filter(fault, origin, f"{path}/where")
            return ABSENT

    @property
    def errors(self) -> list[Error]:
        """Everything that was wrong with the input."""
        return [error_of(rejection, self._ids) for rejection in self.rejections.listed()]
