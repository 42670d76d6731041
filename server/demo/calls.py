"""Drawing the demo's calls."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Protocol, TypeVar

from models.call_fields import CallValue
from models.call_record import CallRecord, MetricValue
from models.types import EvaluationType
from server.demo.profiles import (
    AGENTS,
    CHANNELS,
    CUSTOMERS,
    DROPOFF_POINTS,
    FAILED_REASONS,
    SUCCESSFUL_REASONS,
    TOPICS,
    AgentProfile,
    Customer,
    TopicProfile,
    busyness,
)

DAYS = 30
"""How far back the calls reach: as far as a chart may look."""


class _Weighted(Protocol):
    @property
    def weight(self) -> float: ...


_Choice = TypeVar("_Choice", bound=_Weighted)


def draw_calls(count: int, seed: int, now: datetime) -> Iterator[CallRecord]:
    """``count`` calls in the ``DAYS`` days before ``now``, oldest first.

    Only the times depend on ``now``: a call is otherwise the same for the same seed, so loading it again updates it.
    """
    random = Random(seed)
    for number, timestamp in enumerate(_times(count, Random(f"times {seed}"), now), start=1):
        yield _call(f"demo-{seed}-{number:07}", timestamp, random)


def _times(count: int, random: Random, now: datetime) -> list[datetime]:
    times: list[datetime] = []
    # An hour inside the limit, so that the oldest call does not leave the window while one looks at it.
    span = timedelta(days=DAYS, hours=-1).total_seconds()
    while len(times) < count:
        moment = now - timedelta(seconds=random.random() * span)
        if random.random() < busyness(moment):
            times.append(moment.replace(microsecond=moment.microsecond // 1000 * 1000))
    return sorted(times)


def _call(call_id: str, timestamp: datetime, random: Random) -> CallRecord:
    agent, topic, customer = _one_of(AGENTS, random), _one_of(TOPICS, random), _one_of(CUSTOMERS, random)
    success = random.random() < min(0.97, agent.skill + topic.ease)
    dropped = not success and random.random() < 0.45
    duration = random.lognormvariate(0, 0.45) * topic.seconds * agent.pace * (0.35 if dropped else 1)
    values: dict[str, CallValue | None] = {
        "duration": round(duration, 1) if random.random() > 0.01 else None,
        "success": success if random.random() > 0.02 else None,
        "is_reviewed": random.random() < (0.05 if success else 0.25),
        "customer_number": f"+1555{random.randrange(10_000_000):07}" if random.random() > 0.05 else None,
        "call_ended_reason": _key_of(SUCCESSFUL_REASONS if success else FAILED_REASONS, random),
        "dropoff_point": _key_of(DROPOFF_POINTS, random) if dropped else None,
        "topic": topic.name if random.random() > 0.03 else None,
    }
    return CallRecord(
        call_id=call_id,
        agent=agent.name,
        timestamp=timestamp,
        values={name: value for name, value in values.items() if value is not None},
        metadata=_metadata(customer, random),
        metrics=tuple(_metrics(agent, topic, success, random)),
    )


def _metadata(customer: Customer, random: Random) -> Mapping[str, str]:
    metadata = {
        "org_name": customer.org_name,
        "region": customer.region,
        "plan": customer.plan,
        "language": customer.language if random.random() < 0.9 else "en",
        "channel": _key_of(CHANNELS, random),
    }
    if random.random() < 0.04:
        del metadata["channel"]
    if random.random() < 0.02:
        del metadata["region"]
    return metadata


def _metrics(agent: AgentProfile, topic: TopicProfile, success: bool, random: Random) -> Iterator[MetricValue]:
    if random.random() < 0.06:
        return  # not evaluated at all
    yield MetricValue("latency", EvaluationType.NUMERIC, round(random.lognormvariate(-0.25, 0.4) * agent.pace, 3))
    reached = random.random() < (0.94 if success else 0.12)
    yield MetricValue("goal_achieved", EvaluationType.BINARY, reached if random.random() > 0.03 else None)
    mood = (1.0 if success else -0.9) + topic.ease + random.gauss(0, 0.8)
    yield MetricValue("sentiment", EvaluationType.ENUM, _sentiment(mood) if random.random() > 0.04 else None)
    if random.random() < 0.6:  # callers are asked, and many do not answer
        rating = min(5, max(0, round(3.1 + mood + random.gauss(0, 0.6))))
        yield MetricValue("satisfaction", EvaluationType.RATING, float(rating))


def _sentiment(mood: float) -> str:
    return "positive" if mood > 0.6 else "negative" if mood < -0.6 else "neutral"


def _one_of(choices: Sequence[_Choice], random: Random) -> _Choice:
    return random.choices(choices, [choice.weight for choice in choices])[0]


def _key_of(weights: Mapping[str, float], random: Random) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
