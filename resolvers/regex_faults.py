"""Which filter a regular expression that PostgreSQL refused stands in, and where."""

from collections.abc import Iterable

from aggregation.calls.pages import probe_regexes
from aggregation.question.faults import ChartError, FaultOrigin, InvalidFilterError
from filters import Checked, FaultCode
from resolvers.scope import Scope


async def located(scope: Scope, error: ChartError, filters: Iterable[tuple[str, Checked]]) -> ChartError:
    """The error with the origin of the filter at fault and pointers into it; any other error as it is.

    A statement joins the filters of a chart, so PostgreSQL's refusal does not tell which of them it concerns: each is
    tried by itself.

    Args:
        filters: the filters that were joined, with their origins.
    """
    if not isinstance(error, InvalidFilterError) or error.origin != FaultOrigin.EFFECTIVE:
        return error
    if all(fault.code != FaultCode.INVALID_REGEX for fault in error.faults):
        return error
    async with scope.sessions.read(scope.project_id) as session:
        for origin, checked in filters:
            faults = await probe_regexes(session, checked)
            if faults:
                return InvalidFilterError(origin, faults)
    return error
