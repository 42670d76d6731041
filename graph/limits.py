"""How large a document may be, measured before it is validated. The work is linear in the text, whatever its shape."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, TokenKind

from graph.document_size import Size, Sizes
from graph.errors import ErrorCode, RequestError
from graph.fragments import Fragments

MAX_CHARACTERS = 100_000
"""Characters of a document, comments included: looked at before anything is parsed."""

MAX_TOKENS = 10_000
"""Words and signs of a document."""

MAX_OPERATIONS = 50
"""Operations of a document, of which a request runs one."""

MAX_DEPTH = 20
"""Fields inside one another; deep enough for the introspection query of every tool."""

MAX_FIELDS = 2_000
"""Fields of an operation, each counted as often as its fragment is spread."""

MAX_ALIASES = 200
"""Aliased fields of an operation, counted likewise."""

MAX_SELECTIONS = 10_000
"""Fields, inline fragments and spreads of all operations, counted likewise: the steps of counting the repeats."""

MAX_REPEATS = 50
"""How often one place of the answer may be asked for: validation compares all of them with each other."""

MAX_FRAGMENTS = 200
"""Fragments of a document: validation compares them with each other."""

MAX_ERRORS = 20
"""Errors of a document that are told. Each may need a search for names that resemble a wrong one."""

MAX_COMPARISONS = 50_000
"""Steps in which validation compares fields that ask for the same place of the answer. It gives up beyond them."""

MAX_NAME = 255
"""Characters of a name: wrong ones are compared with those that exist."""

MAX_NUMBER = 400
"""Characters of a number in the text, its sign among them: no double needs as many. Python refuses to convert a whole
number of some thousand digits, with an error that is not the client's."""

_MOST_OF_CYCLE = 10
"""Fragments of a cycle that are named."""


@dataclass
class Measured:
    """What measuring a document found.

    Attributes:
        error: why it is refused; None where it is not.
        steps: selections and spreads that were looked at: the cost of measuring.
    """

    error: GraphQLError | None = None
    steps: int = 0
    faults: list[str] = field(default_factory=list[str])


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**9 else "over a billion"


def _long_names(document: DocumentNode) -> Iterator[str]:
    token = document.loc.start_token if document.loc else None
    while token:
        if token.kind is TokenKind.NAME and len(token.value or "") > MAX_NAME:
            length = len(token.value or "")
            yield f"A name on line {token.line} has {length:,} characters; at most {MAX_NAME} are allowed."
            return
        token = token.next


def _long_number(document: DocumentNode) -> GraphQLError | None:
    """The error of the first number that is too long, with its place: the client's, as any that is out of range."""
    if document.loc is None:
        return None
    token = document.loc.start_token
    while token:
        length = len(token.value or "")
        if token.kind in (TokenKind.INT, TokenKind.FLOAT) and length > MAX_NUMBER:
            message = f"A number has {length:,} characters; at most {MAX_NUMBER} are allowed."
            return GraphQLError(message, source=document.loc.source, positions=[token.start])
        token = token.next
    return None


def _size_faults(size: Size) -> Iterator[str]:
    if size.depth > MAX_DEPTH:
        yield f"Fields are nested {_count(size.depth)} deep; at most {MAX_DEPTH} are allowed."
    if size.fields > MAX_FIELDS:
        yield f"It selects {_count(size.fields)} fields; at most {MAX_FIELDS:,} are allowed."
    if size.aliases > MAX_ALIASES:
        yield f"It has {_count(size.aliases)} aliases; at most {MAX_ALIASES} are allowed."


def _faults(operations: list[OperationDefinitionNode], sizes: Sizes) -> Iterator[str]:
    measured = [sizes.of(operation.selection_set) for operation in operations]
    found = [fault for size in measured for fault in _size_faults(size)]
    total = sum(size.selections for size in measured)
    if total > MAX_SELECTIONS:
        found.append(f"It selects {_count(total)} times with its fragments; at most {MAX_SELECTIONS:,} are allowed.")
    yield from found
    for operation in operations if not found else ():
        for place, count in sizes.repeats(operation.selection_set).most_common(1):
            if count > MAX_REPEATS:
                yield f"It requests {'.'.join(place)[:80]} {count:,} times; at most {MAX_REPEATS} are allowed."


def measure(document: DocumentNode) -> Measured:
    """Measures a document, and says why it is refused where it is."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = Fragments(document)
    measured = Measured()
    for what, number, most in (
        ("operations", len(operations), MAX_OPERATIONS),
        ("fragments", len(fragments.definitions), MAX_FRAGMENTS),
    ):
        if number > most:
            measured.faults.append(f"It has {number:,} {what}; at most {most} are allowed.")
    measured.faults += _long_names(document)
    order, cycle = fragments.order()
    measured.steps = fragments.steps
    if cycle and not measured.faults:
        measured.error = _cycle_error(fragments, cycle)
        return measured
    if not measured.faults:
        sizes = Sizes(fragments, order)
        measured.faults += dict.fromkeys(_faults(operations, sizes))
        measured.steps += sizes.steps
    if measured.faults:
        measured.error = too_large(" ".join(measured.faults))
    return measured


def check_size(document: DocumentNode) -> GraphQLError | None:
    """The error of a document that is too large, has a number that is too long, or whose fragments contain themselves;
    None for any other."""
    return measure(document).error or _long_number(document)


def too_large(reason: str) -> RequestError:
    """The error of a document that is too large."""
    return RequestError(ErrorCode.LIMIT_EXCEEDED, f"The request is too large. {reason}")


def _cycle_error(fragments: Fragments, cycle: list[str]) -> GraphQLError:
    named = [name[:60] for name in cycle]
    if len(named) > _MOST_OF_CYCLE:
        named = [*named[: _MOST_OF_CYCLE - 2], f"{len(named) - _MOST_OF_CYCLE} more", *named[-2:]]
    message = f"A fragment must not contain itself: {' -> '.join(named)}."
    return GraphQLError(message, fragments.definitions[cycle[0]])
