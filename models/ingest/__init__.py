"""Calls on their way into the tables: the one write path of imports, demo data and the API."""

from models.ingest.statistics import refresh_statistics
from models.ingest.upsert import Refusal, UpsertResult, upsert_calls

__all__ = ["Refusal", "UpsertResult", "refresh_statistics", "upsert_calls"]
