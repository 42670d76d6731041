"""What a client asks to be exported: the parameters of an address, and the bodies of requests, all checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeVar, cast

from graphql import GraphQLError
from rapidfuzz import process
from starlette.datastructures import QueryParams
from starlette.requests import Request

from aggregation.answer.item_bounds import BINS, EXPORTED_BOUNDS, EXPORTED_ROWS, POINTS, TOP, ItemBound
from aggregation.answer.tables import TableBounds
from aggregation.calls.order import CallOrder, CallOrderField
from aggregation.question.earlier_window import read_comparison
from aggregation.question.query import ChartOptions, Overrides
from aggregation.question.row_order import Direction, RowOrder, RowOrderField, RowPage
from graph.bounds import bounded
from graph.errors import ErrorCode, RequestError
from graph.input_reading import read_input
from graph.scalars import parse_time_zone
from graph.schema import schema
from graph.types.preview_widget import PreviewWidgetInput
from models import ChartType, Weekday
from server.http.graphql_request import text_of
from server.json_text import WrongJsonError, read_json, read_json_beside

Choice = TypeVar("Choice", bound=Enum)

_ORDER = ("orderBy", "direction")
"""The order of rows, which charts have that have bounds of them."""

CHART_PARAMETERS = (*EXPORTED_BOUNDS, *_ORDER, "escapeFormulas")
WIDGET_PARAMETERS = ("filters", "scope", "from", "to", "timeZone", "weekStart", "compareTo", *CHART_PARAMETERS)
CALL_PARAMETERS = ("filters", "orderBy", "direction", "escapeFormulas")
_CALL_MEMBERS = ("filters", "orderBy", "direction")


def invalid(message: str, path: str, code: ErrorCode = ErrorCode.INVALID_INPUT, **details: Any) -> RequestError:
    """What is wrong with a parameter or a member of the body; ``path`` is a JSON pointer to it."""
    return RequestError(code, message, path=path, **details)


def _bound_of(parameter: str) -> ItemBound:
    """The bound that a parameter is, or whose items it orders."""
    return EXPORTED_ROWS if parameter in _ORDER else EXPORTED_BOUNDS[parameter]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How much of a chart is exported, and how texts are written. ``given`` names the bounds that were given."""

    top: int | None
    max_points: int
    max_bins: int
    rows: RowPage
    escape_formulas: bool
    given: tuple[str, ...] = ()

    def check(self, chart_type: ChartType) -> None:
        """Whether the chart has what the bounds are for.

        Raises:
            RequestError: a bound was given that charts of this type do not have.
        """
        for bound in self.given:
            having = _bound_of(bound).chart_types
            if chart_type not in having:
                names = " or ".join(other.name for other in having)
                message = f"{bound} applies to charts of type {names}, but this one is a {chart_type.name}."
                allowed = [name for name in (*EXPORTED_BOUNDS, *_ORDER) if chart_type in _bound_of(name).chart_types]
                raise invalid(message, f"/{bound}", allowed=allowed)

    @property
    def of_table(self) -> TableBounds:
        """How much of the chart is in its table."""
        return TableBounds(self.top, self.rows, self.max_points, self.max_bins)

    @property
    def of_chart(self) -> ChartOptions:
        """What is asked of the chart for it."""
        return ChartOptions(line_points=(self.max_points,), bins=(self.max_bins,), row_pages=(self.rows,))


@dataclass(frozen=True, slots=True)
class CallSelection:
    """Which calls are exported, in which order. ``filters`` is not checked yet."""

    filters: object
    order: CallOrder
    escape_formulas: bool


def _parameters(query: QueryParams, known: Sequence[str]) -> Mapping[str, str]:
    """The parameters of an address, each known and given once."""
    for name in query:
        if name not in known:
            near = process.extractOne(name, known, score_cutoff=70)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise invalid(f"The parameter {name[:60]!r} does not exist.{meant}", "", allowed=list(known))
        if len(query.getlist(name)) > 1:
            raise invalid(f"The parameter {name} was given more than once.", f"/{name}")
    return dict(query)


def _json(text: str, path: str) -> Any:
    try:
        return read_json(text)
    except WrongJsonError as error:
        raise invalid(f"This {error}.", path) from error


def _number(given: Mapping[str, str], bound: ItemBound) -> int:
    text = given.get(bound.name)
    if text is None:
        return bound.default if bound.exported is None else bound.exported
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise invalid(f"{bound.name} must be a whole number from {bound.least} to {bound.most:,}.", f"/{bound.name}")
    return bounded(bound, int(text))


def _escapes_formulas(given: Mapping[str, str]) -> bool:
    name = "escapeFormulas"
    text = given.get(name, "true")
    if text not in ("true", "false"):
        raise invalid(f"{name} must be true or false.", f"/{name}", allowed=["true", "false"])
    return text == "true"


def _choice(given: Mapping[str, object], name: str, choices: type[Choice], default: Choice) -> Choice:
    value = given.get(name)
    if value is None:
        return default
    for choice in choices:
        if choice.name == value:
            return choice
    allowed = [choice.name for choice in choices]
    raise invalid(f"{name} must be one of {', '.join(allowed)}.", f"/{name}", allowed=allowed)


def export_options(given: Mapping[str, str]) -> ExportOptions:
    """How much of a chart is asked for."""
    return ExportOptions(
        _number(given, TOP) if TOP.name in given else None,
        _number(given, POINTS),
        _number(given, BINS),
        RowPage(_row_order(given), _number(given, EXPORTED_ROWS)),
        _escapes_formulas(given),
        tuple(name for name in (*EXPORTED_BOUNDS, *_ORDER) if name in given),
    )


def _row_order(given: Mapping[str, str]) -> RowOrder | None:
    """The order of a list's rows; None for the usual one."""
    if "orderBy" not in given and "direction" not in given:
        return None
    field = _choice(given, "orderBy", RowOrderField, RowOrderField.VALUE)
    return RowOrder(field, _choice(given, "direction", Direction, Direction.DESC))


def _parsed(given: Mapping[str, str], name: str, parse: Callable[[str], str]) -> str | None:
    text = given.get(name)
    try:
        return None if text is None else parse(text)
    except GraphQLError as error:
        raise invalid(error.message, f"/{name}") from error


def widget_request(query: QueryParams) -> tuple[Overrides, ChartOptions, ExportOptions]:
    """What the address of a widget's export says.

    Raises:
        RequestError: a parameter is unknown, repeated or wrong.
        InvalidWidgetError: what to compare with is not valid.
    """
    given = _parameters(query, WIDGET_PARAMETERS)
    if "to" in given and "from" not in given:
        raise invalid("The parameter `to` requires `from`.", "/from")
    exported = export_options(given)
    overrides = Overrides(
        filters=_json(given["filters"], "/filters") if "filters" in given else None,
        has_filters="filters" in given,
        scope=_json(given["scope"], "/scope") if "scope" in given else None,
        time_from=given.get("from"),
        time_to=given.get("to"),
        time_zone=_parsed(given, "timeZone", parse_time_zone),
        week_start=_choice(given, "weekStart", Weekday, Weekday.MONDAY) if "weekStart" in given else None,
    )
    options = replace(
        exported.of_chart, compare=read_comparison(given.get("compareTo")), is_one_off=overrides.has_one_off_filters
    )
    return overrides, options, exported


async def _body(request: Request) -> dict[str, Any]:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise invalid("The body must have the content type application/json.", "")
    try:
        value = await read_json_beside(text_of(await request.body()))
    except WrongJsonError as error:
        raise invalid(f"This {error}.", "") from error
    if not isinstance(value, dict):
        raise invalid("The body must be a JSON object.", "")
    return cast("dict[str, Any]", value)


async def preview_request(request: Request) -> tuple[PreviewWidgetInput, ExportOptions]:
    """The body of a preview's export: the members of ``PreviewWidgetInput``, checked as GraphQL checks them.

    Raises:
        RequestError: the body or a parameter is wrong.
    """
    options = export_options(_parameters(request.query_params, CHART_PARAMETERS))
    return read_input(schema, PreviewWidgetInput, "PreviewWidgetInput", await _body(request)), options


async def call_request(request: Request) -> CallSelection:
    """Which calls an address, or the body of a request, asks for.

    Raises:
        RequestError: a parameter or a member of the body is unknown or wrong.
    """
    given: dict[str, Any]
    if request.method == "POST":
        options = _parameters(request.query_params, ("escapeFormulas",))
        given = await _body(request)
        if unknown := [name for name in given if name not in _CALL_MEMBERS]:
            raise invalid(f"{unknown[0][:60]!r} is not a valid member.", "", allowed=list(_CALL_MEMBERS))
    else:
        options = _parameters(request.query_params, CALL_PARAMETERS)
        given = dict(options)
        if "filters" in given:
            given["filters"] = _json(given["filters"], "/filters")
    order = CallOrder(
        _choice(given, "orderBy", CallOrderField, CallOrderField.TIMESTAMP),
        _choice(given, "direction", Direction, Direction.DESC),
    )
    return CallSelection(given.get("filters"), order, _escapes_formulas(options))
