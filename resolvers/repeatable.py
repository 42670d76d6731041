"""Requests that may be repeated: what one with an idempotency key did is kept, and a repetition gets it again.

A part of a request is a mutation of its document, or a batch of its calls: a transaction each. Before anything else it
inserts or locks the row of the key, and at the end it inserts the part's result. So of two requests with one key the
second waits for the first; what was rolled back has left no result, and is done again.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError

from models import IdempotencyKey, IdempotencyResult
from models.outages import Outage, outage_of
from resolvers.sealing import Seal
from resolvers.writing import Writing

MAX_RESULT = 1_000_000
"""The longest result that is kept, in characters."""

DEFAULT_LIFETIME = timedelta(hours=24)

RETRY_AFTER = 1
"""Seconds after which to ask again for what is still running."""


class KeyReusedError(Exception):
    """The idempotency key belongs to another request."""

    def __init__(self) -> None:
        super().__init__(
            "This idempotency key was used before for a request that differs from this one. Repeat that request "
            "unchanged, or use a new key."
        )


class KeyInUseError(Exception):
    """A request with the same idempotency key is still running."""

    def __init__(self) -> None:
        super().__init__("A request with this idempotency key is still running. Repeat it later to get its answer.")


class ResultNotKeptError(Exception):
    """The request was executed, but its answer is too long to be kept."""

    def __init__(self) -> None:
        super().__init__(
            "This was executed by an earlier request with the same idempotency key, and not again. Its result is not "
            f"repeated, because it has more than {MAX_RESULT:,} characters: read what it changed."
        )


@dataclass(slots=True)
class Repeatable:
    """A request with an idempotency key.

    Attributes:
        key: the idempotency key.
        request_hash: the SHA-256 of what is requested.
        seal: hides secrets in results.
        lifetime: how long a key is remembered.
        repeated: the parts that had been done before.
    """

    key: str
    request_hash: bytes
    seal: Seal
    lifetime: timedelta = DEFAULT_LIFETIME
    repeated: list[str] = field(default_factory=list[str])


async def earlier_result(writing: Writing, request: Repeatable, part: str) -> str | None:
    """The result of a part that was done before; None where it is to be done now. The transaction's first statements.

    Raises:
        KeyReusedError: the key belongs to another request.
        KeyInUseError: a request with the same key has not ended in time.
        ResultNotKeptError: it was done, but its result was too long.
    """
    await _claim(writing, request)
    statement = select(IdempotencyResult.result).where(*_of(writing, request), IdempotencyResult.part == part)
    found = await writing.session.scalar(statement)
    if found == "":
        raise ResultNotKeptError
    if found is not None:
        request.repeated.append(part)
    return found


async def keep_result(writing: Writing, request: Repeatable, part: str, result: str) -> None:
    """Keeps the result of a part that was done in this transaction."""
    kept = result if len(result) <= MAX_RESULT else ""
    await writing.session.execute(
        insert(IdempotencyResult).values(
            project_id=writing.project_id,
            api_key_id=_api_key_id(writing),
            key=request.key,
            part=part,
            result=kept,
        )
    )


async def _claim(writing: Writing, request: Repeatable) -> None:
    """Inserts or locks the row of the key, which keeps others with the same key waiting until the transaction ends."""
    values = {
        "project_id": writing.project_id,
        "api_key_id": _api_key_id(writing),
        "key": request.key,
        "request_hash": request.request_hash,
        "created_at": writing.now,
    }
    statement = (
        postgresql.insert(IdempotencyKey)
        .values(values)
        .on_conflict_do_update(
            index_elements=["project_id", "api_key_id", "key"], set_={"created_at": IdempotencyKey.created_at}
        )
        .returning(IdempotencyKey.request_hash, IdempotencyKey.created_at)
    )
    try:
        request_hash, created_at = (await writing.session.execute(statement)).one().tuple()
    except OperationalError as error:
        if outage_of(error) is Outage.LOCKED:
            raise KeyInUseError from error
        raise
    if created_at <= writing.now - request.lifetime:
        await _begin_again(writing, request)
    elif request_hash != request.request_hash:
        raise KeyReusedError


async def _begin_again(writing: Writing, request: Repeatable) -> None:
    """Forgets what a key that is too old was used for."""
    await writing.session.execute(delete(IdempotencyResult).where(*_of(writing, request)))
    await writing.session.execute(
        update(IdempotencyKey)
        .where(
            IdempotencyKey.project_id == writing.project_id,
            IdempotencyKey.api_key_id == _api_key_id(writing),
            IdempotencyKey.key == request.key,
        )
        .values(request_hash=request.request_hash, created_at=writing.now)
    )


def _of(writing: Writing, request: Repeatable) -> tuple[ColumnElement[bool], ...]:
    return (
        IdempotencyResult.project_id == writing.project_id,
        IdempotencyResult.api_key_id == _api_key_id(writing),
        IdempotencyResult.key == request.key,
    )


def _api_key_id(writing: Writing) -> int:
    return (writing.author.key_id if writing.author else None) or 0
