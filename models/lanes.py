"""Lanes: shares of the database connections, so that one kind of work cannot keep another from its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from models.turns import Turns


class Lane(Enum):
    """A kind of work with connections of its own."""

    SIGN_IN = "signIn"
    """Looking up keys. The project is the one that the key names, which is not checked yet."""
    READS = "reads"
    """Reading what is defined: dashboards, widgets, metrics, agents, keys."""
    CHARTS = "charts"
    """Reading calls: charts, lists, counts, transcripts."""
    WRITES = "writes"
    EXPORTS = "exports"
    """Calls as files. A connection is held for as long as the client reads."""
    BUILDER = "builder"
    """Building pre-aggregates in the background."""


@dataclass(frozen=True, slots=True)
class _Share:
    """``weight``: connections by a pool of ``DEFAULT_POOL``. ``queue``: how many may wait for each connection."""

    weight: int
    queue: int


_SHARES = {
    Lane.SIGN_IN: _Share(1, 64),
    Lane.READS: _Share(3, 64),
    Lane.CHARTS: _Share(8, 8),
    Lane.WRITES: _Share(4, 16),
    Lane.EXPORTS: _Share(3, 0),
    Lane.BUILDER: _Share(1, 4),
}
DEFAULT_POOL = sum(share.weight for share in _SHARES.values())
SMALLEST_POOL = len(Lane)
"""Each lane needs a connection."""


def connections_of(pool_size: int) -> Mapping[Lane, int]:
    """How many connections of a pool each lane has. The builder has one, however many there are.

    Raises:
        ValueError: there is not one for each lane.
    """
    if pool_size < SMALLEST_POOL:
        raise ValueError(f"A pool needs at least {SMALLEST_POOL} connections.")
    shares = dict.fromkeys(Lane, 1)
    growing = [lane for lane in Lane if lane is not Lane.BUILDER]
    for _ in range(pool_size - SMALLEST_POOL):
        neediest = min(growing, key=lambda lane: shares[lane] / _SHARES[lane].weight)
        shares[neediest] += 1
    return shares


class Load(Enum):
    """A kind of request that keeps the server busy, of which one project has only so many answered at once."""

    QUERIES = "queries"
    MUTATIONS = "mutations"


_PROJECTS = 4
"""How many projects have their share of such requests answered at once."""

_WAITING = 2
"""How many may wait for each that is answered: those behind them would wait for seconds, and are refused at once."""


class Lanes:
    """The turns of each lane of one process, and those of requests that keep it busy.

    A project has as many of these answered at once as half of the connections for charts: enough to keep them all in
    use, and few enough for the requests of another project to get the processor. Where the database shares the
    processors of this machine, there are no more of them than processors either.

    Args:
        pool_size: how many connections there are for all of them.
        seconds: how long a request may wait for a connection.
        shared_processors: how many processors the database shares with this process; None for none.
    """

    def __init__(self, pool_size: int, seconds: float, shared_processors: int | None = None) -> None:
        self.pool_size = pool_size
        self.seconds = seconds
        self._turns = {
            lane: Turns(connections, connections * _SHARES[lane].queue)
            for lane, connections in connections_of(pool_size).items()
        }
        share = max(1, min(self[Lane.CHARTS].capacity // 2, shared_processors or pool_size))
        capacity = share * _PROJECTS
        self.loads = {load: Turns(capacity, capacity * _WAITING, share) for load in Load}

    def __getitem__(self, lane: Lane) -> Turns:
        return self._turns[lane]
