"""Closed sets of values that rows carry. Their values are what the database stores and what JSON writes."""

from enum import StrEnum
from typing import Self


class DescribedEnum(StrEnum):
    """A closed set that is an enum of the schema as it stands here: its docstring and the members' descriptions."""

    description: str
    """What the member means, as the schema tells it."""

    def __new__(cls, value: str, description: str) -> Self:
        """A member that equals its value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


class EvaluationType(DescribedEnum):
    """The type of value that a metric has for a call."""

    BINARY = "binary", "True or false."
    NUMERIC = "numeric", "A number."
    RATING = "rating", "A number from 0 to 5."
    ENUM = "enum", "One of the metric's `enumValues`."


class DataType(DescribedEnum):
    """The type of a field's values, which determines the chart types, aggregations and filter operators that it
    supports."""

    NUMBER = "number", "Numbers."
    BOOLEAN = "boolean", "True or false."
    STRING = "string", "Text."
    DATETIME = "datetime", "Dates with times."


class ValueFormat(DescribedEnum):
    """How a value is meant to be shown. A hint for user interfaces: values themselves are never converted."""

    NUMBER = "number", "A number, in its unit if it has one."
    INTEGER = "integer", "A whole number, such as a count."
    PERCENT = "percent", "A share from 0 to 1, shown as a percentage."
    DURATION = "duration", "A length of time in seconds."
    CURRENCY = "currency", "An amount of money; its unit is the ISO 4217 code of the currency."
    DATETIME = "datetime", "A time; as a number, in POSIX seconds."
    BOOLEAN = "boolean", "True or false."
    TEXT = "text", "Text."


class ChartType(StrEnum):
    """The chart types of widgets. ``aggregation.question.chart_types`` has a row for each."""

    LINE = "line"
    BAR = "bar"
    PIE = "pie"
    LIST = "list"
    STAT = "stat"
    HISTOGRAM = "histogram"


class Aggregation(StrEnum):
    """Functions that turn many values into one. ``aggregation.functions.table`` has a row for each."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    P50 = "p50"
    P75 = "p75"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"
    STDDEV = "stddev"
    COUNT_DISTINCT = "count_distinct"


class TimePeriod(DescribedEnum):
    """Sizes of a time bucket. Buckets follow the clock and the calendar of the chart's time zone."""

    FIVE_MINUTES = "five_minutes", "Five minutes, starting at minutes that are multiples of 5."
    FIFTEEN_MINUTES = "fifteen_minutes", "A quarter of an hour, starting at minute 0, 15, 30 or 45."
    THIRTY_MINUTES = "thirty_minutes", "Half an hour, starting at minute 0 or 30."
    HOUR = "hour", "One hour."
    DAY = "day", "One day in the chart's time zone; 23 or 25 hours long when daylight saving time begins or ends."
    WEEK = "week", "Seven days, starting on the dashboard's week start."
    MONTH = "month", "One calendar month."
    AUTO = (
        "auto",
        "Chooses the period whose number of buckets is closest to 50 by ratio (25 and 100 are equally close). The "
        "chart's `timePeriod` says which one was chosen.",
    )


class Weekday(DescribedEnum):
    """Days on which a week can begin."""

    MONDAY = "monday", "Weeks run from Monday to Sunday (ISO 8601)."
    SATURDAY = "saturday", "Weeks run from Saturday to Friday."
    SUNDAY = "sunday", "Weeks run from Sunday to Saturday."

    @property
    def number(self) -> int:
        """Its number in a week, from 0 for Monday, as ``date.weekday`` counts."""
        match self:
            case Weekday.MONDAY:
                return 0
            case Weekday.SATURDAY:
                return 5
            case Weekday.SUNDAY:
                return 6


class Role(DescribedEnum):
    """What a key is allowed to do."""

    VIEWER = "viewer", "Can read and export dashboards, charts and calls."
    ANALYST = "analyst", "Can also change dashboards and widgets, and review calls."
    INGESTER = "ingester", "Can send calls, but not read them."
    ADMIN = "admin", "Can do everything, including managing API keys and the project's settings."


class WebhookSource(StrEnum):
    """Who sends the events of calls to a webhook endpoint."""

    VAPI = "vapi"
    RETELL = "retell"
    TWILIO = "twilio"
    GENERIC = "generic"


class AuditAction(DescribedEnum):
    """The action of an audit event."""

    DASHBOARD_CREATE = "dashboard.create", "A dashboard was created."
    DASHBOARD_UPDATE = "dashboard.update", "Settings of a dashboard were changed."
    DASHBOARD_DELETE = "dashboard.delete", "A dashboard was deleted."
    DASHBOARD_RESTORE = "dashboard.restore", "A dashboard was restored, or returned to an earlier state."
    DASHBOARD_UNDO = "dashboard.undo", "The last change to a dashboard was undone."
    DASHBOARD_IMPORT = "dashboard.import", "A dashboard was created from a document."
    DASHBOARD_DUPLICATE = "dashboard.duplicate", "A dashboard was copied; the subject is the copy."
    DASHBOARD_ARRANGE = "dashboard.arrange", "Widgets of a dashboard were moved."
    DASHBOARD_WIDGETS = "dashboard.widgets", "Widgets of a dashboard were created, updated and deleted together."
    DASHBOARD_APPLY = "dashboard.apply", "Dashboards were changed by `dialboard apply`."
    DASHBOARD_EXPORT = "dashboard.export", "Dashboards were exported by `dialboard export`."
    WIDGET_CREATE = "widget.create", "A widget was created."
    WIDGET_UPDATE = "widget.update", "A widget was changed."
    WIDGET_DELETE = "widget.delete", "A widget was deleted."
    WIDGET_DUPLICATE = "widget.duplicate", "A widget was copied; the subject is the copy."
    WIDGET_EXPORT = "widget.export", "The chart of a widget was exported."
    PREVIEW_EXPORT = "preview.export", "The chart of a widget that is not saved was exported."
    CALLS_INGEST = "calls.ingest", "Calls were stored by a mutation, `POST /ingest` or a webhook."
    CALLS_IMPORT = "calls.import", "Calls were stored by `dialboard import` or `dialboard demo`."
    CALLS_EXPORT = "calls.export", "An export of calls was started."
    CALL_UPDATE = "call.update", "A call was reviewed, or its data was corrected."
    KEY_CREATE = "key.create", "An API key was created."
    KEY_UPDATE = "key.update", "The name or expiry of an API key was changed."
    KEY_REVOKE = "key.revoke", "An API key was revoked."
    KEY_ROTATE = "key.rotate", "An API key was replaced; the subject is the old one."
    WEBHOOK_CREATE = "webhook.create", "A webhook endpoint was created."
    WEBHOOK_REVOKE = "webhook.revoke", "A webhook endpoint was revoked."
    WEBHOOK_ROTATE = "webhook.rotate", "A webhook endpoint was replaced; the subject is the old one."
    METRIC_UPDATE = "metric.update", "The display name, unit or format of a metric was changed."
    PROJECT_CREATE = "project.create", "The project was created."
    PROJECT_UPDATE = "project.update", "Settings of the project were changed."
    PROJECT_JOIN = "project.join", "The project was added to an organisation, whose keys open it from then on."
    PROJECT_LEAVE = "project.leave", "The project was removed from its organisation."
    DOCUMENTS_REGISTER = "documents.register", "Trusted documents were registered."
    DOCUMENTS_REMOVE = "documents.remove", "A trusted document was removed."
