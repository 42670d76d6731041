"""The enums of the schema: those of ``models.types``, in upper case, each value with its description.

Importing this module registers them; types then simply name the enums of ``models``.
"""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from aggregation.functions.table import FUNCTIONS
from aggregation.question.chart_types import FORMS
from models import Aggregation, ChartType, DataType, EvaluationType, Role, TimePeriod, Weekday


def register(enum: type[Enum], description: str, values: Mapping[Enum, str]) -> None:
    """Makes a Python enum one of the schema, its values named as its members are, each with its description."""
    strawberry.enum(enum, description=description)
    definition: StrawberryEnumDefinition = vars(enum)["__strawberry_definition__"]
    for value, member in zip(definition.values, enum, strict=True):
        value.description = values[member]


register(
    ChartType,
    "The chart types of widgets. `widgetFields` lists the types that each field supports.",
    {chart_type: form.meaning for chart_type, form in FORMS.items()},
)

register(
    Aggregation,
    "Functions that compute one value from the values of many records. Records without a value are skipped.",
    {aggregation: function.description for aggregation, function in FUNCTIONS.items()},
)

register(
    TimePeriod,
    "Sizes of a time bucket. Buckets follow the hours, days, weeks and months of the chart's time zone.",
    {
        TimePeriod.HOUR: "One hour.",
        TimePeriod.DAY: "One day in the chart's time zone; 23 or 25 hours long when daylight saving time begins "
        "or ends.",
        TimePeriod.WEEK: "Seven days, starting on the dashboard's week start.",
        TimePeriod.MONTH: "One calendar month.",
        TimePeriod.AUTO: "Chooses the period whose number of buckets is closest to 50 by ratio (25 and 100 are "
        "equally close). The chart's `timePeriod` tells which one was chosen.",
    },
)

register(
    DataType,
    "The type of a field's values, which determines the chart types, aggregations and filter operators that it "
    "supports.",
    {
        DataType.NUMBER: "Numbers.",
        DataType.BOOLEAN: "True or false.",
        DataType.STRING: "Text.",
        DataType.DATETIME: "Dates with times.",
    },
)

register(
    EvaluationType,
    "The type of value that a metric has for a call.",
    {
        EvaluationType.BINARY: "True or false.",
        EvaluationType.NUMERIC: "A number.",
        EvaluationType.RATING: "A number from 0 to 5.",
        EvaluationType.ENUM: "One of the metric's `enumValues`.",
    },
)

register(
    Weekday,
    "Days on which a week can begin.",
    {
        Weekday.MONDAY: "Weeks run from Monday to Sunday (ISO 8601).",
        Weekday.SATURDAY: "Weeks run from Saturday to Friday.",
        Weekday.SUNDAY: "Weeks run from Sunday to Saturday.",
    },
)

register(
    Role,
    "What a key may do.",
    {
        Role.VIEWER: "Reads dashboards, charts and calls, and exports them.",
        Role.ANALYST: "The same, and writes dashboards and widgets and reviews calls.",
        Role.INGESTER: "Sends calls, and reads none.",
        Role.ADMIN: "Everything, keys and the project's settings too.",
    },
)
