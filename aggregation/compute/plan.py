"""The plan of a request: which shapes its charts need, each once, and which measures each shape computes."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Select, union_all

from aggregation.compute.measures import Access, Measure
from aggregation.compute.needs import Need, needs_ahead, needs_of
from aggregation.compute.provenance import RAW, Provenance, combined
from aggregation.compute.shapes import AnyShape, Buckets, Envelope, FixedBuckets, GroupedBuckets, Ranking
from aggregation.functions.merging import FromMoments
from aggregation.question.query import ChartQuery

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]


class Cell(NamedTuple):
    """A row of a shape reduced to one measure: bucket or rank, label, samples, value, and what ``Ranking`` adds."""

    position: int
    label: str | None
    is_other: bool
    samples: int
    value: float | None
    labels: int = 1
    records: int = 0


NOTHING = Cell(0, None, False, 0, None)
"""The cell of a position without records."""


def cost(shape: AnyShape, measures: Sequence[Measure]) -> float:
    """The estimated cost of a shape, in passes over the calls: a join costs two, sorting and thinning one or two."""
    match shape:
        case Buckets(source=source):
            base = 1.0
        case Ranking(labelled=labelled):
            base, source = 1.0, labelled.source
        case GroupedBuckets(labelled=labelled) | FixedBuckets(labelled=labelled):
            base, source = 1.5, labelled.source
        case Envelope(read=read):
            base, source = 3.0, read.source
    sorts = sum(not isinstance(measure.function.merging, FromMoments) for measure in measures)
    return base + (2.0 if source.metric else 0.0) + 1.0 * sorts + 0.2 * len(measures)


class PlannedShape(NamedTuple):
    """What is computed together: measures of one shape with the same access."""

    shape: AnyShape
    access: Access


@dataclass(slots=True)
class Plan:
    """Everything that one request computes. Shapes are numbered in the order in which they were first needed.

    Attributes:
        is_split: whether pre-aggregates may be used. Measures that they cannot answer are then computed separately.
        lasting: the shapes of saved charts, which are likely to be needed again.
    """

    is_split: bool
    measures: dict[PlannedShape, list[Measure]] = field(
        default_factory=lambda: defaultdict[PlannedShape, list[Measure]](list)
    )
    lasting: set[PlannedShape] = field(default_factory=set[PlannedShape])

    @classmethod
    def of(cls, queries: Iterable[ChartQuery], *, is_split: bool, is_ahead: bool = False) -> "Plan":
        """The plan for these charts. With ``is_ahead`` it includes what depends on results that are not known yet."""
        plan = cls(is_split)
        for query in queries:
            for need in needs_ahead(query) if is_ahead else needs_of(query):
                planned = plan.planned(need)
                measures = plan.measures[planned]
                if not query.options.is_one_off:
                    plan.lasting.add(planned)
                if need.measure not in measures:
                    measures.append(need.measure)
        return plan

    def planned(self, need: Need) -> PlannedShape:
        """The planned shape that computes a need."""
        return PlannedShape(need.shape, need.access if self.is_split else Access.RECORDS)

    def statements(self, most: int, answered: Container[PlannedShape] = ()) -> list[Statement]:
        """At most ``most`` statements of about equal cost that compute every shape not ``answered`` yet."""
        shares: list[list[Select[*tuple[Any, ...]]]] = [[] for _ in range(most)]
        costs = [0.0] * most
        numbered = [
            (cost(planned.shape, measures), number, planned)
            for number, (planned, measures) in enumerate(self.measures.items())
            if planned not in answered
        ]
        for weight, number, planned in sorted(numbered, key=lambda item: (-item[0], item[1])):
            lightest = costs.index(min(costs))
            costs[lightest] += weight
            shares[lightest].append(planned.shape.statement(number, tuple(self.measures[planned])))
        return [share[0] if len(share) == 1 else union_all(*share) for share in shares if share]


_position = itemgetter(1)


class Answers:
    """The rows that came back, by need. ``size`` is how many they are."""

    def __init__(
        self, plan: Plan, rows: Sequence[Any], provenances: Mapping[PlannedShape, Provenance] | None = None
    ) -> None:
        self.size = len(rows)
        self._plan = plan
        self._provenances = provenances or {}
        by_number: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            by_number[row[0]].append(row)
        self._rows = {planned: by_number[number] for number, planned in enumerate(plan.measures)}

    def provenance(self, query: ChartQuery) -> Provenance | None:
        """The provenance of a chart's numbers; None if it needs none."""
        provenances = [self._provenances.get(self._plan.planned(need), RAW) for need in needs_of(query)]
        return combined(*provenances) if provenances else None

    def envelope(self, need: Need) -> list[Any]:
        """The numbers that a thinned line keeps of each column; see ``Envelope``."""
        return [row[4] for row in self._rows[self._plan.planned(need)]]

    def cells(self, need: Need) -> list[Cell]:
        """The cells of a need, by position; unordered within a position. An envelope has one, for all its points."""
        if isinstance(need.shape, Envelope):
            counts = [int(numbers[0]) for numbers in self.envelope(need)]
            return [Cell(0, None, False, sum(counts), None)] if counts else []
        planned = self._plan.planned(need)
        first = 2 * self._plan.measures[planned].index(need.measure)
        rows = sorted(self._rows[planned], key=_position)
        if isinstance(need.shape, Ranking):
            return [
                Cell(position, label, is_other, int(numbers[0]), numbers[1], int(numbers[2]), int(numbers[3]))
                for _, position, label, is_other, numbers in rows
            ]
        return [
            Cell(position, label, is_other, int(numbers[first]), numbers[first + 1])
            for _, position, label, is_other, numbers in rows
        ]
