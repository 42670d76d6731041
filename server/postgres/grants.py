"""What the role that serves may do, object by object, and nothing else. The tables belong to the role that migrates.

Privileges on a table are for rows of the bound project, by row-level security. A table without a row here is closed to
the role that serves; a test asks for a row for every table of the models.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Grant:
    """A privilege on a table, on one column of it, or on a function."""

    object: str
    privilege: str
    column: str = ""

    def sql(self, role: str) -> str:
        """The statement that grants it; the role's name comes quoted."""
        columns = f" ({self.column})" if self.column else ""
        kind = "function " if self.privilege == "EXECUTE" else ""
        return f"grant {self.privilege}{columns} on {kind}{self.object} to {role}"


TABLES: dict[str, str] = {
    "agents": "SELECT INSERT",
    "alembic_version": "SELECT",
    "api_keys": "SELECT INSERT UPDATE",
    "audit_events": "SELECT INSERT",
    "budgets": "SELECT INSERT UPDATE",
    "call_feedback": "SELECT INSERT UPDATE DELETE",
    "call_logs": "SELECT INSERT UPDATE",
    "call_transcripts": "SELECT INSERT UPDATE",
    "change_marks": "SELECT INSERT DELETE",
    "dashboard_revisions": "SELECT INSERT DELETE",
    "dashboards": "SELECT INSERT UPDATE",
    "idempotency_keys": "SELECT INSERT UPDATE",
    "idempotency_results": "SELECT INSERT DELETE",
    "metric_evaluations": "SELECT INSERT DELETE",
    "metrics": "SELECT INSERT UPDATE",
    "organisation_keys": "",
    "organisations": "",
    "preaggregate_days": "SELECT INSERT UPDATE DELETE",
    "preaggregates": "SELECT INSERT UPDATE DELETE",
    "projects": "SELECT",
    "trusted_documents": "SELECT INSERT DELETE",
    "webhook_endpoints": "SELECT",
    "widgets": "SELECT INSERT UPDATE DELETE",
}
"""By table. A trail to which rows are only appended has SELECT INSERT; what concerns several projects has nothing."""

COLUMNS: dict[tuple[str, str], str] = {
    ("projects", "mask_customer_numbers"): "UPDATE",
    ("projects", "name"): "UPDATE",
    ("webhook_endpoints", "last_used_at"): "UPDATE",
}
"""By table and column. PostgreSQL asks for the right to update a column of whoever locks a row."""

FUNCTIONS = (
    "dialboard_analyze()",
    "dialboard_organisation_key(bytea)",
    "dialboard_organisation_key_used(bytea)",
    "dialboard_project()",
)


def required() -> frozenset[Grant]:
    """All that the role that serves is to have."""
    tables = {Grant(table, privilege) for table, privileges in TABLES.items() for privilege in privileges.split()}
    columns = {Grant(table, privilege, column) for (table, column), privilege in COLUMNS.items()}
    return frozenset(tables | columns | {Grant(function, "EXECUTE") for function in FUNCTIONS})


_PRESENT = """
select c.relname as object, a.privilege_type as privilege, '' as column
from pg_class c cross join lateral aclexplode(c.relacl) a
where c.relnamespace = current_schema()::regnamespace and a.grantee = cast(:role as regrole)
union all
select c.relname, a.privilege_type, attname
from pg_class c join pg_attribute on attrelid = c.oid cross join lateral aclexplode(attacl) a
where c.relnamespace = current_schema()::regnamespace and a.grantee = cast(:role as regrole)
union all
select p.oid::regprocedure::text, a.privilege_type, ''
from pg_proc p cross join lateral aclexplode(p.proacl) a
where p.pronamespace = current_schema()::regnamespace and a.grantee = cast(:role as regrole)
"""


def present(connection: Connection, role: str) -> frozenset[Grant]:
    """All that a role has been granted in the schema; its name comes quoted."""
    rows = connection.execute(text(_PRESENT), {"role": role}).tuples()
    return frozenset(Grant(*row) for row in rows)


def statements(has: frozenset[Grant], role: str) -> Iterator[str]:
    """What makes the present grants those required; nothing where they are."""
    for grant in sorted(has - required(), key=str):
        yield grant.sql(role).replace("grant ", "revoke ", 1).replace(" to ", " from ")
    for grant in sorted(required() - has, key=str):
        yield grant.sql(role)


def apply(connection: Connection, role: str) -> None:
    """Grants the role what it is to have in the current schema, and takes away the rest. The owner runs this."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    changes = list(statements(present(connection, quoted), quoted))
    if changes:
        schema = connection.scalar(text("select quote_ident(current_schema())"))
        connection.execute(text(f"grant usage on schema {schema} to {quoted}"))
    for change in changes:
        connection.execute(text(change))
