"""What is wrong with the input of a write: each thing with a sentence and a JSON pointer (RFC 6901) into the input."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aggregation.question.faults import WidgetFault
from filters import FilterFault

MAX_REJECTIONS = 200
"""What is listed of one input; further ones are only counted."""


@dataclass(frozen=True, slots=True)
class InvalidValue:
    """A value that its place does not take. ``allowed`` says what it takes, where that is a closed set."""

    message: str
    path: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitExceeded:
    """Something too long, too large or too many."""

    message: str
    path: str


@dataclass(frozen=True, slots=True)
class InvalidId:
    """No global id, or one of another type; ``allowed`` names the types that it may be of."""

    message: str
    path: str
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """The project has no such thing. ``type_name`` is that of the schema."""

    type_name: str
    path: str

    @property
    def message(self) -> str:
        """The sentence for people."""
        return f"There is no such {self.type_name} in this project."


@dataclass(frozen=True, slots=True)
class VersionConflict:
    """Another version is stored than the client expected."""

    type_name: str
    expected: int
    current: int
    path: str

    @property
    def message(self) -> str:
        """The sentence for people."""
        return f"The {self.type_name} has version {self.current}, not {self.expected}: it was changed meanwhile."


@dataclass(frozen=True, slots=True)
class WrongFilter:
    """A fault of a filter; ``fault.path`` points into the filter, ``path`` into the input that holds it."""

    fault: FilterFault
    origin: str
    path: str

    @property
    def message(self) -> str:
        """The sentence for people."""
        return self.fault.message


@dataclass(frozen=True, slots=True)
class WrongWidget:
    """A fault of a widget's definition; ``fault.path`` points into the definition, ``path`` into the input."""

    fault: WidgetFault
    path: str

    @property
    def message(self) -> str:
        """The sentence for people."""
        return self.fault.message


Rejection = InvalidValue | LimitExceeded | InvalidId | NotFound | VersionConflict | WrongFilter | WrongWidget


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

    def invalid(self, message: str, path: str, allowed: Iterable[str] = ()) -> None:
        """Notes a value that its place does not take."""
        self.note(InvalidValue(message, path, tuple(allowed)))

    def exceeded(self, message: str, path: str) -> None:
        """Notes a limit that was passed."""
        self.note(LimitExceeded(message, path))

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
        message = f"{self.further:,} further errors are not listed; at most {MAX_REJECTIONS} are."
        return (*self.found, LimitExceeded(message, ""))

    def raise_if_any(self) -> None:
        """Raises ``Rejected`` when something was noted."""
        if self.found:
            raise Rejected(self.listed())
