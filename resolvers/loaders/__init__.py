"""The DataLoaders of one request, registered here and nowhere else."""

from models.sessions import Sessions


class Loaders:
    """One of each loader. They share nothing with other requests."""

    def __init__(self, project_id: int, sessions: Sessions) -> None:
        self.project_id = project_id
        self.sessions = sessions
