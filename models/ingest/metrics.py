"""The metrics that calls have values for: made when new, their enum values kept complete, their types kept."""

from collections.abc import Collection, Container, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial

from sqlalchemy import text

from models.call_faults import shown
from models.call_record import CallFault, CallRecord
from models.in_thread import in_thread_if_large
from models.ingest.prepared import Prepared
from models.quotas import lock_for_counting
from models.sessions import WriteSession
from models.types import EvaluationType

_FIND = text("""
    select name, id, evaluation_type, enum_values from metrics
    where project_id = :project_id and name = any(cast(:names as text[]))
""")
_MAKE = text("""
    insert into metrics (project_id, name, evaluation_type)
    select :project_id, name, type
    from unnest(cast(:names as text[]), cast(:types as text[])) with ordinality as requested (name, type, place)
    order by place
    on conflict (project_id, name) do nothing
""")
_COUNT = text("select count(*) from metrics where project_id = :project_id")
_LOCK = text("""
    select name, id, evaluation_type, enum_values from metrics
    where project_id = :project_id and id = any(cast(:ids as bigint[])) order by id for no key update
""")
_ADD_VALUES = text("""
    update metrics set enum_values = enum_values || cast(:added as text[]), updated_at = now()
    where project_id = :project_id and id = :id
""")


@dataclass(frozen=True, slots=True)
class KnownMetric:
    """A metric of the project."""

    id: int
    type: EvaluationType
    enum_values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that was not stored, by its place among the records given."""

    index: int
    faults: tuple[CallFault, ...]


async def ensure_metrics(
    session: WriteSession, project_id: int, given: Prepared, most: int
) -> tuple[dict[str, KnownMetric], tuple[Refusal, ...]]:
    """The metrics that the records name, by name, and the records that contradict the type of one.

    A metric that only refused records name is not made. The first record that names a new metric gives
    it its type. Records whose new metrics the project has no room for, with ``most`` at most, are refused too, in their
    order.
    """
    known = await _find(session, project_id, sorted(given.types)) if given.types else {}
    types, refusals = await _agreed(given, known)
    if types.keys() - known.keys():
        await lock_for_counting(session, project_id)
        # Another writer may have made one of them first, and with another type.
        known |= await _find(session, project_id, sorted(types.keys() - known.keys()))
        types, refusals = await _agreed(given, known)
        room = max(0, most - await session.scalar(_COUNT, {"project_id": project_id}))
        made: Set[str] = types.keys() - known.keys()
        if refusals or len(made) > room:
            refused = {refusal.index for refusal in refusals}
            work = partial(_within, given.records, refused, known, room, most)
            made, beyond = await in_thread_if_large(len(given.records), work)
            refusals = (*refusals, *beyond)
        missing = sorted(made)
        parameters = {"project_id": project_id, "names": missing, "types": [types[name].value for name in missing]}
        await session.execute(_MAKE, parameters)
        known |= await _find(session, project_id, missing)
    return known, refusals


async def _agreed(
    given: Prepared, known: Mapping[str, KnownMetric]
) -> tuple[Mapping[str, EvaluationType], tuple[Refusal, ...]]:
    """The types of the metrics, and the records that contradict them. Nearly always none does, which shows at once."""
    if given.is_agreed and all(metric.type is given.types[name] for name, metric in known.items()):
        return given.types, ()
    return await in_thread_if_large(len(given.records), partial(_agree, given.records, known))


def _within(
    records: Sequence[CallRecord], refused: Collection[int], known: Container[str], room: int, most: int
) -> tuple[set[str], list[Refusal]]:
    """The new metrics that there is room for, and the records that there is none for."""
    made: set[str] = set()
    beyond: list[Refusal] = []
    for index, record in enumerate(records):
        if index in refused:
            continue
        new = {value.metric: place for place, value in reversed([*enumerate(record.metrics)])}
        brought = {name: place for name, place in new.items() if name not in known and name not in made}
        if len(made) + len(brought) <= room:
            made |= brought.keys()
            continue
        place = min(brought.values())
        message = f"the project's limit of metrics is reached; cannot create {shown(record.metrics[place].metric)}"
        allowed = f"at most {most:,} metrics in a project (DIALBOARD_MAX_METRICS)"
        beyond.append(Refusal(index, (CallFault(f"/metrics/{place}/metric", message, allowed),)))
    return made, beyond


def _agree(
    records: Sequence[CallRecord], known: Mapping[str, KnownMetric]
) -> tuple[dict[str, EvaluationType], tuple[Refusal, ...]]:
    types = {name: metric.type for name, metric in known.items()}
    refusals: list[Refusal] = []
    for index, record in enumerate(records):
        proposed: dict[str, EvaluationType] = {}
        faults: list[CallFault] = []
        for place, value in enumerate(record.metrics):
            expected = types.get(value.metric) or proposed.setdefault(value.metric, value.type)
            if expected is not value.type:
                message = f"the metric {value.metric!r} is of type {expected}, not {value.type}"
                faults.append(CallFault(f"/metrics/{place}/type", message, expected.value))
        if faults:
            refusals.append(Refusal(index, tuple(faults)))
        else:
            types |= proposed
    return types, tuple(refusals)


async def add_enum_values(
    session: WriteSession, project_id: int, metrics: Mapping[str, KnownMetric], given: Prepared
) -> None:
    """Adds the enum values that the records bring to their metrics' lists, in the order they come."""
    brought: dict[int, list[str]] = {}
    for name, values in given.enum_values.items():
        metric = metrics[name]
        if new := [value for value in values if value not in metric.enum_values]:
            brought[metric.id] = new
    if not brought:
        return
    rows = await session.execute(_LOCK, {"project_id": project_id, "ids": list(brought)})
    for _, id_, _, enum_values in rows.tuples().all():
        stored = frozenset(enum_values)
        added = [value for value in brought[id_] if value not in stored]
        if added:
            await session.execute(_ADD_VALUES, {"project_id": project_id, "id": id_, "added": added})


async def _find(session: WriteSession, project_id: int, names: Sequence[str]) -> dict[str, KnownMetric]:
    rows = await session.execute(_FIND, {"project_id": project_id, "names": list(names)})
    return {
        name: KnownMetric(id_, EvaluationType(type_), frozenset(enum_values))
        for name, id_, type_, enum_values in rows.tuples()
    }
