"""Random graphs of fragments: measuring them is exact, and its work is linear in the text, counted in steps."""

from collections import Counter

import pytest
from graphql import OperationDefinitionNode, parse
from hypothesis import given
from hypothesis import strategies as st

from graph.document_size import Sizes
from graph.fragments import Fragments, selections
from graph.limits import MAX_FRAGMENTS, MAX_SELECTIONS, measure
from graph.schema import schema
from tests.stalls import measured_stalls

Graph = list[list[int]]
"""For each fragment, those that it spreads."""


def _text(graph: Graph) -> str:
    fragments = [
        f"fragment f{name} on Query {{ {' '.join(f'...f{other}' for other in spread)} x: viewer {{ now }} }}"
        for name, spread in enumerate(graph)
    ]
    return "\n".join(["{ ...f0 }", *fragments])


def _has_cycle(graph: Graph) -> bool:
    """By taking away, again and again, what spreads nothing that is left."""
    left = dict(enumerate(map(set, graph)))
    while ends := [name for name, spread in left.items() if not spread & left.keys()]:
        for name in ends:
            del left[name]
    return bool(left)


def _fields(graph: Graph, name: int) -> int:
    return 2 + sum(_fields(graph, other) for other in graph[name])


@st.composite
def _any_graph(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 60))
    edges = st.lists(st.integers(0, count - 1), max_size=draw(st.sampled_from([1, 3, 12])))
    return [draw(edges) for _ in range(count)]


@st.composite
def _acyclic_graph(draw: st.DrawFn, most_fragments: int = 60) -> Graph:
    """Chains, diamonds and wide ones: a fragment spreads later ones, also more than once."""
    count, reach = draw(st.integers(1, most_fragments)), draw(st.sampled_from([1, 2, 8, 60]))
    most = draw(st.sampled_from([1, 2, 6]))
    return [
        draw(st.lists(st.integers(name + 1, min(name + reach, count - 1)), max_size=most)) if name + 1 < count else []
        for name in range(count)
    ]


def _most_steps(text: str) -> int:
    document = parse(text)
    nodes = sum(1 for found in document.definitions for _ in selections(getattr(found, "selection_set", None)))
    return 4 * nodes + 3 * len(document.definitions) + MAX_SELECTIONS


@pytest.mark.fuzz
@pytest.mark.slow
@given(st.one_of(_any_graph(), _acyclic_graph()))
def test_the_work_is_linear_and_cycles_are_refused(graph: Graph) -> None:
    text = _text(graph)
    measured = measure(parse(text))
    assert measured.steps <= _most_steps(text)
    is_cyclic = measured.error is not None and "must not contain itself" in measured.error.message
    assert is_cyclic == _has_cycle(graph)


@pytest.mark.fuzz
@given(_acyclic_graph(6))
def test_sizes_are_those_of_the_fragments_spread_out(graph: Graph) -> None:
    document = parse(_text(graph))
    fragments = Fragments(document)
    order, cycle = fragments.order()
    assert cycle == []
    assert Counter(order) == Counter(f"f{name}" for name in range(len(graph)))
    sizes = Sizes(fragments, order)
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    selection_set = operation.selection_set
    assert sizes.of(selection_set).fields == _fields(graph, 0)
    assert sum(sizes.repeats(selection_set).values()) == _fields(graph, 0)


def _complete(count: int) -> str:
    """Each spreads all: the paths through them are factorial in their number."""
    return _text([[*range(count)] for _ in range(count)])


def _layers(width: int, depth: int) -> str:
    """Each spreads all of the next layer."""
    return _text([[*range((name // width + 1) * width, (name // width + 2) * width)] for name in range(width * depth)])


SHAPES = {
    "complete": _complete(11),
    "larger-complete": _complete(60),
    "layers": _layers(10, 20),
    "chain": _text([[name + 1] if name + 1 < MAX_FRAGMENTS else [] for name in range(MAX_FRAGMENTS)]),
    "ring": _text([[(name + 1) % MAX_FRAGMENTS] for name in range(MAX_FRAGMENTS)]),
    "itself": _text([[0]]),
    "operations": " ".join(f"query q{n} {{ viewer {{ now }} }}" for n in range(1_100)),
    "unknown-names": "{ " + " ".join(f"viewr{n}" for n in range(2_000)) + " }",
    "long-unknown-names": "{ " + " ".join(f"viewer{'x' * 240}{n}" for n in range(380)) + " }",
    "unknown-arguments": "{ viewer(" + " ".join(f"a{n}: 1" for n in range(3_000)) + ") { now } }",
    "unknown-types": "{ " + " ".join(f"... on Viewe{n} {{ now }}" for n in range(1_600)) + " }",
    "unknown-enum": "{ " + " ".join(f"a{n}: viewer @x{n} {{ now }}" for n in range(190)) + " }",
    "literals": "{ callLogs(filters: [" + "1 " * 9_900 + "]) { totalCount } }",
    "deep-literals": "{ callLogs(filters: " + "[" * 4_000 + "]" * 4_000 + ") { totalCount } }",
    "many-digits": "{ callLogs(first: " + "9" * 90_000 + ") { totalCount } }",
    "strings": '{ callLogs(after: "' + "\\n" * 45_000 + '") { totalCount } }',
    "comments": "#\n" * 40_000 + "{ viewer { now } }",
    "commas": "," * 90_000 + "{ viewer { now } }",
    "directives": "{ viewer { now " + "@include(if: true) " * 1_400 + "} }",
    "variables": "query(" + " ".join(f"$a{n}: Int" for n in range(2_400)) + ") { viewer { now } }",
    "shared-variables": " ".join(f"query q{n} {{ ...f }}" for n in range(50))
    + " fragment f on Query { "
    + " ".join(f"callLogs(first: $v{n}) {{ totalCount }}" for n in range(190))
    + " }",
    "unused-fragments": "{ viewer { now } } "
    + " ".join(f"fragment f{n} on Query {{ viewer {{ now }} }}" for n in range(MAX_FRAGMENTS)),
    "overlapping": "{ "
    + " ".join(f"a{n % 40}: callLogs(first: {n % 40 + 1}) {{ totalCount }}" for n in range(199))
    + " }",
    "too-long": "{ viewer { now } } " + "#" * 9_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
async def test_no_document_holds_the_loop(name: str) -> None:
    async with measured_stalls() as stalls:
        await schema.documents.prepare(SHAPES[name])
    assert stalls.processor < 0.05
