"""Resolvers of fields that take no arguments, called directly.

Strawberry's own convert arguments, and call each extension of a field, whether there are any or not. For most fields
that takes several times as long as what they answer with.
"""

from collections.abc import Callable
from inspect import isfunction
from operator import attrgetter
from typing import Any, cast

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from graph.context import Context, Info

Resolve = Callable[[Any, GraphQLResolveInfo[Context]], Any]


def call_directly(schema: GraphQLSchema) -> None:
    """Sets the resolvers of all fields that take no arguments and have no extensions."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field in kind.fields.values():
                resolve = _direct(field)
                if resolve is not None:
                    field.resolve = resolve


def _direct(field: GraphQLField) -> Resolve | None:
    """The direct resolver of a field; None where it needs more than the object and the info."""
    made: Any = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(made, StrawberryField) or made.extensions or made.is_subscription or field.args:
        return None
    resolver: Any = cast("Any", made).base_resolver
    if resolver is None:
        return _of_attribute(made.python_name) if made.default_resolver is getattr else None
    names = [*resolver.signature.parameters]
    info = resolver.info_parameter
    function = resolver.wrapped_func
    if not isfunction(function):
        return None
    if names == ["self"] and resolver.self_parameter:
        return _of_object(function)
    if info is not None and names == [info.name]:
        return _of_request(function, made)
    if info is not None and names == ["self", info.name] and resolver.self_parameter:
        return _of_both(function, made)
    return None


def _of_attribute(name: str) -> Resolve:
    read = attrgetter(name)
    return lambda source, _info: read(source)


def _of_object(function: Callable[..., Any]) -> Resolve:
    return lambda source, _info: function(source)


def _of_request(function: Callable[..., Any], field: StrawberryField) -> Resolve:
    return lambda _source, info: function(Info(_raw_info=info, _field=field))


def _of_both(function: Callable[..., Any], field: StrawberryField) -> Resolve:
    return lambda source, info: function(source, Info(_raw_info=info, _field=field))
