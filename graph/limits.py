"""How large a document may be, measured before it is validated.

One walk, in which a fragment is measured once and its measure reused wherever it is spread: fragments that spread each
other twice over, level upon level, stand for an exponential number of fields but cost no more than their own text.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from graph.errors import ErrorCode, RequestError

MAX_TOKENS = 10_000
"""Words and signs of a document."""

MAX_DEPTH = 20
"""Fields inside one another; deep enough for the introspection query of every tool."""

MAX_FIELDS = 2_000
"""Fields of an operation, each counted as often as its fragment is spread."""

MAX_ALIASES = 200
"""Aliased fields of an operation, counted likewise."""

MAX_REPEATS = 50
"""How often one place of the answer may be asked for: validation compares all of them with each other."""

MAX_FRAGMENTS = 200
"""Fragments of a document: validation compares them with each other."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a selection is, its fragments spread out."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0

    def beside(self, other: "Size") -> "Size":
        """The size of both side by side."""
        return Size(max(self.depth, other.depth), self.fields + other.fields, self.aliases + other.aliases)

    def faults(self) -> Iterator[str]:
        """What of it is beyond the limits."""
        if self.depth > MAX_DEPTH:
            yield f"Fields are nested {_count(self.depth)} deep; at most {MAX_DEPTH} are allowed."
        if self.fields > MAX_FIELDS:
            yield f"It selects {_count(self.fields)} fields; at most {MAX_FIELDS:,} are allowed."
        if self.aliases > MAX_ALIASES:
            yield f"It has {_count(self.aliases)} aliases; at most {MAX_ALIASES} are allowed."


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**9 else "over a billion"


class _Measure:
    """Measures the selections of one document."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.known: dict[str, Size] = {}

    def selection(self, selection_set: SelectionSetNode | None) -> Size:
        size = Size()
        for node in selection_set.selections if selection_set else ():
            match node:
                case FieldNode():
                    below = self.selection(node.selection_set)
                    own = Size(below.depth + 1, below.fields + 1, below.aliases + (node.alias is not None))
                    size = size.beside(own)
                case InlineFragmentNode():
                    size = size.beside(self.selection(node.selection_set))
                case FragmentSpreadNode():
                    size = size.beside(self.fragment(node.name.value))
                case _:
                    pass
        return size

    def fragment(self, name: str) -> Size:
        """A fragment's size; nothing for one that is unknown or contains itself, which validation refuses."""
        if name not in self.known:
            self.known[name] = Size()
            found = self.fragments.get(name)
            self.known[name] = self.selection(found.selection_set) if found else Size()
        return self.known[name]


class _Repeats:
    """Counts how often each place of the answer is asked for. For operations that are known to be small enough."""

    def __init__(self, measure: _Measure) -> None:
        self.measure = measure
        self.counts = Counter[tuple[str, ...]]()
        self.open: set[str] = set()

    def count(self, selection_set: SelectionSetNode | None, place: tuple[str, ...] = ()) -> None:
        for node in selection_set.selections if selection_set else ():
            match node:
                case FieldNode():
                    below = (*place, node.alias.value if node.alias else node.name.value)
                    self.counts[below] += 1
                    self.count(node.selection_set, below)
                case InlineFragmentNode():
                    self.count(node.selection_set, place)
                case FragmentSpreadNode():
                    self.count_fragment(node.name.value, place)
                case _:
                    pass

    def count_fragment(self, name: str, place: tuple[str, ...]) -> None:
        if self.measure.fragment(name).fields and name not in self.open:
            self.open.add(name)
            self.count(self.measure.fragments[name].selection_set, place)
            self.open.remove(name)

    def faults(self) -> Iterator[str]:
        for place, count in self.counts.most_common(1):
            if count > MAX_REPEATS:
                yield f"It asks for {'.'.join(place)[:80]} {count:,} times; at most {MAX_REPEATS} are allowed."


def _faults(measure: _Measure, operation: OperationDefinitionNode) -> list[str]:
    faults = [*measure.selection(operation.selection_set).faults()]
    if not faults:
        repeats = _Repeats(measure)
        repeats.count(operation.selection_set)
        faults += repeats.faults()
    return faults


def check_size(document: DocumentNode) -> RequestError | None:
    """The error of a document that is too large; None for one that is not."""
    measure = _Measure(document)
    faults: list[str] = []
    if len(measure.fragments) > MAX_FRAGMENTS:
        faults.append(f"It has {len(measure.fragments):,} fragments; at most {MAX_FRAGMENTS} are allowed.")
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            faults += _faults(measure, node)
    if not faults:
        return None
    return RequestError(ErrorCode.LIMIT_EXCEEDED, f"The request is too large. {' '.join(dict.fromkeys(faults))}")
