"""Storing many calls at once: a call that is new is made, one that is there is updated, nothing is doubled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import text

from models.call_faults import shown
from models.call_fields import VALUES
from models.call_record import CallFault, CallRecord
from models.in_thread import in_thread_if_large
from models.ingest.agents import ensure_agents
from models.ingest.metrics import Refusal, add_enum_values, ensure_metrics
from models.ingest.prepared import Prepared, prepare
from models.ingest.staging import stage
from models.quotas import Quotas
from models.sessions import QUOTAS, WriteSession

_COLUMNS = ", ".join(f'"{field.name}"' for field in VALUES)
_STAGED = ", ".join(
    f'"{field.name}"' if field.default is None else f'coalesce("{field.name}", {field.default})' for field in VALUES
)
_CHANGES = ", ".join(f'"{field.name}" = coalesce(staged."{field.name}", call."{field.name}")' for field in VALUES)

# Rows are made and locked in the order of their call_id, byte by byte: writers of the same calls wait for each
# other and never in a circle.
_CREATE = text(f"""
    with created as (
        insert into call_logs (project_id, call_id, agent_id, "timestamp", {_COLUMNS}, metadata)
        select :project_id, call_id, (cast(:agents as bigint[]))[abs(agent)], "timestamp", {_STAGED}, metadata
        from pg_temp.staged_calls order by call_id collate "C"
        on conflict (project_id, call_id) do nothing
        returning id, call_id
    )
    insert into pg_temp.stored_calls (place, id, created)
    select staged.place, created.id, true from created join pg_temp.staged_calls staged using (call_id)
""")
_COUNT_CREATED = text("select count(*) from pg_temp.stored_calls")
_CREATED = text("select place from pg_temp.stored_calls")
_LOCK = text("""
    select call_id, id from call_logs
    where project_id = :project_id and call_id = any (cast(:call_ids as text[]))
    order by call_id collate "C" for no key update
""")
_FOUND = text("""
    insert into pg_temp.stored_calls (place, id, created)
    select place, id, false from unnest(cast(:places as int[]), cast(:ids as bigint[])) as found (place, id)
""")
_UPDATE = text(f"""
    update call_logs call set
        agent_id = case when staged.agent < 0 then call.agent_id else (cast(:agents as bigint[]))[staged.agent] end,
        "timestamp" = staged."timestamp",
        {_CHANGES},
        metadata = call.metadata || staged.metadata,
        updated_at = now()
    from pg_temp.stored_calls stored join pg_temp.staged_calls staged using (place)
    where not stored.created and call.project_id = :project_id and call.id = stored.id
""")
# After the locks, so that it sees what the writer before had stored. Numbers are given as arrays: the planner sees
# them, and looks them up by index or hashes them whatever it knows of the tables. A join with a project that its
# statistics do not know yet can be a nested loop over all of its rows.
_FIND_VALUES = text("""
    select id, call_log_id, metric_id from metric_evaluations
    where project_id = :project_id
      and call_log_id = any (cast(:calls as bigint[])) and metric_id = any (cast(:metrics as bigint[]))
""")
_REMOVE_VALUES = text("""
    delete from metric_evaluations where project_id = :project_id and id = any (cast(:ids as bigint[]))
""")
_ADD_VALUES = text("""
    insert into metric_evaluations (project_id, call_log_id, metric_id, number_value, boolean_value, text_value)
    select :project_id, stored.id, (cast(:metrics as bigint[]))[given.metric], given.number_value, given.boolean_value,
        given.text_value
    from pg_temp.staged_values given join pg_temp.stored_calls stored using (place)
""")
_SET_TRANSCRIPTS = text("""
    insert into call_transcripts (project_id, call_log_id, turns)
    select :project_id, stored.id, staged.transcript
    from pg_temp.staged_calls staged join pg_temp.stored_calls stored using (place)
    where staged.transcript is not null
    on conflict (project_id, call_log_id) do update set turns = excluded.turns
""")
_SET_FEEDBACK = text("""
    insert into call_feedback (project_id, call_log_id, rating, comment, reviewer, updated_at)
    select :project_id, stored.id, staged.rating, staged.comment, staged.reviewer, now()
    from pg_temp.staged_calls staged join pg_temp.stored_calls stored using (place)
    where staged.has_feedback
    on conflict (project_id, call_log_id) do update set
        rating = excluded.rating, comment = excluded.comment, reviewer = excluded.reviewer,
        updated_at = excluded.updated_at
""")


_MANY = 100
"""Calls that are worth plans of their own."""

# Plans made while the tables were nearly empty, those of foreign keys among them, read whole tables for every row.
_FORGET_PLANS = text("discard plans")


_VALUES_OF_CALL = 20
"""Making a call ready takes as long as so many of its values."""

_CALLS_AT_ONCE = 500
"""Calls whose values are looked up and removed by one statement: the numbers of the values of more would take long to
read and write, in which nothing else of the process runs."""


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """How many records made a call and how many updated one; ``refused`` were not stored."""

    created: int
    updated: int
    refused: tuple[Refusal, ...] = ()


async def upsert_calls(session: WriteSession, project_id: int, records: Sequence[CallRecord]) -> UpsertResult:
    """Stores calls, with their agents and metrics, in the session's transaction.

    A call is known by its ``call_id``. What a record gives replaces what is stored; what it does not give stays.
    Top-level metadata keys merge; the values given for a metric replace the call's values for that metric; a transcript
    or feedback replaces the stored one as a whole. Records
    of the same call count one by one: the first makes it, the others update it.

    Records that give a metric another type than it has are refused, each for itself, and so are those whose new
    metrics or agent the project has no room for; the others go in.
    """
    return await upsert_prepared(session, project_id, await _prepared(records))


async def upsert_prepared(session: WriteSession, project_id: int, prepared: Prepared) -> UpsertResult:
    """The same for records that were made ready elsewhere, such as while others were stored."""
    quotas: Quotas = session.info[QUOTAS]
    records, given = prepared.records, prepared
    metrics, refusals = await ensure_metrics(session, project_id, given, quotas.metrics)
    if refusals:
        given = await _without(records, refusals)
    agents = await ensure_agents(session, project_id, given.agents, quotas.agents)
    if len(agents) < len(given.agents):
        refused = {refusal.index for refusal in refusals}
        refusals += tuple(
            _without_agent(index, record.agent, quotas.agents)
            for index, record in enumerate(records)
            if index not in refused and record.agent not in agents
        )
        given = await _without(records, refusals)
    if not given.records:
        return UpsertResult(0, 0, refusals)
    # After the project was locked, where it was: whoever holds a metric must not wait for the project.
    await add_enum_values(session, project_id, metrics, given)
    await stage(session, given)
    ids = {name: metric.id for name, metric in metrics.items()}
    created = await _store(session, project_id, given, agents, ids)
    if any(call.transcript is not None for call in given.calls):
        await session.execute(_SET_TRANSCRIPTS, {"project_id": project_id})
    if any(call.feedback is not None for call in given.calls):
        await session.execute(_SET_FEEDBACK, {"project_id": project_id})
    return UpsertResult(created, len(given.records) - created, refusals)


async def _prepared(records: Sequence[CallRecord]) -> Prepared:
    values = sum(len(record.metrics) + len(record.transcript or ()) for record in records)
    return await in_thread_if_large(values + _VALUES_OF_CALL * len(records), partial(prepare, records))


async def _without(records: Sequence[CallRecord], refusals: Sequence[Refusal]) -> Prepared:
    refused = {refusal.index for refusal in refusals}
    return await _prepared([record for index, record in enumerate(records) if index not in refused])


def _without_agent(index: int, name: str, most: int) -> Refusal:
    message = f"the project's limit of agents is reached; cannot create {shown(name)}"
    return Refusal(
        index, (CallFault("/agent", message, f"at most {most:,} agents in a project (DIALBOARD_MAX_AGENTS)"),)
    )


async def _store(
    session: WriteSession, project_id: int, given: Prepared, agents: Mapping[str, int], metrics: Mapping[str, int]
) -> int:
    calls = given.calls
    named = {"project_id": project_id, "agents": [agents[name] for name in given.agents]}
    if len(calls) > _MANY:
        await session.execute(_FORGET_PLANS)
    await session.execute(_CREATE, named)
    created = await session.scalar(_COUNT_CREATED)
    if created < len(calls):
        new = set(await session.scalars(_CREATED))
        await _lock(session, project_id, {call.call_id: at for at, call in enumerate(calls) if at not in new})
        await session.execute(_UPDATE, named)
        await _remove_values(session, project_id, calls, metrics)
    if given.value_texts:
        values = {"project_id": project_id, "metrics": [metrics[name] for name in given.types]}
        await session.execute(_ADD_VALUES, values)
    return created


async def _lock(session: WriteSession, project_id: int, places: Mapping[str, int]) -> None:
    """Locks the calls that are there already, given by ``call_id``, and notes their numbers by their places."""
    locked = await session.execute(_LOCK, {"project_id": project_id, "call_ids": [*places]})
    ids = {places[call_id]: row_id for call_id, row_id in locked.tuples()}
    await session.execute(_FOUND, {"places": [*ids], "ids": [*ids.values()]})


def _given(places: Mapping[int, int], calls: Sequence[CallRecord], metrics: Mapping[str, int]) -> dict[int, set[int]]:
    """The metrics that each stored call gets values for."""
    return {id_: {metrics[value.metric] for value in calls[place].metrics} for id_, place in places.items()}


async def _remove_values(
    session: WriteSession, project_id: int, calls: Sequence[CallRecord], metrics: Mapping[str, int]
) -> None:
    """Removes the values of existing calls that are about to be replaced."""
    updated = await session.execute(text("select id, place from pg_temp.stored_calls where not created"))
    places: dict[int, int] = dict(updated.tuples().all())
    size = sum(len(calls[place].metrics) for place in places.values())
    given = await in_thread_if_large(size, partial(_given, places, calls, metrics))
    ids = [*given]
    for start in range(0, len(ids), _CALLS_AT_ONCE):
        some = ids[start : start + _CALLS_AT_ONCE]
        named = set[int]().union(*(given[id_] for id_ in some))
        if not named:
            continue
        requested = {"project_id": project_id, "calls": some, "metrics": [*named]}
        found = await session.execute(_FIND_VALUES, requested)
        replaced = [id_ for id_, call, metric in found.tuples() if metric in given[call]]
        if replaced:
            await session.execute(_REMOVE_VALUES, {"project_id": project_id, "ids": replaced})
