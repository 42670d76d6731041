"""The parts of the documentation that come from tables of the code; ``python -m tests.pages.generated`` writes them.

A part stands between ``<!-- NAME -->`` and ``<!-- end of NAME -->``.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.faults import WIDGET_FAULT_MEANINGS
from filters import OPERATORS, FieldType
from filters.faults import FAULT_MEANINGS
from filters.operators import Arity
from filters.warnings import WARNING_MEANINGS
from graph.errors import ErrorCode
from graph.schema import schema
from server.http.codes import HTTP_CODES
from tests.imports import ROOT

_TYPES = {
    FieldType.STRING: "string",
    FieldType.NUMBER: "number",
    FieldType.INTEGER: "id",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATETIME: "datetime",
    FieldType.DYNAMIC: "any",
}
_VALUES = {
    Arity.ONE: "one",
    Arity.LIST: "a list",
    Arity.PAIR: "a list of two",
    Arity.FLAG: "`true` or `false`",
}


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *map(list, rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def operators() -> str:
    """Each operator, the types of fields that it compares, and what it takes."""
    columns = [kind for kind in _TYPES if kind is not FieldType.DYNAMIC]
    return _table(
        ("operator", "of", "value", "true if the field's value"),
        (
            (
                f"`{row.name}`",
                ", ".join(_TYPES[kind] for kind in columns if kind in row.types),
                _VALUES[row.arity],
                row.description,
            )
            for row in OPERATORS.values()
        ),
    )


def fields() -> str:
    """Each field, its type, and what it is."""
    return _table(
        ("field", "type", ""),
        ((f"`{field.name}`", _TYPES[field.data_type], field.description) for field in CALL_LOG_FIELDS.listed()),
    )


def _codes(meanings: Mapping[str, str]) -> str:
    return _table(("code", "means"), ((f"`{code}`", meaning) for code, meaning in meanings.items()))


def _error_codes() -> str:
    values = schema.get_type_by_name("ErrorCode")
    told = {value.name: value.description or "" for value in values.values}  # type: ignore[union-attr]
    return _codes({code.name: told[code.name] for code in ErrorCode})


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "docs/filters.md": {"operators": operators, "fields": fields},
    "docs/error-codes.md": {
        "error codes": _error_codes,
        "HTTP codes": lambda: _codes(HTTP_CODES),
        "filter faults": lambda: _codes({code.value: text for code, text in FAULT_MEANINGS.items()}),
        "widget faults": lambda: _codes({code.value: text for code, text in WIDGET_FAULT_MEANINGS.items()}),
        "filter warnings": lambda: _codes({code.value: text for code, text in WARNING_MEANINGS.items()}),
    },
}
"""By page and name, what writes the part."""


def written(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """The page with its parts as the code has them."""
    for name, write in parts.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        assert text.count(begin) == text.count(end) == 1, name
        between = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        whole = f"{begin}\n{write()}\n{end}".replace("\\", "\\\\")
        text = between.sub(whole, text)
    return text


if __name__ == "__main__":
    for page, parts in PARTS.items():
        path = ROOT / page
        path.write_text(written(path.read_text(), parts))
