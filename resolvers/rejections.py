"""What is wrong with the input of a write: each thing with a sentence and a JSON pointer (RFC 6901) into the input."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from aggregation.question.faults import WidgetFault
from filters import FilterFault

MAX_REJECTIONS = 200
"""What is listed of one input; further ones are only counted."""


class InvalidKind(StrEnum):
    """Kinds of invalid values, by the names of the schema's error codes."""

    INVALID_INPUT = "INVALID_INPUT"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    INVALID_ID = "INVALID_ID"


@dataclass(frozen=True, slots=True)
class Noted:
    """What every rejection has: a sentence, and a JSON pointer into the input."""

    message: str
    path: str


@dataclass(frozen=True, slots=True)
class InvalidValue(Noted):
    """A value that its place does not take. ``allowed`` says what it takes, where that is a closed set."""

    allowed: tuple[str, ...] = ()
    kind: InvalidKind = InvalidKind.INVALID_INPUT


@dataclass(frozen=True, slots=True)
class NotFound(Noted):
    """The project has no such thing. ``type_name`` is that of the schema."""

    type_name: str


@dataclass(frozen=True, slots=True)
class VersionConflict(Noted):
    """Another version is stored than the client expected."""

    expected: int
    current: int


@dataclass(frozen=True, slots=True)
class WrongFilter(Noted):
    """A fault of a filter; ``fault.path`` points into the filter, ``path`` into the input that holds it."""

    origin: str
    fault: FilterFault


@dataclass(frozen=True, slots=True)
class WrongWidget(Noted):
    """A fault of a widget's definition; ``fault.path`` points into the definition, ``path`` into the input."""

    fault: WidgetFault


Rejection = InvalidValue | NotFound | VersionConflict | WrongFilter | WrongWidget


class Rejected(Exception):
    """An input that cannot be taken. Raised inside the transaction, so that nothing of it is written."""

    def __init__(self, rejections: tuple[Rejection, ...]) -> None:
        super().__init__("; ".join(f"{rejection.path}: {rejection.message}" for rejection in rejections))
        self.rejections = rejections


@dataclass(slots=True)
class Rejections:
    """Collects everything that is wrong with one input, so that a client learns of it all at once."""

    found: list[Rejection] = field(default_factory=list[Rejection])
    further: int = 0

    def note(self, rejection: Rejection) -> None:
        """Notes one thing."""
        if len(self.found) < MAX_REJECTIONS:
            self.found.append(rejection)
        else:
            self.further += 1

    def pass_over(self, count: int) -> bool:
        """Counts so many things where nothing more is listed, and says whether that is so: describing them takes
        longer than finding them."""
        is_full = len(self.found) >= MAX_REJECTIONS
        self.further += count if is_full else 0
        return is_full

    def invalid(self, message: str, path: str, allowed: Iterable[str] = ()) -> None:
        """Notes a value that its place does not take."""
        self.note(InvalidValue(message, path, tuple(allowed)))

    def exceeded(self, message: str, path: str) -> None:
        """Notes a limit that was passed."""
        self.note(InvalidValue(message, path, kind=InvalidKind.LIMIT_EXCEEDED))

    def not_found(self, type_name: str, path: str) -> None:
        """Notes that the project has no such thing."""
        self.note(NotFound(f"The {type_name} does not exist in this project.", path, type_name))

    def conflict(self, what: str, expected: int, current: int, path: str) -> None:
        """Notes that another version is stored than was expected."""
        message = f"The {what} has version {current}, not {expected}: it was changed in the meantime."
        self.note(VersionConflict(message, path, expected, current))

    def wrong_filter(self, fault: FilterFault, origin: str, path: str) -> None:
        """Notes a fault of the filter that stands at the path."""
        self.note(WrongFilter(fault.message, path + fault.path, origin, fault))

    def wrong_widget(self, fault: WidgetFault, path: str) -> None:
        """Notes a fault of a widget's definition, at its place in the input."""
        self.note(WrongWidget(fault.message, path, fault))

    def has(self, path: str) -> bool:
        """Whether something is wrong at exactly this place."""
        return any(rejection.path == path for rejection in self.found)

    @property
    def count(self) -> int:
        """How many were noted, listed or not."""
        return len(self.found) + self.further

    def listed(self) -> tuple[Rejection, ...]:
        """What was noted, with a last one that counts what is not listed."""
        if not self.further:
            return tuple(self.found)
        message = f"{self.further:,} more errors were found; at most {MAX_REJECTIONS} are listed."
        return (*self.found, InvalidValue(message, "", kind=InvalidKind.LIMIT_EXCEEDED))

    def raise_if_any(self) -> None:
        """Raises ``Rejected`` when something was noted."""
        if self.found:
            raise Rejected(self.listed())
