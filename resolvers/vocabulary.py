"""Suggestions for filters from what calls have."""

from aggregation.calls import vocabulary
from aggregation.calls.vocabulary import Words
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.faults import InvalidFilterError
from filters import FaultCode, Field, MaskedFields, UnknownFieldError
from filters.faults import fault
from resolvers.reading import read
from resolvers.scope import Scope


async def metadata_keys(scope: Scope, prefix: str, first: int) -> Words:
    """Metadata keys in use, most frequent first."""
    return await read(scope, lambda session: vocabulary.metadata_keys(session, scope.project_id, prefix, first))


async def field_values(scope: Scope, name: str, prefix: str, first: int) -> Words:
    """Values of a string field in use, most frequent first.

    Raises:
        ChartError: there is no such field, its values are no strings, or they are masked.
    """
    field = _field(name, scope.rights.masked)
    return await read(scope, lambda session: vocabulary.field_values(session, scope.project_id, field, prefix, first))


def _field(name: str, masked: MaskedFields) -> Field:
    fields = (field for field in CALL_LOG_FIELDS.listed() if field.name not in masked.names)
    allowed = tuple(field.name for field in fields if vocabulary.takes_values(field))
    try:
        field = CALL_LOG_FIELDS.lookup(name)
    except UnknownFieldError as error:
        code, message, near = FaultCode.UNKNOWN_FIELD, error.message, error.suggestion
    else:
        if field.name in masked.names:
            message = f"{field.name} is masked for this key, so its values cannot be listed."
            raise InvalidFilterError("request", (fault(FaultCode.MASKED_FIELD, message, "", allowed=allowed),))
        if vocabulary.takes_values(field):
            return field
        code, message, near = FaultCode.WRONG_TYPE, f"The values of {field.name} are not strings.", None
    raise InvalidFilterError("request", (fault(code, message, "", allowed=allowed, suggestion=near),))
