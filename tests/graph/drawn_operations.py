"""Random operations on the whole schema, valid ones for the most part: any root, any argument, any selection."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from tests.fuzzing import ODD_NUMBERS, ODD_TEXTS

JSON_FILTERS: tuple[Any, ...] = (
    {"field": "topic", "op": "contains", "value": "b"},
    {"field": "timestamp", "op": "gte", "value": "today-6d"},
    {"field": "duration", "op": "between", "value": [10, 60]},
    {"field": "metadata.region", "op": "in", "value": ["US", ""]},
    {"operator": "or", "conditions": [{"field": "success", "op": "isnull", "value": True}]},
    {
        "operator": "same_row",
        "conditions": [
            {"field": "metric_evaluations.metric.name", "op": "eq", "value": "accuracy"},
            {"field": "metric_evaluations.value", "op": "gte", "value": 2},
        ],
    },
    {"field": "topic", "op": "regex", "value": "(b|r)"},
    {"field": "topic", "op": "regex", "value": "("},
    {"field": "agent.id", "op": "eq", "value": 2**63},
    {},
    [],
)


class EnumName(str):
    """A value of an enum: without quotes in a literal."""


@dataclass
class Operations:
    """Draws operations of one schema.

    Attributes:
        ids: global ids to be used, by their types.
        names: texts that mean something in the project.
    """

    schema: GraphQLSchema
    rng: random.Random
    ids: Mapping[str, Sequence[str]]
    names: Sequence[str]
    wrong: float = 0.02
    root: str = ""
    aliases: Any = field(default_factory=count)
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)

    def operation(self, kind: str) -> tuple[str, dict[str, Any]]:
        """The document of a ``query`` or ``mutation``, and its variables."""
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        assert root is not None
        chosen = [self.rng.choice([*root.fields]) for _ in range(self.rng.randint(1, 3))]
        body = " ".join(self._root(name, root.fields[name]) for name in chosen)
        declared = ", ".join(f"${name}: {of}" for name, (of, _) in self.variables.items())
        text = f"{kind} {f'({declared}) ' if declared else ''}{{ {body} }}"
        return "\n".join([text, *self.fragments]), {name: value for name, (_, value) in self.variables.items()}

    def _root(self, name: str, of: GraphQLField) -> str:
        self.root = name
        return self._field(name, of, 4)

    def _field(self, name: str, of: GraphQLField, depth: int) -> str:
        given = [
            f"{key}: {self._argument(key, argument)}"
            for key, argument in of.args.items()
            if is_required_argument(argument) or self.rng.random() < (0.03 if key == "after" else 0.35)
        ]
        below = self._below(get_named_type(of.type), depth)
        if below is None:
            return "__typename"
        arguments = f"({', '.join(given)})" if given else ""
        skipped = f" @include(if: {self.rng.choice(('true', 'false'))})" if self.rng.random() < 0.04 else ""
        return f"a{next(self.aliases)}: {name}{arguments}{skipped}{below}"

    def _below(self, kind: GraphQLNamedType, depth: int) -> str | None:
        match kind:
            case GraphQLObjectType():
                return None if depth == 0 else f" {{ {self._selection(kind, depth)} }}"
            case GraphQLInterfaceType() | GraphQLUnionType():
                if depth == 0:
                    return " { __typename }"
                possible = self.rng.sample(kinds := self.schema.get_possible_types(kind), min(3, len(kinds)))
                members = " ".join(f"... on {one.name} {{ {self._selection(one, depth)} }}" for one in possible)
                error = "... on Error { code message }" if isinstance(kind, GraphQLUnionType) else ""
                return f" {{ __typename {error if kind.name == 'ChartData' else ''} {members} }}"
            case _:
                return ""

    def _selection(self, kind: GraphQLObjectType, depth: int) -> str:
        names = self.rng.sample([*kind.fields], min(len(kind.fields), self.rng.randint(1, 4)))
        text = " ".join(self._field(name, kind.fields[name], depth - 1) for name in names)
        if self.rng.random() < 0.15:
            self.fragments.append(f"fragment F{len(self.fragments)} on {kind.name} {{ {text} }}")
            return f"...F{len(self.fragments) - 1}"
        return text

    def _argument(self, key: str, argument: GraphQLArgument) -> str:
        value = self.value(argument.type, 3, key)
        if self.rng.random() < 0.5 or not _is_literal(value):
            name = f"v{len(self.variables)}"
            self.variables[name] = (str(argument.type), value)
            return f"${name}"
        return literal(value)

    def value(self, kind: GraphQLInputType, depth: int, key: str) -> Any:
        """A value of an input type; now and then, one of another."""
        if self.rng.random() < self.wrong:
            return self.rng.choice((None, self.rng.choice(ODD_NUMBERS), self.rng.choice(ODD_TEXTS), [], {}))
        match kind:
            case GraphQLNonNull():
                return self.value(cast("GraphQLInputType", kind.of_type), depth, key)
            case GraphQLList():
                length = self.rng.randint(0, 3 if depth > 0 else 1)
                return [self.value(cast("GraphQLInputType", kind.of_type), depth - 1, key) for _ in range(length)]
            case GraphQLEnumType():
                return EnumName(self.rng.choice([*kind.values]))
            case GraphQLInputObjectType():
                return {
                    name: self.value(kind.fields[name].type, depth - 1, name) for name in self._members(kind, depth)
                }
            case GraphQLScalarType():
                return self._scalar(kind.name, key)

    def _members(self, kind: GraphQLInputObjectType, depth: int) -> list[str]:
        definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if getattr(definition, "is_one_of", False):
            # At the end of the depth those that have no more below.
            flat = [name for name, of in kind.fields.items() if isinstance(get_named_type(of.type), GraphQLScalarType)]
            return [self.rng.choice(flat if flat and depth <= 0 else [*kind.fields])]
        return [name for name, of in kind.fields.items() if self._is_given(of, depth)]

    def _id(self, key: str) -> str:
        """An id of a type that the argument, or else the field, has in its name; now and then, of any."""
        for text in (key, self.root):
            meant = [kind for kind in self.ids if kind.lower() in text.lower()]
            if meant and self.rng.random() < 0.9:
                return self.rng.choice(self.ids[meant[0]])
        return self.rng.choice(self.ids[self.rng.choice([*self.ids])])

    def _is_given(self, of: GraphQLInputField, depth: int) -> bool:
        return is_required_input_field(of) or (depth > 0 and self.rng.random() < 0.4)

    def _scalar(self, name: str, key: str) -> Any:
        pick = self.rng.choice
        match name:
            case "ID":
                return self._id(key) if self.rng.random() < 0.95 else pick(ODD_TEXTS)
            case "Int":
                return pick((1, 2, 5, 20, 50)) if self.rng.random() < 0.8 else pick((0, -1, 100, 500, 501, 2**31 - 1))
            case "BigInt":
                return pick([number for number in ODD_NUMBERS if isinstance(number, int)])
            case "Float":
                return pick(ODD_NUMBERS)
            case "Boolean":
                return pick((True, False))
            case "DateTime":
                return pick(("2026-03-19T00:00:00Z", "2026-03-20T12:00:00+05:30", "0001-01-01T00:00:00Z"))
            case "TimeZone":
                return pick(("UTC", "America/Sao_Paulo", "Asia/Kathmandu", "Mars/Base"))
            case "JSON":
                return pick((*JSON_FILTERS, *ODD_TEXTS, *ODD_NUMBERS))
            case _:
                return pick(self.names) if self.rng.random() < 0.8 else pick(ODD_TEXTS)


def _is_literal(value: Any) -> bool:
    """Whether a document can hold the value: not a surrogate on its own."""
    match value:
        case str():
            return value.isprintable()
        case Mapping():
            return all(_is_literal(one) for one in value.values())
        case list():
            return all(map(_is_literal, value))
        case _:
            return True


def literal(value: Any) -> str:
    """A JSON value as GraphQL writes it."""
    match value:
        case EnumName():
            return str(value)
        case Mapping():
            return f"{{{', '.join(f'{name}: {literal(one)}' for name, one in value.items())}}}"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False)
