"""Export over HTTP: charts and calls as CSV and as JSON lines, streamed."""

from server.exporting.routes import FACTS, add_exports

__all__ = ["FACTS", "add_exports"]
