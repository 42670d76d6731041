"""The pace of the interpreter while a file is read beside the event loop."""

import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager

_YOUNG = 50_000
"""Objects made since the last look at the young ones for garbage: a batch of calls has several times as many, which all
stay until it is stored."""
_SWITCH_SECONDS = 0.0005
"""For so long the reading goes on once storing could: a batch is stored in some twenty steps, and waits before each."""


@contextmanager
def reading_beside() -> Generator[None]:
    """Has fewer looks for garbage, and threads that take turns more often, until the block ends."""
    young, switch_seconds = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(max(young[0], _YOUNG), *young[1:])
    sys.setswitchinterval(min(switch_seconds, _SWITCH_SECONDS))
    try:
        yield
    finally:
        gc.set_threshold(*young)
        sys.setswitchinterval(switch_seconds)
