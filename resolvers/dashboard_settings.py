"""What clients set of dashboards and widgets: a row for each setting.

States, the history, copies, documents, the checks of writes and the GraphQL types and inputs of dashboards are all made
from these rows. A new setting of dashboards is a column (``models.dashboard``), a migration and a row here. In
revisions from before it, it is ``Setting.older``; in documents that leave it out, it is ``Setting.default``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any

from models import Aggregation, ChartType, TimePeriod, Weekday
from resolvers.absent import ABSENT
from resolvers.names import NAME_LENGTH


class Kind(Enum):
    """What a setting's values are: how they are checked, written as JSON and told in the history."""

    NAME = auto()
    TEXT = auto()
    ZONE = auto()
    FLAG = auto()
    CHOICE = auto()
    FILTERS = auto()
    OBJECT = auto()
    GROUPING = auto()
    METRIC = auto()
    PLACE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting.

    Attributes:
        column: the model's attribute.
        key: its name in GraphQL and in the history's JSON.
        label: what the history calls it.
        description: what it is, for the schema and the documentation.
        default: what it is where nothing was given; ``ABSENT`` where it must be given. Only what is null by default can
            be null.
        older: what it is in revisions that do not have it, because they are older than the setting; where that is not
            the default.
        document_key: its name in documents, where that is not ``key``; None when documents leave it out.
        is_copied: whether a duplicate has it in common with its original.
        is_plotted: for widgets, whether it says what is plotted; all of those are checked together.
        choices: for a choice, what there is to choose from.
        longest: for a text, the most characters.
        sentences: for a flag, what the history says when it becomes false, and when true.
        input_description: what is to be given, where the description does not say it.
    """

    column: str
    key: str
    kind: Kind
    label: str
    description: str
    default: Any = None
    older: Any = ABSENT
    document_key: Any = ABSENT
    is_copied: bool = True
    is_plotted: bool = False
    choices: type[StrEnum] | None = None
    longest: int | None = None
    sentences: tuple[str, str] | None = None
    input_description: str | None = None

    @property
    def is_needed(self) -> bool:
        """Whether it must be given."""
        return self.default is ABSENT

    @property
    def is_nullable(self) -> bool:
        """Whether it can be null."""
        return self.default is None

    @property
    def in_documents(self) -> str | None:
        """Its name in documents; None when they leave it out."""
        return self.key if self.document_key is ABSENT else self.document_key

    def of_revision(self, revision: Mapping[str, Any]) -> Any:
        """The value in the JSON of the history; ``older`` where the revision is from before the setting.

        Raises:
            KeyError: it must be given, and is not.
        """
        return self._read(revision, self.key, self.default if self.older is ABSENT else self.older)

    def of_document(self, document: Mapping[str, Any]) -> Any:
        """The value in a document that can have it; the default where it is left out.

        Raises:
            KeyError: it must be given, and is not.
        """
        return self._read(document, self.in_documents or self.key, self.default)

    def _read(self, written: Mapping[str, Any], key: str, missing: Any) -> Any:
        value = written.get(key, ABSENT)
        if value is ABSENT or (value is None and not self.is_nullable):
            if missing is ABSENT:
                raise KeyError(key)
            return missing
        return self.choices[value] if self.choices is not None and value is not None else value

    def written(self, value: Any) -> Any:
        """The value as JSON; those of closed sets by name, as GraphQL writes them."""
        return value.name if isinstance(value, StrEnum) else value


DASHBOARD_SETTINGS = (
    Setting(
        column="name",
        key="name",
        kind=Kind.NAME,
        label="name",
        default=ABSENT,
        is_copied=False,
        description="Its title.",
        input_description=f"The title: 1 to {NAME_LENGTH} characters; leading and trailing spaces are removed.",
    ),
    Setting(
        column="filters",
        key="filters",
        kind=Kind.FILTERS,
        label="filters",
        description="Filters that apply to every widget, combined with each widget's own filters by AND; null "
        "for none.",
    ),
    Setting(
        column="time_zone",
        key="timeZone",
        kind=Kind.ZONE,
        label="time zone",
        default="UTC",
        description="The time zone of the days, weeks and months in its charts.",
    ),
    Setting(
        column="week_start",
        key="weekStart",
        kind=Kind.CHOICE,
        choices=Weekday,
        label="week start",
        default=Weekday.MONDAY,
        description="The first day of the week in its charts.",
    ),
    Setting(
        column="is_default",
        key="isDefault",
        kind=Kind.FLAG,
        label="default",
        sentences=("No longer the default dashboard", "Made the default dashboard"),
        default=False,
        is_copied=False,
        description="Whether it is the default dashboard, which is opened first. A project has at most one.",
        input_description="Whether it is the default dashboard, replacing the current default.",
    ),
    Setting(
        column="include_in_daily_report",
        key="includeInDailyReport",
        kind=Kind.FLAG,
        label="daily report",
        sentences=("Removed from the daily report", "Added to the daily report"),
        default=False,
        is_copied=False,
        description="Whether it is included in the daily report.",
    ),
)
"""The settings of a dashboard, in the order of documents and of the schema."""

WIDGET_SETTINGS = (
    Setting(
        column="name",
        key="name",
        kind=Kind.NAME,
        label="name",
        default=ABSENT,
        is_copied=False,
        description="Its title.",
    ),
    Setting(
        column="chart_type",
        key="chartType",
        kind=Kind.CHOICE,
        choices=ChartType,
        label="chart type",
        default=ABSENT,
        is_plotted=True,
        description="The chart type.",
    ),
    Setting(
        column="field",
        key="field",
        kind=Kind.TEXT,
        longest=500,  # only the names of metadata keys can be long
        label="field",
        is_plotted=True,
        description="The plotted field, as listed by `widgetFields`; null for the overview of a STAT.",
    ),
    Setting(
        column="metric_id",
        key="metricId",
        document_key="metric",
        kind=Kind.METRIC,
        label="metric",
        is_plotted=True,
        description="The plotted metric; null if a field of the call is plotted.",
    ),
    Setting(
        column="aggregation",
        key="aggregation",
        kind=Kind.CHOICE,
        choices=Aggregation,
        label="aggregation",
        is_plotted=True,
        description="The aggregation, if the chart type has one.",
    ),
    Setting(
        column="time_period",
        key="timePeriod",
        kind=Kind.CHOICE,
        choices=TimePeriod,
        label="time period",
        is_plotted=True,
        description="The size of a BAR's time buckets; null for other chart types.",
    ),
    Setting(
        column="group_by",
        key="groupBy",
        kind=Kind.GROUPING,
        label="grouping",
        is_plotted=True,
        description='How the chart is split into series: `{"type": "field", "field": F}` or `{"type": "bucket", '
        "...}`; null if it is not grouped.",
    ),
    Setting(
        column="filters",
        key="filters",
        kind=Kind.FILTERS,
        label="filters",
        description="The widget's own filters, as they were given; null for none.",
    ),
    Setting(
        column="layout",
        key="layout",
        kind=Kind.PLACE,
        label="place",
        is_copied=False,
        description="The position on the grid; null if it has none.",
    ),
    Setting(
        column="widget_metadata",
        key="metadata",
        kind=Kind.OBJECT,
        label="metadata",
        description="Arbitrary data of the client: a JSON object.",
    ),
)
"""What is stored of a widget, in the order of documents."""

PLOTTED = tuple(setting.column for setting in WIDGET_SETTINGS if setting.is_plotted)
"""The columns that say what a widget plots."""


LONGEST = {setting.column: setting.longest for setting in WIDGET_SETTINGS if setting.longest is not None}
"""The most characters of each text of a widget."""


def defaults(settings: tuple[Setting, ...]) -> dict[str, Any]:
    """What each column has where nobody has said anything."""
    return {setting.column: setting.default for setting in settings}


def copied(row: object, settings: tuple[Setting, ...]) -> dict[str, Any]:
    """The columns that a duplicate has in common with its original."""
    return {setting.column: getattr(row, setting.column) for setting in settings if setting.is_copied}
