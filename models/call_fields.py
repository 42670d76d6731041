"""The fields of calls: a row for each.

Checks, storing, filters, charts, exports, imports and the GraphQL types and inputs of calls are made from these rows.
A new field is a column (``models.call_log``), a migration, a row here and words in the demo's calls. What a row cannot
say stands beside it: the agent, the metadata, the metric values, the transcript and the feedback of a call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from models.call_values import (
    NAME_LIMIT,
    TEXT_LIMIT,
    TIMESTAMP_FORM,
    Check,
    check_boolean,
    check_timestamp,
    number_form,
    number_of,
    string_form,
    string_of,
)
from models.types import DataType

SECONDS = "seconds"
"""The unit of durations."""

CallValue = str | float | bool | datetime
"""What a field holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallField:
    """One field.

    Attributes:
        name: as the native format and filters write it; the column's name, too.
        data_type: of its values.
        description: what its values are; for the schema, the catalogues and the documentation alike.
        is_nullable: whether a stored call can be without it.
        is_required: whether a call that is brought in must have it. Both that are required say which call it is.
        default: what a new call has when none is given, in SQL and JSON alike; needed where it is neither nullable nor
            required.
        is_given: whether those who bring calls in can give it.
        is_correctable: whether a review can change it.
        is_plottable: whether widgets can plot it.
        is_groupable: whether charts can be grouped by it.
        is_filterable: whether filters can name it.
        is_sortable: whether lists can be ordered by it; that takes an index.
        is_exported: whether exports hold it.
        is_maskable: whether a project can have it masked for viewers; a string.
        shortest: of a string, the fewest characters.
        longest: of a string, the most characters.
        least: of a number, the lowest.
        unit: of a number.
        title: its name for people; made of the name where nothing else is said.
    """

    name: str
    data_type: DataType
    description: str
    is_nullable: bool = True
    is_required: bool = False
    default: str | None = None
    is_given: bool = True
    is_correctable: bool = False
    is_plottable: bool = False
    is_groupable: bool = False
    is_filterable: bool = True
    is_sortable: bool = False
    is_exported: bool = True
    is_maskable: bool = False
    shortest: int = 0
    longest: int = TEXT_LIMIT
    least: float | None = None
    unit: str | None = None
    title: str | None = None

    @property
    def display_name(self) -> str:
        """Its name for people."""
        return self.title or self.name.replace("_", " ").capitalize()

    @property
    def key(self) -> str:
        """Its name in GraphQL."""
        first, *rest = self.name.split("_")
        return first + "".join(map(str.capitalize, rest))

    @property
    def form(self) -> str:
        """What a value of it can be."""
        match self.data_type:
            case DataType.STRING:
                return string_form(self.shortest, self.longest)
            case DataType.NUMBER:
                return number_form(self.least, self.unit)
            case DataType.BOOLEAN:
                return "true or false"
            case DataType.DATETIME:
                return TIMESTAMP_FORM
            case _:
                assert_never(self.data_type)

    def check(self) -> Check:
        """What takes a given value and returns it as it is stored."""
        match self.data_type:
            case DataType.STRING:
                return string_of(self.shortest, self.longest)
            case DataType.NUMBER:
                return number_of(self.least, self.unit)
            case DataType.BOOLEAN:
                return check_boolean
            case DataType.DATETIME:
                return check_timestamp
            case _:
                assert_never(self.data_type)


CALL_FIELDS = (
    CallField(
        name="call_id",
        title="Call ID",
        data_type=DataType.STRING,
        description="The ID of the call in the system that it comes from, unique in the project.",
        is_nullable=False,
        is_required=True,
        shortest=1,
        longest=NAME_LIMIT,
    ),
    CallField(
        name="timestamp",
        title="Start time",
        data_type=DataType.DATETIME,
        description="When the call began.",
        is_nullable=False,
        is_required=True,
        is_plottable=True,
        is_sortable=True,
    ),
    CallField(
        name="duration",
        data_type=DataType.NUMBER,
        description="How long the call took, in seconds.",
        least=0,
        unit=SECONDS,
        is_plottable=True,
        is_sortable=True,
    ),
    CallField(
        name="success",
        data_type=DataType.BOOLEAN,
        description="Whether the call was successful.",
        is_correctable=True,
        is_plottable=True,
        is_groupable=True,
    ),
    CallField(
        name="is_reviewed",
        title="Reviewed",
        data_type=DataType.BOOLEAN,
        description="Whether a person has reviewed the call.",
        is_nullable=False,
        default="false",
        is_correctable=True,
        is_plottable=True,
        is_groupable=True,
    ),
    CallField(
        name="customer_number",
        data_type=DataType.STRING,
        description="The customer's phone number.",
        is_plottable=True,
        is_groupable=True,
        is_maskable=True,
    ),
    CallField(
        name="call_ended_reason",
        data_type=DataType.STRING,
        description="Why the call ended.",
        is_correctable=True,
        is_plottable=True,
        is_groupable=True,
    ),
    CallField(
        name="dropoff_point",
        title="Drop-off point",
        data_type=DataType.STRING,
        description="Where the caller dropped off.",
        is_correctable=True,
        is_plottable=True,
        is_groupable=True,
    ),
    CallField(
        name="topic",
        data_type=DataType.STRING,
        description="What the call was about.",
        is_correctable=True,
        is_plottable=True,
        is_groupable=True,
    ),
    CallField(
        name="created_at",
        data_type=DataType.DATETIME,
        description="When the call was recorded here.",
        is_nullable=False,
        is_given=False,
        is_exported=False,
    ),
    CallField(
        name="updated_at",
        data_type=DataType.DATETIME,
        description="When the record of the call was last changed here.",
        is_nullable=False,
        is_given=False,
        is_exported=False,
    ),
)
"""The fields, in the order of the schema, the catalogues and the columns of tables."""

FIELD_OF: Mapping[str, CallField] = {field.name: field for field in CALL_FIELDS}
"""The fields by name."""

GIVEN = tuple(field for field in CALL_FIELDS if field.is_given)
"""What those who bring calls in can give."""

VALUES = tuple(field for field in GIVEN if not field.is_required)
"""What a call may be without."""

CORRECTABLE = tuple(field for field in CALL_FIELDS if field.is_correctable)
"""What a review can change."""

MASKABLE = frozenset(field.name for field in CALL_FIELDS if field.is_maskable)
"""What a project can have masked for viewers."""
