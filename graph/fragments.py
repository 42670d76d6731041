"""The fragments of a document: who spreads whom, and in which order they can be measured."""

from collections.abc import Iterable, Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)


def selections(selection_set: SelectionSetNode | None) -> Iterator[SelectionNode]:
    """Every selection inside, at any depth, in no particular order. Fragments that are spread are not entered."""
    waiting = [selection_set]
    while waiting:
        for node in found.selections if (found := waiting.pop()) else ():
            yield node
            if isinstance(node, FieldNode | InlineFragmentNode):
                waiting.append(node.selection_set)


class Fragments:
    """The fragments of one document.

    Attributes:
        definitions: the fragments by name.
        spreads: the known fragments that each of them spreads directly, each once.
        steps: selections and spreads that were looked at so far, which is what finding them cost.
    """

    def __init__(self, document: DocumentNode) -> None:
        self.steps = 0
        self.definitions = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.spreads = {name: self._spread_by(node.selection_set) for name, node in self.definitions.items()}

    def _spread_by(self, selection_set: SelectionSetNode) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for node in selections(selection_set):
            self.steps += 1
            if isinstance(node, FragmentSpreadNode) and node.name.value in self.definitions:
                names[node.name.value] = None
        return tuple(names)

    def order(self) -> tuple[list[str], list[str]]:
        """The fragments, each behind all that it spreads; and a cycle, its first name again at the end, or nothing.

        Each spread is looked at once, without recursion.
        """
        done: dict[str, None] = {}
        for root in self.definitions:
            path = {root: iter(self.spreads[root])} if root not in done else {}
            while path:
                self.steps += 1
                name, rest = next(reversed(path.items()))
                following = next(rest, None)
                if following is None:
                    done[name] = None
                    del path[name]
                elif following in path:
                    return [*done], _cycle(path, following)
                elif following not in done:
                    path[following] = iter(self.spreads[following])
        return [*done], []


def _cycle(path: Iterable[str], repeated: str) -> list[str]:
    names = [*path]
    return [*names[names.index(repeated) :], repeated]
