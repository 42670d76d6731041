"""Which rows of a file have a call that an earlier row of it had, in little memory."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Repeated:
    """Counts repeated ids. Of each id eight bytes are kept: a hash, which two ids share once in some thousand imports
    of a hundred million calls."""

    def __init__(self) -> None:
        self._sorted: list[NDArray[np.int64]] = []
        self.count = 0

    def add(self, ids: Iterable[str]) -> None:
        """Counts those that were there before."""
        hashes = np.fromiter(map(hash, ids), np.int64)
        new = np.unique(hashes)
        self.count += len(hashes) - len(new)
        for known in self._sorted:
            places = np.searchsorted(known, new)
            is_known = known[np.minimum(places, len(known) - 1)] == new
            self.count += int(np.count_nonzero(is_known))
            new = new[~is_known]
        if len(new):
            self._keep(new)

    def _keep(self, new: NDArray[np.int64]) -> None:
        """Arrays of like length are merged, so that there are few of them."""
        while self._sorted and len(self._sorted[-1]) <= 2 * len(new):
            new = np.sort(np.concatenate((self._sorted.pop(), new)), kind="stable")
        self._sorted.append(new)
