"""A client of the schema, on a project of its own and on a second one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from graph.context import Context
from graph.node_ids import encode
from graph.schema import schema
from models import EvaluationType, Metric
from models.sessions import Sessions
from resolvers.dashboard_settings import DASHBOARD_SETTINGS
from resolvers.scope import Scope

ERRORS = """
errors {
  __typename code message path
  ... on VersionConflict { expectedVersion currentVersion }
  ... on NotFound { missingId }
  ... on InvalidInput { allowed }
  ... on InvalidWidget { faults { code path allowed } }
  ... on InvalidFilter { origin faults { code path allowed suggestion } }
}
"""
SETTINGS = " ".join(setting.key for setting in DASHBOARD_SETTINGS)
DASHBOARD = f"id databaseId {SETTINGS} version createdAt updatedAt"
WIDGET = """
id databaseId name field chartType aggregation timePeriod groupBy filters metadata version updatedAt
metric { id } layout { x y width height } dashboard { id version }
"""
API_KEY = "id databaseId name role createdBy expiresAt lastUsedAt revokedAt rotatedFrom supersededAt"
SELECTIONS = {
    "createDashboard": f"dashboard {{ {DASHBOARD} }}",
    "updateDashboard": f"dashboard {{ {DASHBOARD} }}",
    "deleteDashboard": f"deletedId dashboard {{ {DASHBOARD} }}",
    "restoreDashboard": f"dashboard {{ {DASHBOARD} widgets {{ {WIDGET} }} }}",
    "undoDashboard": f"dashboard {{ {DASHBOARD} widgets {{ {WIDGET} }} }}",
    "importDashboard": f"dashboard {{ {DASHBOARD} widgets {{ {WIDGET} }} }}",
    "duplicateDashboard": f"dashboard {{ {DASHBOARD} widgets {{ {WIDGET} }} }}",
    "createWidget": f"widget {{ {WIDGET} }} dashboard {{ {DASHBOARD} }}",
    "updateWidget": f"widget {{ {WIDGET} }} dashboard {{ {DASHBOARD} }}",
    "deleteWidget": f"deletedId widget {{ id name }} dashboard {{ {DASHBOARD} widgetCount }}",
    "duplicateWidget": f"widget {{ {WIDGET} }} dashboard {{ {DASHBOARD} }}",
    "arrangeWidgets": f"dashboard {{ {DASHBOARD} }} widgets {{ {WIDGET} }}",
    "applyWidgetChanges": f"""
        dashboard {{ {DASHBOARD} }} widgets {{ {WIDGET} }} created {{ {WIDGET} }} updated {{ {WIDGET} }} deletedIds
    """,
    "createApiKey": f"secret apiKey {{ {API_KEY} }}",
    "updateApiKey": f"apiKey {{ {API_KEY} }}",
    "revokeApiKey": f"apiKey {{ {API_KEY} }}",
    "rotateApiKey": f"secret apiKey {{ {API_KEY} }} oldApiKey {{ {API_KEY} }}",
    "updateMetric": "metric { id databaseId name displayName unit format evaluationType enumValues }",
    "updateProject": "project { id databaseId name createdAt maskCustomerNumbers }",
    "ingestCallLogs": "created updated",
    "updateCallLog": """callLog {
        id callId isReviewed success callEndedReason dropoffPoint topic metadata updatedAt
        metricEvaluations { metric { name } }
    }""",
}


@dataclass
class Api:
    """Sends documents for one project."""

    sessions: Sessions
    project_id: int

    async def send(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of the answer, which must have no errors of its own."""
        context = Context(
            Scope(
                project_id=self.project_id, sessions=self.sessions, now=datetime.now(UTC), max_window=timedelta(days=30)
            )
        )
        result = await schema.execute(document, variable_values=variables, context_value=context)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def change(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """The payload of one mutation, with its errors."""
        type_name = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {type_name}!) {{ {name}(input: $input) {{ {SELECTIONS[name]} {ERRORS} }} }}"
        return (await self.send(document, input=fields))[name]

    async def done(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """The payload of a mutation that finds nothing wrong."""
        payload = await self.change(name, **fields)
        assert payload["errors"] == []
        return payload

    async def refused(self, name: str, /, **fields: Any) -> list[dict[str, Any]]:
        """The errors of a mutation that changes nothing, of which the payload holds nothing else."""
        before = await self.everything()
        payload = await self.change(name, **fields)
        errors = payload.pop("errors")
        assert errors
        assert not any(payload.values()), payload
        assert await self.everything() == before
        return errors

    async def dashboard(self, **fields: Any) -> dict[str, Any]:
        """A new dashboard."""
        return (await self.done("createDashboard", **{"name": "Calls", **fields}))["dashboard"]

    async def widget(self, dashboard: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A new widget: a STAT without a field, unless asked otherwise."""
        given = {"dashboardId": dashboard["id"], "name": "Total", "chartType": "STAT", **fields}
        return (await self.done("createWidget", **given))["widget"]

    async def read(self, dashboard: dict[str, Any]) -> dict[str, Any] | None:
        """The dashboard with its widgets as it is now."""
        document = f"query ($id: ID!) {{ dashboard(id: $id) {{ {DASHBOARD} widgets {{ {WIDGET} }} }} }}"
        return (await self.send(document, id=dashboard["id"]))["dashboard"]

    async def everything(self) -> list[Any]:
        """Every row that mutations write, as text."""
        found: list[Any] = []
        async with self.sessions.read(self.project_id) as session:
            for table in (
                "dashboards",
                "dashboard_revisions",
                "widgets",
                "agents",
                "metrics",
                "call_logs",
                "metric_evaluations",
            ):
                statement = sa.text(f"select t::text from {table} t where project_id = :project order by 1")
                found.append((await session.execute(statement, {"project": self.project_id})).all())
        return found

    async def metric(self, name: str, kind: EvaluationType) -> str:
        """The global id of a new metric."""
        async with self.sessions.write(self.project_id) as session:
            row = Metric(project_id=self.project_id, name=name, evaluation_type=kind)
            session.add(row)
            await session.flush()
            return encode("Metric", row.id)


@pytest.fixture
def api(sessions: Sessions, project_id: int) -> Api:
    """The client of a new project."""
    return Api(sessions, project_id)


@pytest.fixture
def other(sessions: Sessions, other_project_id: int) -> Api:
    """The client of another new project."""
    return Api(sessions, other_project_id)
