"""``docs/limits.md`` has the weights that the code has. ``python -m tests.graph.cost.test_limits_page`` writes them."""

from pathlib import Path

from graph.cost.weight import ONE, Argument, Length, Usually, Weight, own_weights
from graph.cost.weights import WEIGHTS
from graph.schema import schema

PAGE = Path(__file__).parents[3] / "docs" / "limits.md"
BEGIN, END = "<!-- weights -->\n", "<!-- end of weights -->"


def _length(length: Length) -> str:
    match length:
        case Argument(name=name, default=default):
            return f"`{name}`" if default == 1 else f"`{name}`, else {default:,}"
        case Usually(count):
            return "" if length == ONE else f"{count}"


def _row(place: str, weight: Weight) -> str:
    more = ", ".join(f"`{name}` {points:g}" for name, points in weight.arguments.items())
    each = f"{weight.each:g}" if weight.each else ""
    filters = f"{weight.filters:g}" if weight.filters else ""
    cells = (f"`{place}`", f"{weight.points:g}", _length(weight.length), each, more, filters, weight.note)
    return f"| {' | '.join(cells)} |".replace("  ", " ")


def table() -> str:
    names = "field", "points", "items", "each item", "with the argument", "times its filter", "for"
    head = f"| {' | '.join(names)} |\n|{'---|' * len(names)}\n"
    weights = {**WEIGHTS, **own_weights(schema._schema)}
    return head + "".join(f"{_row(place, weight)}\n" for place, weight in weights.items())


def _parts(text: str) -> tuple[str, str, str]:
    before, _, rest = text.partition(BEGIN)
    between, _, after = rest.partition(END)
    return before, between, after


def test_the_page_has_the_weights_of_the_code() -> None:
    assert _parts(PAGE.read_text())[1] == table()


if __name__ == "__main__":
    before, _, after = _parts(PAGE.read_text())
    PAGE.write_text(before + BEGIN + table() + END + after)
