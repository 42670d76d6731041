"""The table of operators: each entry is compared with something else that says the same, or written down here."""

from zoneinfo import ZoneInfo

import pytest

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import FieldType, FilterError
from filters.contradictions import contradictions
from filters.normal import normal_json
from filters.operators import BY_SPELLING, NEGATED, OPERATORS, SYNONYMS, Op
from filters.selections import Matching
from tests.filters.filter_cases import NOW, checked, condition, group
from tests.filters.oracle import evaluate

PATTERNS = [row for row in OPERATORS.values() if isinstance(row.selects, Matching)]
KNOWN_HERE = [row for row in PATTERNS if row.name is not Op.REGEX]
TEXTS = ("a", "ab", "ba", "aba", "bab", "b", "AB", "a%b", "a_b", "c")


@pytest.mark.parametrize("row", KNOWN_HERE, ids=lambda row: row.name)
@pytest.mark.parametrize("pattern", TEXTS)
def test_a_value_and_a_pattern_contradict_each_other_exactly_when_the_oracle_says_so(row, pattern) -> None:
    for text in TEXTS:
        raw = group("and", condition("topic", "eq", text), condition("topic", row.name, pattern))
        fits = evaluate(raw, {"topic": text}, NOW, ZoneInfo("UTC"))
        assert (contradictions(checked(raw), CALL_LOG_FIELDS) == ()) is fits, (text, row.name, pattern)


def test_only_of_regular_expressions_the_database_alone_knows_what_fits() -> None:
    assert [row.name for row in PATTERNS if isinstance(row.selects, Matching) and row.selects.fits is None] == ["regex"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_regular_expression_never_contradicts_a_value(text: str) -> None:
    raw = group("and", condition("topic", "eq", text), condition("topic", "regex", "^x$"))
    assert contradictions(checked(raw), CALL_LOG_FIELDS) == ()


def test_words_for_times_are_only_where_times_are_compared() -> None:
    for row in OPERATORS.values():
        assert row.time_phrase is None or FieldType.DATETIME in row.types, row.name
        assert row.time_phrase != row.phrase, f"{row.name}: leave out what is the same"


NAMES_OF_OPPOSITES = {
    "in": {"not_in", "nin", "notin", "none_of"},
    "contains": {
        "not_contains", "notcontains", "ncontains", "doesnotcontain", "not_like", "not_ilike",
    },
    "startswith": {"not_startswith"},
    "endswith": {"not_endswith"},
    "regex": {"not_regex", "!~"},
    "between": {"not_between"},
    "isnull": {"notnull", "isnotnull", "is_not_null"},
}  # fmt: skip


def test_the_names_of_opposites_are_these() -> None:
    assert {name: ours for ours, names in NAMES_OF_OPPOSITES.items() for name in names} == NEGATED


NAMES_OF_OTHERS = {
    "eq": {"=", "==", "equals", "is"},
    "neq": {"ne", "!=", "<>", "not_equals"},
    "gt": {">"},
    "gte": {">="},
    "lt": {"<"},
    "lte": {"<="},
    "contains": {"like", "ilike", "icontains"},
    "startswith": {"prefix"},
    "endswith": {"suffix"},
    "isnull": {"null", "exists"},
    "regex": {"matches", "~"},
    "in": {"any", "one_of"},
    "between": {"range", "within"},
}


def test_the_names_of_other_languages_are_these() -> None:
    assert {name: ours for ours, names in NAMES_OF_OTHERS.items() for name in names} == SYNONYMS


def test_a_name_is_in_one_table_only() -> None:
    """An operator that gets a name of its own leaves the tables of names for others."""
    assert not (NEGATED.keys() & SYNONYMS.keys() | OPERATORS.keys() & (NEGATED.keys() | SYNONYMS.keys()))


@pytest.mark.parametrize(
    ("spelling", "name", "value"),
    [("isNull", "isnull", True), ("startsWith", "startswith", "b"), ("endsWith", "endswith", "b")],
)
def test_both_spellings_mean_the_same(spelling: str, name: str, value: object) -> None:
    found = checked(condition("topic", spelling, value))
    assert found == checked(condition("topic", name, value))
    assert normal_json(found) == condition("topic", name, value)
    assert BY_SPELLING.keys() - OPERATORS.keys() == {"isNull", "startsWith", "endsWith"}


@pytest.mark.parametrize("spelling", ["IsNull", "ISNULL", "starts_with", "StartsWith"])
def test_no_other_spelling_is_taken(spelling: str) -> None:
    with pytest.raises(FilterError):
        checked(condition("topic", spelling, True))
