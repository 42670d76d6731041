"""The chart types: one table, a row each, with everything that there is to know of one before it is computed.

Validation, the schema, default sizes, the documentation and the tests read these rows. What a chart is computed from
stands in ``aggregation.compute.needs``, how it is answered in ``aggregation.answer.charts``, each a table by the same
enum. A new chart type is a member of ``models.ChartType``, a row in each of the three, and a type of the schema.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from models import Aggregation, ChartType, DataType
from models.enum_rows import one_row_each


class Plots(StrEnum):
    """Which fields of a data type a chart plots. The values are the words of docs/charts.md."""

    ALL = "yes"
    QUANTITIES = "not agent_id"
    """Not the numbers that only tell things apart."""

    GROUPED = "grouped"

    RANGES = "metrics, or by ranges"
    """By their values those of metrics; by ranges those that do not only tell things apart."""


class Groups(StrEnum):
    """What a chart can be grouped by. The values are the words of docs/charts.md."""

    NOTHING = "no"
    ANYTHING = "yes"
    RANGES = "ranges of a number"


class When(StrEnum):
    """Of which of its charts something holds."""

    NEVER = "no"
    ALWAYS = "yes"
    UNGROUPED = "ungrouped"

    def holds(self, *, is_grouped: bool) -> bool:
        """Whether it holds of a chart."""
        match self:
            case When.NEVER:
                return False
            case When.ALWAYS:
                return True
            case When.UNGROUPED:
                return not is_grouped

    @property
    def words(self) -> str:
        """Which of a type's charts it is, to follow its name; nothing if it is each of them."""
        match self:
            case When.NEVER | When.ALWAYS:
                return ""
            case When.UNGROUPED:
                return " without a grouping"


class Takes(StrEnum):
    """What a request can ask of a chart beside what is plotted. The values are the words of docs/charts.md."""

    COMPARISON = "comparison"
    """``compareTo``: the same numbers over an earlier window."""

    INTERVALS = "intervals"
    """Confidence intervals, which are computed when ``interval`` is selected."""

    POINTS = "maxPoints"
    """A bound of its points, which decides how they are read."""

    BINS = "maxBins"
    """A bound of its bins, which decides how wide they are."""

    TOP = "top"
    """How many of its items are shown one by one; the others are one item."""

    ROWS = "first"
    """How many of its rows are returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartForm:
    """What there is to know of a chart type. No entry has a default: one that is left out is an error.

    Attributes:
        meaning: one line for people.
        plots: the data types that it plots, and which of their fields.
        has_overview: whether without a field it is the overview of the calls.
        needs_aggregation: whether an aggregation must be given.
        needs_period: whether a time period must be given.
        groups: what it can be grouped by.
        takes_pairs: whether it can be grouped by two groupings at once.
        counts_only: when its numbers are counts of records, so that it takes no aggregation but COUNT.
        shows_no_value: when records without a value are shown too.
        default_aggregations: the aggregation where none is given; none where there is no entry.
        takes: what a request can ask of it.
        is_preaggregated: whether pre-aggregates can serve it.
        size: columns and rows of the grid that it covers where no layout is given.
    """

    chart_type: ChartType
    meaning: str
    plots: Mapping[DataType, Plots]
    has_overview: bool
    needs_aggregation: bool
    needs_period: bool
    groups: Groups
    takes_pairs: bool
    counts_only: When
    shows_no_value: When
    default_aggregations: Mapping[DataType, Aggregation]
    takes: frozenset[Takes]
    is_preaggregated: bool
    size: tuple[int, int]

    @property
    def shows_points(self) -> bool:
        """Whether its items are single records, read as points."""
        return Takes.POINTS in self.takes


_COUNT: Mapping[DataType, Aggregation] = dict.fromkeys(DataType, Aggregation.COUNT)
_AVERAGE: Mapping[DataType, Aggregation] = {**_COUNT, DataType.NUMBER: Aggregation.AVG}
_ALL = dict.fromkeys(DataType, Plots.ALL)

_ROWS = (
    ChartForm(
        chart_type=ChartType.LINE,
        meaning="One point per record, by time. For numbers and datetimes.",
        plots=dict.fromkeys((DataType.NUMBER, DataType.DATETIME), Plots.ALL),
        has_overview=False,
        needs_aggregation=False,
        needs_period=False,
        groups=Groups.ANYTHING,
        takes_pairs=False,
        counts_only=When.NEVER,
        shows_no_value=When.NEVER,
        default_aggregations={},
        takes=frozenset({Takes.COMPARISON, Takes.POINTS}),
        is_preaggregated=True,
        size=(6, 4),
    ),
    ChartForm(
        chart_type=ChartType.BAR,
        meaning="One value per time bucket. Requires an aggregation and a time period.",
        plots=_ALL,
        has_overview=False,
        needs_aggregation=True,
        needs_period=True,
        groups=Groups.ANYTHING,
        takes_pairs=False,
        counts_only=When.NEVER,
        shows_no_value=When.NEVER,
        default_aggregations={},
        takes=frozenset({Takes.COMPARISON, Takes.INTERVALS}),
        is_preaggregated=True,
        size=(6, 4),
    ),
    ChartForm(
        chart_type=ChartType.PIE,
        meaning="The distribution of a field's distinct values, or of a number over ranges.",
        plots={DataType.NUMBER: Plots.RANGES, DataType.BOOLEAN: Plots.ALL, DataType.STRING: Plots.ALL},
        has_overview=False,
        needs_aggregation=False,
        needs_period=False,
        groups=Groups.RANGES,
        takes_pairs=False,
        counts_only=When.ALWAYS,
        shows_no_value=When.ALWAYS,
        default_aggregations=_COUNT,
        takes=frozenset({Takes.COMPARISON, Takes.TOP}),
        is_preaggregated=True,
        size=(4, 4),
    ),
    ChartForm(
        chart_type=ChartType.LIST,
        meaning="A ranked table of labels with their values.",
        plots={DataType.NUMBER: Plots.GROUPED, DataType.BOOLEAN: Plots.ALL, DataType.STRING: Plots.ALL},
        has_overview=False,
        needs_aggregation=False,
        needs_period=False,
        groups=Groups.ANYTHING,
        takes_pairs=True,
        counts_only=When.UNGROUPED,
        shows_no_value=When.UNGROUPED,
        default_aggregations=_AVERAGE,
        takes=frozenset({Takes.COMPARISON, Takes.ROWS}),
        is_preaggregated=True,
        size=(6, 5),
    ),
    ChartForm(
        chart_type=ChartType.STAT,
        meaning="One number, with the same number for the preceding window of equal length.",
        plots=_ALL,
        has_overview=True,
        needs_aggregation=False,
        needs_period=False,
        groups=Groups.NOTHING,
        takes_pairs=False,
        counts_only=When.NEVER,
        shows_no_value=When.NEVER,
        default_aggregations=_AVERAGE,
        takes=frozenset({Takes.COMPARISON, Takes.INTERVALS}),
        is_preaggregated=True,
        size=(3, 2),
    ),
    ChartForm(
        chart_type=ChartType.HISTOGRAM,
        meaning="The distribution of a number over ranges of equal width. For numbers other than `agent_id`.",
        plots={DataType.NUMBER: Plots.QUANTITIES},
        has_overview=False,
        needs_aggregation=False,
        needs_period=False,
        groups=Groups.ANYTHING,
        takes_pairs=False,
        counts_only=When.ALWAYS,
        shows_no_value=When.NEVER,
        default_aggregations=_COUNT,
        takes=frozenset({Takes.COMPARISON, Takes.BINS}),
        is_preaggregated=True,
        size=(6, 4),
    ),
)


def by_chart_type(rows: Iterable[ChartForm]) -> dict[ChartType, ChartForm]:
    """The rows by chart type, in the order of the enum.

    Raises:
        LookupError: a chart type has no row, or two.
    """
    return one_row_each(ChartType, rows, lambda row: row.chart_type, "aggregation.question.chart_types")


FORMS: Mapping[ChartType, ChartForm] = by_chart_type(_ROWS)
"""Every chart type's row."""


def forms_where(holds: Callable[[ChartForm], bool]) -> tuple[ChartType, ...]:
    """The chart types of whose rows something holds."""
    return tuple(chart_type for chart_type, form in FORMS.items() if holds(form))


def charts_of(data_type: DataType, *, is_identifier: bool = False) -> tuple[ChartType, ...]:
    """The chart types that fields of a data type take; ``is_identifier`` as ``catalog.is_identifier``."""

    def is_plotted(form: ChartForm) -> bool:
        match form.plots.get(data_type):
            case None:
                return False
            case Plots.QUANTITIES | Plots.RANGES:
                return not is_identifier
            case Plots.ALL | Plots.GROUPED:
                return True

    return forms_where(is_plotted)
