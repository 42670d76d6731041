import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import ChartType
from resolvers.layout import (
    COLUMNS,
    DEFAULT_SIZES,
    MAX_HEIGHT,
    ROWS,
    Grid,
    Placement,
    check_placement,
    from_json,
    settle,
)
from resolvers.rejections import Rejections

ROWS_USED = st.integers(0, 30) | st.integers(ROWS - 30, ROWS - 1)


@st.composite
def placements(draw):
    width = draw(st.integers(1, COLUMNS))
    x = draw(st.integers(0, COLUMNS - width))
    return Placement(x, draw(ROWS_USED), width, draw(st.integers(1, MAX_HEIGHT)))


boards = st.dictionaries(st.integers(0, 40), placements(), max_size=12)


def _overlap(one, other):
    """Whether both cover a common cell."""
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def overlapping(settled):
    items = list(settled.items())
    return [(a, b) for i, (a, first) in enumerate(items) for b, second in items[i + 1 :] if _overlap(first, second)]


def faults(placement):
    rejections = Rejections()
    check_placement(rejections, placement, "/layout")
    return {rejection.path for rejection in rejections.found}


@settings(deadline=None)
@given(boards, boards)
def test_nothing_ever_overlaps_and_all_stay_on_the_grid(given_places, standing):
    standing = {key: place for key, place in standing.items() if key not in given_places}
    settled = settle(given_places, standing)
    assert settled.keys() == given_places.keys() | standing.keys()
    assert overlapping(settled) == []
    assert all(not faults(placement) for placement in settled.values())
    for key, placement in {**standing, **given_places}.items():
        assert (settled[key].x, settled[key].width, settled[key].height) == (
            placement.x,
            placement.width,
            placement.height,
        )


@settings(deadline=None)
@given(boards, boards)
def test_what_collides_with_nothing_given_stays(given_places, standing):
    standing = settle({}, {key: place for key, place in standing.items() if key not in given_places})
    settled = settle(given_places, standing)
    placed = [settled[key] for key in given_places]
    for key, placement in standing.items():
        if not any(_overlap(placement, other) for other in placed):
            assert settled[key] == placement
        elif placement.y < ROWS // 2:
            assert settled[key].y > placement.y


@settings(deadline=None)
@given(boards, boards)
def test_given_places_that_do_not_overlap_are_kept(given_places, standing):
    given_places = settle({}, given_places)
    standing = {key: place for key, place in standing.items() if key not in given_places}
    settled = settle(given_places, standing)
    assert {key: settled[key] for key in given_places} == given_places


@settings(deadline=None)
@given(boards)
def test_settling_what_is_settled_changes_nothing(standing):
    settled = settle({}, standing)
    assert settle({}, settled) == settled
    assert settle(settled, {}) == settled


@settings(deadline=None)
@given(boards, st.data())
def test_the_order_in_which_standing_widgets_are_listed_does_not_matter(standing, data):
    standing = settle({}, standing)
    shuffled = dict(data.draw(st.permutations(list(standing.items()))))
    moved = {"new": Placement(2, 1, 8, 5)}
    assert settle(moved, standing) == settle(moved, shuffled)


@settings(deadline=None)
@given(boards, placements())
def test_the_first_free_place_is_free_and_no_earlier_one_is(standing, size):
    taken = list(settle({}, standing).values())
    found = Grid(taken).first_free(size)
    assert not faults(found)
    assert not any(_overlap(found, other) for other in taken)
    if found.order < 400:
        for order in range(found.order):
            y, x = divmod(order, COLUMNS)
            if x + size.width <= COLUMNS:
                assert any(_overlap(size.at(x, y), other) for other in taken)


def test_a_placement_pushes_down_what_it_covers_and_only_that():
    standing = {"left": Placement(0, 0, 6, 4), "right": Placement(6, 0, 6, 4), "below": Placement(0, 4, 6, 4)}
    settled = settle({"new": Placement(0, 0, 4, 2)}, standing)
    assert settled == {
        "new": Placement(0, 0, 4, 2),
        "left": Placement(0, 8, 6, 4),
        "right": Placement(6, 0, 6, 4),
        "below": Placement(0, 4, 6, 4),
    }


def test_of_two_given_at_one_place_the_first_stays():
    settled = settle({"a": Placement(0, 0, 6, 4), "b": Placement(3, 1, 6, 4)}, {})
    assert settled == {"a": Placement(0, 0, 6, 4), "b": Placement(3, 4, 6, 4)}


def test_at_the_last_row_the_first_free_row_from_the_top_is_taken():
    standing = {"top": Placement(0, 0, 12, 3), "last": Placement(0, ROWS - 1, 12, 4)}
    settled = settle({"new": Placement(0, ROWS - 1, 12, 1)}, standing)
    assert settled["last"] == Placement(0, 3, 12, 4)


def test_a_hundred_of_the_largest_widgets_fit_anywhere():
    settled = settle({index: Placement(0, ROWS - 1, COLUMNS, MAX_HEIGHT) for index in range(100)}, {})
    assert overlapping(settled) == []
    assert all(not faults(placement) for placement in settled.values())


@pytest.mark.parametrize(
    ("placement", "paths"),
    [
        (Placement(0, 0, 1, 1), set()),
        (Placement(11, ROWS - 1, 1, MAX_HEIGHT), set()),
        (Placement(0, 0, 12, 24), set()),
        (Placement(-1, 0, 1, 1), {"/layout/x"}),
        (Placement(12, 0, 1, 1), {"/layout/x"}),
        (Placement(0, -1, 1, 1), {"/layout/y"}),
        (Placement(0, ROWS, 1, 1), {"/layout/y"}),
        (Placement(0, 0, 0, 1), {"/layout/width"}),
        (Placement(0, 0, 13, 1), {"/layout/width"}),
        (Placement(6, 0, 7, 1), {"/layout/width"}),
        (Placement(0, 0, 1, 0), {"/layout/height"}),
        (Placement(0, 0, 1, 25), {"/layout/height"}),
        (Placement(-1, -1, 0, 0), {"/layout/x", "/layout/y", "/layout/width", "/layout/height"}),
    ],
)
def test_what_leaves_the_grid_is_named(placement, paths):
    assert faults(placement) == paths


@pytest.mark.parametrize(
    ("stored", "placement"),
    [
        (None, None),
        ({}, None),
        ({"x": 0, "y": 0, "width": 13, "height": 1}, None),
        ({"x": 0, "y": 0, "width": True, "height": 1}, None),
        ({"x": 0, "y": 0, "width": "6", "height": 1}, None),
        ({"x": 1, "y": 2, "width": 3, "height": 4}, Placement(1, 2, 3, 4)),
        (Placement(1, 2, 3, 4).to_json(), Placement(1, 2, 3, 4)),
    ],
)
def test_stored_layouts_are_read(stored, placement):
    assert from_json(stored) == placement


SIZES = {
    ChartType.LINE: (6, 4),
    ChartType.BAR: (6, 4),
    ChartType.PIE: (4, 4),
    ChartType.LIST: (6, 5),
    ChartType.STAT: (3, 2),
    ChartType.HISTOGRAM: (6, 4),
}


@pytest.mark.parametrize("chart_type", ChartType)
def test_a_widget_without_a_layout_has_the_size_of_its_chart_type(chart_type):
    size = DEFAULT_SIZES[chart_type]
    assert (size.width, size.height) == SIZES[chart_type]
    assert not faults(size)
