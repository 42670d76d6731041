"""Export over HTTP: charts and calls as CSV and as JSON lines, streamed."""

from server.exporting.routes import add_exports

__all__ = ["add_exports"]
