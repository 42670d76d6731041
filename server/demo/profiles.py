"""What the demo's calls are drawn from: agents, topics, customers, and the rhythm of day and week."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """An agent. ``skill`` is its chance to reach the caller's goal, ``pace`` scales its talk time and latency."""

    name: str
    skill: float
    pace: float
    weight: float


@dataclass(frozen=True, slots=True)
class TopicProfile:
    """What a call is about. ``seconds`` is the median duration; ``ease`` is added to the agent's skill."""

    name: str
    seconds: float
    ease: float
    weight: float


@dataclass(frozen=True, slots=True)
class Customer:
    """A company whose customers call."""

    org_name: str
    region: str
    plan: str
    language: str
    weight: float


AGENTS = (
    AgentProfile("Ava", 0.86, 0.85, 5),
    AgentProfile("Milo", 0.80, 1.00, 4),
    AgentProfile("Zoe", 0.74, 1.05, 4),
    AgentProfile("Theo", 0.68, 1.20, 3),
    AgentProfile("Iris", 0.62, 0.95, 2),
    AgentProfile("Hugo", 0.52, 1.40, 1),
)

TOPICS = (
    TopicProfile("billing", 190, -0.05, 5),
    TopicProfile("order status", 95, 0.10, 6),
    TopicProfile("appointment", 140, 0.06, 4),
    TopicProfile("technical support", 320, -0.18, 4),
    TopicProfile("returns", 210, -0.02, 3),
    TopicProfile("cancellation", 240, -0.25, 1.5),
)

CUSTOMERS = (
    Customer("Acme Corp", "US", "enterprise", "en", 6),
    Customer("Globex", "US", "pro", "en", 4),
    Customer("Initech", "US", "starter", "es", 2),
    Customer("Umbrella Health", "EU", "enterprise", "de", 4),
    Customer("Nordwind", "EU", "pro", "sv", 2),
    Customer("Café Lumière", "EU", "starter", "fr", 1.5),
    Customer("Sakura Travel", "APAC", "pro", "ja", 2),
    Customer("Southern Cross", "APAC", "enterprise", "en", 2),
    Customer("Andes Energía", "LATAM", "starter", "es", 1),
)

CHANNELS = {"phone": 7.0, "web": 3.0, "app": 2.0}
DROPOFF_POINTS = {"greeting": 3.0, "identification": 4.0, "problem description": 2.0, "payment": 2.0, "transfer": 1.0}
FAILED_REASONS = {"transferred_to_human": 5.0, "customer_hung_up": 4.0, "timeout": 2.0, "error": 1.0}
SUCCESSFUL_REASONS = {"customer_ended_call": 7.0, "agent_ended_call": 3.0}

_HOURS = (1, 1, 1, 1, 1, 2, 5, 12, 26, 38, 42, 40, 33, 36, 40, 38, 34, 27, 18, 12, 8, 5, 3, 2)
_DAYS = (1.15, 1.05, 1.0, 1.0, 0.9, 0.45, 0.3)
BUSIEST = max(_HOURS) * max(_DAYS)


def busyness(moment: datetime) -> float:
    """How many calls come at a time, against the busiest hour of the week: above 0, at most 1."""
    return _HOURS[moment.hour] * _DAYS[moment.weekday()] / BUSIEST
