"""Closed sets of values that rows carry. Their values are what the database stores and what JSON writes."""

from enum import StrEnum


class EvaluationType(StrEnum):
    """What kind of value a metric has."""

    BINARY = "binary"
    NUMERIC = "numeric"
    RATING = "rating"
    ENUM = "enum"


class DataType(StrEnum):
    """What a field's values are, which decides the charts and aggregations it takes."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    STRING = "string"
    DATETIME = "datetime"


class ChartType(StrEnum):
    """The forms a widget can take. ``aggregation.question.chart_types`` has a row for each."""

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


class TimePeriod(StrEnum):
    """Sizes of a time bucket; ``AUTO`` is the one of them whose number of buckets is nearest to 50 by ratio."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    AUTO = "auto"


class Weekday(StrEnum):
    """Days on which a week can begin."""

    MONDAY = "monday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Role(StrEnum):
    """What a key may do. ``graph.rights`` says which role may use which field and route."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    INGESTER = "ingester"
    ADMIN = "admin"
