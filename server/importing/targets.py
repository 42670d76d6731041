"""What a mapping fills: the values of a call, and where each comes from."""

from dataclasses import dataclass
from enum import Enum

from models.types import EvaluationType
from server.importing.conversions import Convert, Scalar


class Part(Enum):
    """The part of a call that a value belongs to."""

    CALL = "call"
    METADATA = "metadata"
    METRICS = "metrics"


PARTS = {part.value: part for part in Part}
"""The parts by their names in pointers and mappings."""


@dataclass(frozen=True, slots=True)
class Target:
    """A value of a call and where it comes from.

    Several ``columns`` are joined by a space before they are converted. Without columns the value is ``constant``.
    """

    part: Part
    key: str
    columns: tuple[str, ...]
    convert: Convert
    constant: Scalar | None = None
    metric_type: EvaluationType | None = None
