"""Input types read from plain JSON, outside of a GraphQL document, with the checks that a document's variables get."""

import re
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import strawberry
from graphql import GraphQLSchema, OperationDefinitionNode, parse
from graphql.execution.values import get_variable_values
from strawberry.types.arguments import convert_argument

from graph.errors import ErrorCode, RequestError

T = TypeVar("T")

MAX_FAULTS = 50
_FAULT = re.compile(r"Variable '\$input' has invalid value(?: at (?P<place>\S+))?: (?P<message>.*)", re.DOTALL)
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class InputFault:
    """One thing wrong; ``path`` is a JSON pointer."""

    message: str
    path: str


def read_input(schema: strawberry.Schema, kind: type[T], name: str, value: object) -> T:
    """The input of a type, given as JSON.

    Args:
        name: what the schema calls the type.

    Raises:
        RequestError: with everything that the schema refuses.
    """
    core = cast("GraphQLSchema", vars(schema)["_schema"])
    operation = parse(f"query ($input: {name}!) {{ __typename }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    read = get_variable_values(core, operation.variable_definitions or (), {"input": value}, MAX_FAULTS)
    if isinstance(read, list):
        faults = [_fault(error.message) for error in read]
        raise RequestError(
            ErrorCode.INVALID_INPUT,
            " ".join(fault.message for fault in faults),
            path=faults[0].path,
            faults=[{"message": fault.message, "path": fault.path} for fault in faults],
        )
    given: Any = read.coerced["input"]
    return cast("T", convert_argument(given, kind, schema.schema_converter.scalar_registry, schema.config))


def _fault(text: str) -> InputFault:
    match = _FAULT.fullmatch(text)
    message, place = (match["message"], match["place"]) if match else (text, None)
    path = re.sub(r"[.\[]+", "/", (place or "").replace("]", ""))
    return InputFault(message if len(message) <= _SHOWN else f"{message[:_SHOWN]}…", path)
