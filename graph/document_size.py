"""How large the operations of a document are, their fragments spread out.

A fragment is measured once, after those that it spreads, and its measure is reused wherever it is spread: fragments
that spread each other twice over, level upon level, stand for an exponential number of fields but cost no more than
their own text.
"""

from collections import Counter
from dataclasses import dataclass

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from graph.fragments import Fragments


@dataclass(frozen=True, slots=True)
class Size:
    """How large a selection is, its fragments spread out.

    Attributes:
        depth: fields inside one another.
        selections: fields, inline fragments and spreads: the steps of walking through all of it.
    """

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    selections: int = 0

    def beside(self, other: "Size") -> "Size":
        """The size of both side by side."""
        return Size(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.selections + other.selections,
        )


class Sizes:
    """Measures the selections of one document, whose fragments have no cycle.

    Attributes:
        steps: selections that were looked at so far, which is what the measuring cost.
    """

    def __init__(self, fragments: Fragments, order: list[str]) -> None:
        self.fragments = fragments
        self.steps = 0
        self._known: dict[str, Size] = {}
        for name in order:
            self._known[name] = self.of(fragments.definitions[name].selection_set)

    def of(self, selection_set: SelectionSetNode | None) -> Size:
        """The size of a selection. Recursion goes as deep as the text is nested, which the parser bounds."""
        depth = fields = aliases = count = 0
        for node in selection_set.selections if selection_set else ():
            self.steps += 1
            count += 1
            match node:
                case FieldNode():
                    below = self.of(node.selection_set)
                    depth = max(depth, below.depth + 1)
                    fields += 1
                    aliases += node.alias is not None
                case InlineFragmentNode():
                    below = self.of(node.selection_set)
                    depth = max(depth, below.depth)
                case FragmentSpreadNode():
                    # An unknown fragment has no size; validation refuses it.
                    below = self._known.get(node.name.value, Size())
                    depth = max(depth, below.depth)
                case _:
                    continue
            fields += below.fields
            aliases += below.aliases
            count += below.selections
        return Size(depth, fields, aliases, count)

    def repeats(self, selection_set: SelectionSetNode) -> Counter[tuple[str, ...]]:
        """How often each place of the answer is asked for. Takes as many steps as the selection's size has selections,
        which the caller must have bounded."""
        counts = Counter[tuple[str, ...]]()
        waiting: list[tuple[SelectionSetNode, tuple[str, ...]]] = [(selection_set, ())]
        while waiting:
            within, place = waiting.pop()
            for node in within.selections:
                self.steps += 1
                match node:
                    case FieldNode():
                        below = (*place, node.alias.value if node.alias else node.name.value)
                        counts[below] += 1
                        if node.selection_set:
                            waiting.append((node.selection_set, below))
                    case InlineFragmentNode():
                        waiting.append((node.selection_set, place))
                    case FragmentSpreadNode():
                        found = self.fragments.definitions.get(node.name.value)
                        if found:
                            waiting.append((found.selection_set, place))
                    case _:
                        pass
        return counts
