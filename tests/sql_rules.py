"""What every statement keeps to, read from its syntax tree as PostgreSQL's own parser makes it.

The rules are those by which a PostgreSQL whose tables are distributed by ``project_id`` can run each statement on one
node. On plain PostgreSQL they keep the conditions of row-level security constant within a statement.
"""

import re
from collections.abc import Iterator
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType
from pglast.visitors import Visitor

from models import Base

OWN_COLUMN = {table.name: "project_id" for table in Base.metadata.tables.values() if "project_id" in table.columns} | {
    "projects": "id"
}
"""The tables of projects, each with the column that says whose a row is."""
CHANGING = {
    "now",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "random",
    "nextval",
    "gen_random_uuid",
}
"""Functions that do not always return the same."""
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|%%")
_SETTING = "dialboard.project_id"


def faults(sql: str) -> list[str]:
    """What is wrong with a statement of psycopg's; empty where nothing is.

    Raises:
        pglast.parser.ParseError: it is not SQL.
    """
    found: list[str] = []
    for statement in parse_sql(_PLACEHOLDER.sub(lambda match: "%" if match[0] == "%%" else "$1", sql)):
        walk = _Walk()
        walk(statement.stmt)
        found += walk.faults
    return found


class _Walk(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._ctes: set[str] = set()

    def __call__(self, node: Any) -> Any:
        names = _CteNames()
        names(node)
        self._ctes = names.found
        return super().__call__(node)

    def visit_SelectStmt(self, _ancestors: Any, node: Any) -> None:
        tables, conditions = _from(node.fromClause or ())
        self._check(tables, [*conditions, *_all_of(node.whereClause)])
        if node.lockingClause and (len(tables) != 1 or any(_is_temporary(table) for table in tables)):
            self.faults.append("locks rows of a join")

    def visit_UpdateStmt(self, _ancestors: Any, node: Any) -> None:
        self._changes(node.relation, node.fromClause, node.whereClause)

    def visit_DeleteStmt(self, _ancestors: Any, node: Any) -> None:
        self._changes(node.relation, node.usingClause, node.whereClause)

    def visit_InsertStmt(self, _ancestors: Any, node: Any) -> None:
        column = OWN_COLUMN.get(node.relation.relname)
        if column is not None and not _is_temporary(node.relation):
            names = [target.name for target in node.cols or ()]
            given = list(_given(node.selectStmt, names.index(column))) if column in names else []
            if not given or not all(map(_is_literal, given)):
                self.faults.append(f"inserts into {node.relation.relname} without a literal {column}")
        if node.onConflictClause is not None:
            calls = _Calls()
            for target in node.onConflictClause.targetList or ():
                calls(target)
            if calls.found & CHANGING:
                self.faults.append("a function in DO UPDATE SET does not always return the same")

    def visit_A_Expr(self, _ancestors: Any, node: Any) -> None:
        if node.kind == A_Expr_Kind.AEXPR_IN and isinstance(node.lexpr, ast.RowExpr):
            self.faults.append("IN over rows")

    def visit_SubLink(self, _ancestors: Any, node: Any) -> None:
        if isinstance(node.testexpr, ast.RowExpr):
            self.faults.append("IN over rows")

    def visit_FuncCall(self, _ancestors: Any, node: Any) -> None:
        if node.funcname[-1].sval == "set_config" and _SETTING in [_text(argument) for argument in node.args or ()]:
            self.faults.append("binds a project by set_config")

    def _changes(self, relation: Any, others: Any, where: Any) -> None:
        tables, conditions = _from(others or ())
        self._check([relation, *tables], [*conditions, *_all_of(where)])

    def _check(self, tables: list[Any], conditions: list[Any]) -> None:
        named = {name for condition in conditions if (name := _names_project(condition)) is not None}
        own = [table for table in tables if table.relname in OWN_COLUMN and not _is_temporary(table)]
        own = [table for table in own if table.schemaname or table.relname not in self._ctes]
        for table in own:
            name, column = table.alias.aliasname if table.alias else table.relname, OWN_COLUMN[table.relname]
            alone = {("", column)} if len(own) == 1 else set()
            if not named & ({(name, column)} | alone):
                self.faults.append(f"{table.relname} as {name} without a literal {column}")


class _CteNames(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def visit_CommonTableExpr(self, _ancestors: Any, node: Any) -> None:
        self.found.add(node.ctename)


class _Calls(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def visit_FuncCall(self, _ancestors: Any, node: Any) -> None:
        self.found.add(node.funcname[-1].sval)

    def visit_SQLValueFunction(self, _ancestors: Any, _node: Any) -> None:
        self.found.add("now")


def _from(items: Any) -> tuple[list[Any], list[Any]]:
    """The tables of a FROM, and the conditions of its joins. Sub-selects have theirs for themselves."""
    tables: list[Any] = []
    conditions: list[Any] = []
    for item in items:
        match item:
            case ast.RangeVar():
                tables.append(item)
            case ast.JoinExpr():
                inner, of_joins = _from((item.larg, item.rarg))
                tables += inner
                conditions += [*of_joins, *_all_of(item.quals)]
            case _:
                pass
    return tables, conditions


def _all_of(condition: Any) -> Iterator[Any]:
    """The conditions that all must hold."""
    parts: Any = ()
    if isinstance(condition, ast.BoolExpr) and condition.boolop == BoolExprType.AND_EXPR:
        parts = condition.args
    elif condition is not None:
        yield condition
    for part in parts:
        yield from _all_of(part)


def _names_project(condition: Any) -> tuple[str, str] | None:
    """Of which table the condition names a literal value of which column; the table is empty where it is not said."""
    is_operator = isinstance(condition, ast.A_Expr) and condition.kind == A_Expr_Kind.AEXPR_OP
    found: Any = condition
    if not is_operator or found.name[-1].sval != "=":
        return None
    for column, value in ((found.lexpr, found.rexpr), (found.rexpr, found.lexpr)):
        fields: Any = column.fields if isinstance(column, ast.ColumnRef) else ()
        if fields and isinstance(fields[-1], ast.String) and _is_literal(value):
            names = [part.sval for part in fields]
            return (names[-2] if len(names) > 1 else "", names[-1])
    return None


def _is_literal(node: Any) -> bool:
    return isinstance(_uncast(node), ast.ParamRef | ast.A_Const)


def _uncast(node: Any) -> Any:
    return _uncast(node.arg) if isinstance(node, ast.TypeCast) else node


def _given(select: Any, place: int) -> Iterator[Any]:
    """What an INSERT puts into the column at this place, row by row."""
    if select.valuesLists:
        yield from (row[place] for row in select.valuesLists)
        return
    value = _uncast(select.targetList[place].val)
    source: Any = (select.fromClause or (None,))[0]
    if isinstance(value, ast.ColumnRef) and isinstance(source, ast.RangeSubselect):
        rows: Any = getattr(source.subquery, "valuesLists", None)
        names = [name.sval for name in getattr(source.alias, "colnames", None) or ()]
        fields: Any = value.fields
        if rows and fields[-1].sval in names:
            yield from (row[names.index(fields[-1].sval)] for row in rows)
            return
    yield value


def _is_temporary(table: Any) -> bool:
    return table.schemaname == "pg_temp"


def _text(node: Any) -> str | None:
    return node.val.sval if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String) else None


def binds(sql: str) -> bool:
    """Whether it is the statement that binds a transaction to a project."""
    return f"set local {_SETTING} = " in sql


def named_tables(sql: str) -> set[str]:
    """The tables of projects that a statement names."""
    return set(re.findall(r"[a-z_]+", sql.lower())) & OWN_COLUMN.keys()
