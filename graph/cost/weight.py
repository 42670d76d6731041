"""What the price of a field is made of. Fields of charts have it with them, all others in ``graph.cost.weights``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from typing import Any, cast

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from aggregation.answer.chart_answer import Lengths
from aggregation.answer.item_bounds import ItemBound


class Counted(Enum):
    """What a list of a chart has, of a chart whose lengths are known."""

    SERIES = auto()
    ITEMS = auto()
    """The items of all its series."""

    ITEMS_OF_A_SERIES = auto()

    def among(self, lengths: Lengths) -> float:
        """How many of them there are."""
        match self:
            case Counted.SERIES:
                return lengths.series
            case Counted.ITEMS:
                return lengths.items
            case Counted.ITEMS_OF_A_SERIES:
                return lengths.items / (lengths.series or 1)


@dataclass(frozen=True, slots=True)
class Usually:
    """A length that no argument bounds: what is usual."""

    count: int


@dataclass(frozen=True, slots=True)
class Argument:
    """The length that an argument sets: a number, or the length of a list.

    Outside of ``least`` to ``most`` the field is refused, and has no items. ``instead`` can be given in its place.
    """

    name: str
    most: int
    default: int = 1
    least: int = 1
    instead: str = ""


Length = Usually | Argument
ONE = Usually(1)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a field costs.

    Attributes:
        points: each time that it is answered.
        length: of a list, how many items it has.
        each: further points for every item.
        through: the fields of the result that each have the items, such as ``edges`` and ``nodes`` of a connection;
            none where the field itself is the list.
        arguments: further points for arguments that are given.
        filters: how often the conditions of filters are evaluated, of the field's own arguments or, where it has none,
            of those of the field above.
        note: what the points are for, as the documentation has it.
        counted: of a list of a chart, what it has: priced again by that, once the chart is planned, and once it is
            computed. None where ``length`` is all that is known.
    """

    points: float = 0
    length: Length = ONE
    each: float = 0
    through: tuple[str, ...] = ()
    arguments: Mapping[str, float] = field(default_factory=dict[str, float])
    filters: float = 0
    note: str = ""
    counted: Counted | None = None


_WEIGHT = "weight"


def weighs(weight: Weight) -> Mapping[str, Weight]:
    """The metadata of a field that has its weight with it."""
    return {_WEIGHT: weight}


def series(usual: int = 5) -> Mapping[str, Weight]:
    """The weight of the series of a chart."""
    return weighs(Weight(length=Usually(usual), counted=Counted.SERIES))


def items(usual: int) -> Mapping[str, Weight]:
    """The weight of the items of all series of a chart."""
    return weighs(Weight(length=Usually(usual), counted=Counted.ITEMS))


def items_of_a_series(usual: int) -> Mapping[str, Weight]:
    """The weight of the items of one series of a chart."""
    return weighs(Weight(length=Usually(usual), counted=Counted.ITEMS_OF_A_SERIES))


def bounded_items(bound: ItemBound, counted: Counted | None = None) -> Mapping[str, Weight]:
    """The weight of items that an argument bounds."""
    return weighs(Weight(length=Argument(bound.name, bound.most, bound.default, bound.least), counted=counted))


def _own_weights(schema: GraphQLSchema) -> Iterator[tuple[str, Weight]]:
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            fields = cast("Mapping[str, Any]", kind.fields)
            for name, one in fields.items():
                definition = one.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
                weight = definition.metadata.get(_WEIGHT) if isinstance(definition, StrawberryField) else None
                if isinstance(weight, Weight):
                    yield f"{kind.name}.{name}", weight


@cache
def own_weights(schema: GraphQLSchema) -> Mapping[str, Weight]:
    """The weights that fields of a schema have with them, by ``Type.field``."""
    return dict(_own_weights(schema))
