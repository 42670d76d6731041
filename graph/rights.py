"""Which roles may use which field of the roots, and which route: one table, checked where the field stands.

A field without a row stops the program when it builds the schema. What hangs below a root field needs no row of its
own, because it is reached through that field alone; the ``query`` of a mutation's payload leads to the root's fields
again, each of which is checked as anywhere.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from graph.context import Context
from graph.errors import ErrorCode, RequestError
from models import Role
from resolvers.rights import Rights

Roles = frozenset[Role]

EVERYBODY: Roles = frozenset(Role)
READERS: Roles = frozenset({Role.VIEWER, Role.ANALYST, Role.ADMIN})
EDITORS: Roles = frozenset({Role.ANALYST, Role.ADMIN})
WRITERS_OF_CALLS: Roles = frozenset({Role.INGESTER, Role.ADMIN})
ADMINS: Roles = frozenset({Role.ADMIN})

FIELDS: Mapping[str, Mapping[str, Roles]] = {
    "Query": {
        "viewer": EVERYBODY,
        "node": READERS,
        "nodes": READERS,
        "dashboards": READERS,
        "dashboard": READERS,
        "widget": READERS,
        "previewWidget": READERS,
        "callLogs": READERS,
        "callLog": READERS,
        "agents": READERS,
        "metrics": READERS,
        "apiKeys": ADMINS,
        "auditEvents": ADMINS,
        "predefinedWidgets": READERS,
        "widgetFields": READERS,
        "filterFields": READERS,
        "validateFilters": READERS,
        "metadataKeys": READERS,
        "fieldValues": READERS,
        "filterWaterfall": READERS,
        "whyNot": READERS,
    },
    "Mutation": {
        "createDashboard": EDITORS,
        "updateDashboard": EDITORS,
        "deleteDashboard": EDITORS,
        "restoreDashboard": EDITORS,
        "undoDashboard": EDITORS,
        "importDashboard": EDITORS,
        "duplicateDashboard": EDITORS,
        "createWidget": EDITORS,
        "updateWidget": EDITORS,
        "deleteWidget": EDITORS,
        "duplicateWidget": EDITORS,
        "arrangeWidgets": EDITORS,
        "applyWidgetChanges": EDITORS,
        # Their payloads count calls only; that of updateCallLog has the call, which an ingester may not read.
        "ingestCallLogs": WRITERS_OF_CALLS,
        "ingestCalls": WRITERS_OF_CALLS,
        "updateCallLog": EDITORS,
        "createApiKey": ADMINS,
        "updateApiKey": ADMINS,
        "revokeApiKey": ADMINS,
        "rotateApiKey": ADMINS,
        "updateMetric": EDITORS,
        "updateProject": ADMINS,
    },
    "Subscription": {
        "chartUpdated": READERS,
        "previewUpdated": READERS,
        "callLogArrived": READERS,
        "dashboardChanged": READERS,
    },
}
"""The fields of the roots by the names of the schema, each with the roles that may use it."""


class Route(StrEnum):
    """What is asked for by an address of its own rather than in GraphQL."""

    EXPORT = "export"
    INGEST = "ingest"


ROUTES: Mapping[Route, Roles] = {Route.EXPORT: READERS, Route.INGEST: WRITERS_OF_CALLS}
"""The routes, each with the roles that may use it."""


def forbidden(rights: Rights, what: str, allowed: Roles) -> RequestError:
    """The error of a key whose role is not enough."""
    needed = [role.value for role in Role if role in allowed]
    message = f"This key has the role {rights.role.value}; {what} needs the role {' or '.join(needed)}."
    return RequestError(ErrorCode.FORBIDDEN, message, role=rights.role.value, allowed=needed)


def check(rights: Rights, what: str, allowed: Roles) -> None:
    """Lets the roles that are allowed pass.

    Raises:
        RequestError: the key has another role.
    """
    if rights.role not in allowed:
        raise forbidden(rights, what, allowed)


def check_route(rights: Rights, route: Route) -> None:
    """Lets the roles pass that may use a route. Raises ``RequestError``."""
    check(rights, f"/{route.value}", ROUTES[route])


def guard(schema: GraphQLSchema) -> None:
    """Puts the check before the resolver of every field of the roots.

    Raises:
        LookupError: a field has no row, or a row no field.
    """
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    for root in filter(None, roots):
        rows = FIELDS[root.name]
        if rows.keys() != root.fields.keys():
            raise LookupError(f"graph.rights and {root.name} differ: {sorted(rows.keys() ^ root.fields.keys())}")
        _guard_fields(root, rows)


def _guard_fields(root: GraphQLObjectType, rows: Mapping[str, Roles]) -> None:
    for name, field in root.fields.items():
        if field.subscribe is not None:
            field.subscribe = _guarded(field.subscribe, name, rows[name])
        elif field.resolve is not None:
            field.resolve = _guarded(field.resolve, name, rows[name])


def _guarded(resolve: Callable[..., Any], name: str, allowed: Roles) -> Callable[..., Any]:
    def checked(source: Any, info: GraphQLResolveInfo[Context], **arguments: Any) -> Any:
        check(info.context.scope.rights, name, allowed)
        return resolve(source, info, **arguments)

    return checked
