"""Taking in calls over HTTP as they arrive, as many as a client has to send."""

from server.ingesting.routes import INGEST, add_ingest

__all__ = ["INGEST", "add_ingest"]
