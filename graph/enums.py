"""The enums of the schema: those of ``models.types``, in upper case, each value with its description.

Importing this module registers them; types then simply name the enums of ``models``.
"""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from aggregation.functions.table import FUNCTIONS
from aggregation.question.chart_types import FORMS
from models import Aggregation, ChartType, DataType, EvaluationType, TimePeriod, Weekday


def register(enum: type[Enum], description: str, values: Mapping[Enum, str]) -> None:
    """Makes a Python enum one of the schema, its values named as its members are, each with its description."""
    strawberry.enum(enum, description=description)
    definition: StrawberryEnumDefinition = vars(enum)["__strawberry_definition__"]
    for value, member in zip(definition.values, enum, strict=True):
        value.description = values[member]


register(
    ChartType,
    "The forms a widget can take. `widgetFields` says which fields take which.",
    {chart_type: form.meaning for chart_type, form in FORMS.items()},
)

register(
    Aggregation,
    "Functions that turn the values of many records into one. Records without a value are skipped.",
    {aggregation: function.description for aggregation, function in FUNCTIONS.items()},
)

register(
    TimePeriod,
    "Sizes of a time bucket. Buckets begin at the chart's own hours, days, weeks and months, in its time zone.",
    {
        TimePeriod.HOUR: "One hour.",
        TimePeriod.DAY: "One day of the chart's time zone, 23 or 25 hours long when clocks change.",
        TimePeriod.WEEK: "Seven days from the dashboard's week start.",
        TimePeriod.MONTH: "One month of the calendar.",
        TimePeriod.AUTO: "The one of the others whose number of buckets is nearest to 50 by ratio: 25 and 100 are "
        "equally near. The chart says which it was.",
    },
)

register(
    DataType,
    "What a field's values are, which decides the charts, aggregations and filter operators it takes.",
    {
        DataType.NUMBER: "Numbers.",
        DataType.BOOLEAN: "True or false.",
        DataType.STRING: "Text.",
        DataType.DATETIME: "Moments.",
    },
)

register(
    EvaluationType,
    "What kind of value a metric gives a call.",
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
