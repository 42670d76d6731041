"""Signatures of projects, without which row-level security takes no project from the role that serves.

``dialboard_project()`` in the database checks them, and ``docs/security.md`` says what they hold.
"""

import hashlib
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

SERVING = "dialboard_serving"
"""The execution option of an engine that connects as the role that serves: its ``Serving``."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs projects by the key, two positive 64-bit numbers that only the owner of the tables can read."""

    key: tuple[int, int] = field(repr=False)

    def sign(self, project_id: int) -> str:
        """The signature of a project: a SHA-256 in hexadecimal digits.

        The message has one length, so that a plain hash of key and message is a safe code.
        """
        numbers = (*self.key, project_id)
        return hashlib.sha256(b"".join(number.to_bytes(8, signed=True) for number in numbers)).hexdigest()


def key_from(secret: str) -> tuple[int, int]:
    """The key that a secret text stands for."""
    digest = hashlib.sha256(secret.encode()).digest()
    first, second = (max(1, int.from_bytes(half) >> 1) for half in (digest[:8], digest[8:16]))
    return first, second


@dataclass(frozen=True, slots=True)
class Serving:
    """What an engine of the role that serves works with.

    Attributes:
        owner: an engine of the role that owns the tables; None where this process does not know its address.
    """

    signer: Signer
    owner: AsyncEngine | None


def serving(engine: AsyncEngine) -> Serving | None:
    """What the engine works with as the role that serves; None for one of the owner of the tables."""
    return engine.get_execution_options().get(SERVING)


def signature(engine: AsyncEngine, project_id: int) -> str:
    """The signature of a project for sessions of this engine; empty for the owner's, who need none."""
    found = serving(engine)
    return "" if found is None else found.signer.sign(project_id)
