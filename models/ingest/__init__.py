"""Calls on their way into the tables: the one write path of imports, demo data and the API."""

from models.ingest.prepared import Prepared, prepare
from models.ingest.statistics import refresh_statistics
from models.ingest.upsert import Refusal, UpsertResult, upsert_calls, upsert_prepared

__all__ = [
    "Prepared",
    "Refusal",
    "UpsertResult",
    "prepare",
    "refresh_statistics",
    "upsert_calls",
    "upsert_prepared",
]
