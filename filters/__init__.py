"""The filter compiler: filter JSON -> syntax tree -> checked tree -> SQL condition.

Each stage is a pure function between frozen dataclasses; none needs a database::

    node = parse(raw)
    checked = check(node, fields, now=now, zone=zone)
    condition = compile_filter(checked, fields, project_id)
"""

from filters.check import Checked, CheckedCondition, CheckedGroup, CheckedNode, Reach, check, check_json, regexes
from filters.compile import compile_filter, complement
from filters.describe import describe
from filters.faults import FaultCode, FilterError, FilterFault
from filters.fields import Field, FieldRegistry, Related, Row, UnknownFieldError
from filters.masked_fields import NOTHING_MASKED, MaskedFields
from filters.operators import OPERATORS, Op, Operator, operators_of
from filters.parse import ASKED, COMBINED, WRITTEN, Limits, parse
from filters.relative_time import resolve_instant
from filters.syntax import Condition, Group, GroupOperator, Node, Translated, combine, join, to_json, without_timestamp
from filters.value_types import FieldType, Span
from filters.warnings import FilterWarning, WarningCode
from filters.window import Window, window

__all__ = [
    "ASKED",
    "COMBINED",
    "NOTHING_MASKED",
    "OPERATORS",
    "WRITTEN",
    "Checked",
    "CheckedCondition",
    "CheckedGroup",
    "CheckedNode",
    "Condition",
    "FaultCode",
    "Field",
    "FieldRegistry",
    "FieldType",
    "FilterError",
    "FilterFault",
    "FilterWarning",
    "Group",
    "GroupOperator",
    "Limits",
    "MaskedFields",
    "Node",
    "Op",
    "Operator",
    "Reach",
    "Related",
    "Row",
    "Span",
    "Translated",
    "UnknownFieldError",
    "WarningCode",
    "Window",
    "check",
    "check_json",
    "combine",
    "compile_filter",
    "complement",
    "describe",
    "join",
    "operators_of",
    "parse",
    "regexes",
    "resolve_instant",
    "to_json",
    "window",
    "without_timestamp",
]
