"""Automatic persisted queries: the texts that clients have sent with their hash, to send the hash alone from then on.

They are kept in the memory of the process only. Where the process has not seen a text, or has forgotten it, the client
is told so and sends it again.
"""

from collections import OrderedDict

from graph.documents import MAX_REMEMBERED

MAX_OF_PROJECT = 2_000_000
"""The most characters of the texts that are kept for one project."""

MAX_OF_ALL = 20_000_000
"""The most characters of the texts that are kept for all projects."""

_ENTRY = 500
"""What is counted for a text beside its characters."""


class AutomaticDocuments:
    """Keeps texts by their ids, for each project by itself. Those unused for longest are forgotten first."""

    def __init__(self) -> None:
        self._projects: OrderedDict[int, OrderedDict[str, str]] = OrderedDict()
        self._sizes: dict[int, int] = {}
        self._size = 0

    def text(self, project_id: int, id: str) -> str | None:
        """The text that the project sent with this id; None where it is not known any more, or never was."""
        known = self._projects.get(project_id)
        text = None if known is None else known.get(id)
        if known is None or text is None:
            return None
        known.move_to_end(id)
        self._projects.move_to_end(project_id)
        return text

    def keep(self, project_id: int, id: str, text: str) -> None:
        """Keeps a text, which has this id. One that is too long to be prepared once is not kept."""
        if len(text) > MAX_REMEMBERED or self.text(project_id, id) is not None:
            return
        self._projects.setdefault(project_id, OrderedDict())[id] = text
        self._projects.move_to_end(project_id)
        self._resize(project_id, len(text) + _ENTRY)
        while self._sizes[project_id] > MAX_OF_PROJECT:
            self._forget(project_id)
        while self._size > MAX_OF_ALL:
            self._forget(next(iter(self._projects)))

    def _forget(self, project_id: int) -> None:
        known = self._projects[project_id]
        _, text = known.popitem(last=False)
        self._resize(project_id, -len(text) - _ENTRY)
        if not known:
            del self._projects[project_id], self._sizes[project_id]

    def _resize(self, project_id: int, by: int) -> None:
        self._sizes[project_id] = self._sizes.get(project_id, 0) + by
        self._size += by
