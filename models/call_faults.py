"""What is wrong with a call of the native import format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallFault:
    """What is wrong with one value. ``path`` is a JSON pointer; ``allowed`` says what may stand there."""

    path: str
    message: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.message}; allowed: {self.allowed}"


class CallFaults(ValueError):
    """A call cannot be taken. Carries every fault found in it, not only the first."""

    def __init__(self, faults: Sequence[CallFault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault}" for fault in faults))
        self.faults = tuple(faults)


class Refused(Exception):
    """A value that its key does not take; faults are relative to that key."""

    def __init__(self, *faults: CallFault) -> None:
        self.faults = faults


def refuse(message: str, allowed: str) -> Refused:
    """A refusal of the value itself."""
    return Refused(CallFault("", message, allowed))


def pointer_token(key: str) -> str:
    """A key as a token of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def shown(value: object) -> str:
    """A value as messages quote it: at most 80 characters."""
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 80 else f"{text[:79]}…"


def placed(refused: Refused, path: str) -> list[CallFault]:
    """The refusal's faults below a path."""
    return [CallFault(path + fault.path, fault.message, fault.allowed) for fault in refused.faults]


def faults_of(check: Callable[[object], object], value: object, path: str) -> list[CallFault]:
    """What a check has against a value that stands at a path."""
    try:
        check(value)
    except Refused as refused:
        return placed(refused, path)
    return []
