"""The enums of the schema: those of ``models.types``, in upper case, each value with its description.

Importing this module registers them; types then simply name the enums of ``models``.
"""

from collections.abc import Mapping
from enum import Enum
from inspect import cleandoc

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from aggregation.functions.table import FUNCTIONS
from aggregation.question.chart_types import FORMS
from models import Aggregation, ChartType
from models.types import DescribedEnum


def register(enum: type[Enum], description: str, values: Mapping[Enum, str], name: str | None = None) -> None:
    """Makes a Python enum one of the schema, its values named as its members are, each with its description.

    Args:
        name: that of the enum in the schema, where it is not the class's own.
    """
    strawberry.enum(enum, name=name, description=description)
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

for described in DescribedEnum.__subclasses__():
    told = " ".join(cleandoc(described.__doc__ or "").split())
    register(described, told, {member: member.description for member in described})
