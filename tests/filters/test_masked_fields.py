"""What is shown of masked values, and which conditions on them are refused."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import FilterError, MaskedFields, check_json, describe
from filters.masked_fields import HIDDEN, masked_number
from filters.operators import OPERATORS, Arity, Op
from filters.value_types import FieldType
from models.call_fields import MASKABLE
from tests.filters.filter_cases import NOW

UTC = ZoneInfo("UTC")
MASKED = MaskedFields(frozenset({"customer_number"}))
NUMBER = "+4917612345642"
VALUES: dict[Arity, Any] = {Arity.ONE: NUMBER, Arity.LIST: [NUMBER], Arity.PAIR: [NUMBER, f"{NUMBER}9"]}
COMPARING = [
    pytest.param(name, VALUES[row.arity], id=name)
    for name, row in OPERATORS.items()
    if FieldType.STRING in row.types and row.arity is not Arity.FLAG
]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (NUMBER, f"+49{HIDDEN}42"),
        ("+49 (0)176 123456-42", f"+49{HIDDEN}42"),
        ("+12025550142", f"+1{HIDDEN}42"),
        ("+35312345642", f"+353{HIDDEN}42"),
        ("017612345642", f"{HIDDEN}42"),
        ("004917612345642", f"{HIDDEN}42"),
        ("123456", f"{HIDDEN}56"),
        ("12345", HIDDEN),
        ("+4912342", HIDDEN),
        ("+49123442", f"+49{HIDDEN}42"),
        ("sip:+4917612345642@example.com", HIDDEN),
        ("anonymous", HIDDEN),
        ("٤٩١٧٦١٢٣٤٥", HIDDEN),
        ("", HIDDEN),
    ],
)
def test_a_number_keeps_its_country_code_and_two_digits(written: str, shown: str) -> None:
    assert masked_number(written) == shown


def test_only_customers_numbers_can_be_masked() -> None:
    assert {"customer_number"} == MASKABLE


def test_a_text_is_masked_and_nothing_else() -> None:
    values = {"customer_number": NUMBER, "topic": NUMBER, "duration": 1.0}
    assert MASKED.values(values) == {**values, "customer_number": f"+49{HIDDEN}42"}
    assert MASKED.value("customer_number", None) is None
    assert MaskedFields().values(values) == values


def placed(place: str, condition: dict[str, Any]) -> tuple[dict[str, Any], str]:
    other = {"field": "topic", "op": "eq", "value": "x"}
    match place:
        case "alone":
            return condition, ""
        case "not":
            return {"operator": "not", "conditions": [condition]}, "/conditions/0"
        case _:
            inner = {"operator": "not", "conditions": [{"operator": place, "conditions": [other, condition]}]}
            return inner, "/conditions/0/conditions/1"


@pytest.mark.parametrize(("op", "value"), COMPARING)
@pytest.mark.parametrize("place", ["alone", "not", "and", "or"])
def test_conditions_that_compare_a_masked_field_are_refused(place: str, op: str, value: Any) -> None:
    raw, path = placed(place, {"field": "customer_number", "op": op, "value": value})
    check_json(raw, CALL_LOG_FIELDS, now=NOW, zone=UTC)
    with pytest.raises(FilterError) as refused:
        check_json(raw, CALL_LOG_FIELDS, now=NOW, zone=UTC, masked=MASKED)
    [fault] = refused.value.faults
    assert (fault.code, fault.path) == ("MASKED_FIELD", f"{path}/field")
    assert "customer_number is masked for this key" in fault.message
    assert NUMBER not in fault.message


def test_whether_there_is_a_number_can_be_asked() -> None:
    raw = {"field": "customer_number", "op": Op.ISNULL.value, "value": True}
    node, _ = check_json(raw, CALL_LOG_FIELDS, now=NOW, zone=UTC, masked=MASKED)
    assert node is not None


@pytest.mark.parametrize(("op", "value"), COMPARING)
@pytest.mark.parametrize("place", ["alone", "not", "and", "or"])
def test_values_of_saved_conditions_are_hidden(place: str, op: str, value: Any) -> None:
    raw, _ = placed(place, {"value": value, "field": "customer_number", "op": op})
    shown = MASKED.filters(raw)
    assert NUMBER not in str(shown)
    assert str(shown).count(HIDDEN) == (len(value) if isinstance(value, list) else 1)
    assert MASKED.named_in(raw)
    text = describe(check_json(raw, CALL_LOG_FIELDS, now=NOW, zone=UTC)[1], MASKED)
    assert "1234564" not in text
    assert HIDDEN in text


def test_other_conditions_are_shown_whole() -> None:
    raw = {"operator": "and", "conditions": [{"field": "topic", "op": "in", "value": ["a", NUMBER]}]}
    assert MASKED.filters(raw) == raw
    assert not MASKED.named_in(raw)
