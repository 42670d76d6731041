"""Numbers as people write them."""

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.importing.values.cells import CellRefused, SettingRequired
from server.importing.values.numbers import NumberForm, to_number
from tests.fuzzing import texts

GERMAN = NumberForm(",", ".")
ENGLISH = NumberForm(".", ",")
SWISS = NumberForm(".", "'")
FRENCH = NumberForm(",", " ")


@pytest.mark.parametrize(
    ("form", "raw", "expected"),
    [
        (NumberForm(), " -1.5e3 ", -1500.0),
        (NumberForm(), ".5", 0.5),
        (NumberForm(), "1.205", 1.205),
        (NumberForm(), 7, 7),
        (NumberForm(), 7.5, 7.5),
        (GERMAN, "1.205", 1205.0),
        (GERMAN, "205", 205.0),
        (GERMAN, "12,5", 12.5),
        (GERMAN, "-1.234.567,89", -1234567.89),
        (GERMAN, 12.5, 12.5),
        (ENGLISH, "1,234,567.89", 1234567.89),
        (ENGLISH, "12,34,567", 1234567.0),
        (NumberForm(None, "."), "1.234,5", 1234.5),
        (NumberForm(None, ","), "1,234.5", 1234.5),
        (NumberForm(",", None), "4,5", 4.5),
        (SWISS, "1'234.5", 1234.5),
        (SWISS, "1’234.5", 1234.5),
        (FRENCH, "1 234,5", 1234.5),
        (FRENCH, "1\u202f234\u00a0567,5", 1234567.5),
        (NumberForm(units=("ms",)), "812 ms", 812.0),
        (NumberForm(units=("ms",)), "812MS", 812.0),
        (NumberForm(units=("ms",)), "812", 812.0),
        (NumberForm(".", ",", ("$", "USD")), "$1,234.50", 1234.5),
        (NumberForm(".", ",", ("$", "USD")), "-$5", -5.0),
        (NumberForm(".", ",", ("$", "USD")), "$ -5.25 USD", -5.25),
        (NumberForm(",", ".", ("€",)), "1.250,00 €", 1250.0),
        (NumberForm(units=("%",), scale=0.01), "12.5 %", 0.125),
        (NumberForm(scale=0.001), 1500, 1.5),
    ],
)
def test_numbers(form: NumberForm, raw: object, expected: float) -> None:
    assert to_number(form)(raw) == expected


@pytest.mark.parametrize(
    ("form", "raw", "allowed"),
    [
        (NumberForm(), "nan", "such as 12.5"),
        (NumberForm(), "", "such as 12.5"),
        (NumberForm(), "1_000", "such as 12.5"),
        (NumberForm(), "٣", "such as 12.5"),
        (NumberForm(), True, "such as 12.5"),
        (NumberForm(), ["1"], "such as 12.5"),
        (NumberForm(), "12.11.2026", "such as 12.5"),
        (NumberForm(), "812 ms", 'unit = "ms" in the mapping takes that away'),
        (NumberForm(), "$12", 'unit = "$" in the mapping'),
        (NumberForm(), "12%", 'unit = "%" in the mapping'),
        (NumberForm("."), "12,5", 'decimal = ".", thousands = '),
        (NumberForm(","), "1.205", 'in the mapping decimal = ",", thousands = "." (which makes it 1205)'),
        (GERMAN, "1.2", "such as 1.012,5"),
        (GERMAN, "12.34.5", "such as 1.012,5"),
        (GERMAN, "1,2,3", "such as 1.012,5"),
        (ENGLISH, "1.234,5", "such as 1,012.5"),
        (NumberForm(units=("ms",)), "8 s", 'unit = "s" in the mapping'),
        (NumberForm(units=("ms",)), "+-8 ms", "such as 12.5"),
    ],
)
def test_refused(form: NumberForm, raw: object, allowed: str) -> None:
    with pytest.raises(CellRefused) as caught:
        to_number(form)(raw)
    if 'decimal = ".", thousands' in allowed:  # 12,5 is not a group of three digits
        assert "a number with decimal '.'" in caught.value.message
        return
    assert allowed in caught.value.allowed
    assert not isinstance(caught.value, SettingRequired)


@pytest.mark.parametrize(
    ("raw", "settings"),
    [
        ("12,5", 'decimal = "," (which makes it 12.5)'),
        ("1,205", 'decimal = "," (which makes it 1.205) or decimal = ".", thousands = "," (which makes it 1205)'),
        ("1.234,5", 'decimal = ",", thousands = "." (which makes it 1234.5)'),
        ("1,234.5", 'decimal = ".", thousands = "," (which makes it 1234.5)'),
        ("1.234.567", 'decimal = ",", thousands = "." (which makes it 1234567)'),
        ("1 234", 'decimal = ".", thousands = " " (which makes it 1234)'),
        ("1'234", 'decimal = ".", thousands = "\'" (which makes it 1234)'),
    ],
)
def test_separators_that_nothing_is_said_of_are_asked_about(raw: str, settings: str) -> None:
    with pytest.raises(SettingRequired) as caught:
        to_number()(raw)
    assert settings in caught.value.allowed
    assert "1.205" in caught.value.message


@given(
    number=st.decimals(min_value=-(10**12), max_value=10**12, places=3),
    form=st.sampled_from((GERMAN, ENGLISH, SWISS, FRENCH)),
    unit=st.sampled_from(("", " ms", "%")),
)
def test_numbers_come_back_from_how_they_are_written(number: float, form: NumberForm, unit: str) -> None:
    written = f"{number:,.3f}".translate({ord(","): form.thousands, ord("."): form.decimal})
    assert to_number(NumberForm(form.decimal, form.thousands, ("ms", "%")))(written + unit) == float(number)


@given(raw=texts, form=st.sampled_from((NumberForm(), GERMAN, NumberForm(units=("$",)))))
def test_any_text_is_a_number_or_refused(raw: str, form: NumberForm) -> None:
    with suppress(CellRefused):
        assert isinstance(to_number(form)(raw), float)


@given(raw=st.floats(allow_nan=False) | st.integers())
def test_numbers_with_a_type_stay_what_they_are(raw: float) -> None:
    assume(abs(raw) < 2**53)
    assert to_number(GERMAN)(raw) == raw
