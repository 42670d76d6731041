"""Numbers, with the separators, units and currencies that people write them with."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.call_faults import shown
from server.importing.values.cells import CellRefused, Convert, SettingRequired, refused, text_of

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WITH_UNIT = re.compile(
    r"[+-]?\s*(?P<before>[^\s0-9.,+-]{0,5})\s*[+-]?[0-9][0-9.,]*\s*(?P<after>[^\s0-9.,][^0-9]{0,11})?"
)

_SEPARATORS = ((",", None), (",", "."), (".", ","), (".", " "), (",", " "), (".", "'"), (",", "'"))
"""The decimal and thousands separators that are in use."""
SETTINGS = "in the mapping"
"""What begins with it in a refusal are the settings under which a text is a number."""
_LONGEST = 100
"""Most characters of a number."""
_ALIKE = {" ": " \u00a0\u202f", "'": "'’"}
"""Separators that are written with several characters: blanks that do not break, and both apostrophes."""


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How numbers are written.

    Attributes:
        decimal: what stands before the fraction; None when the mapping does not say, which is the point.
        thousands: what stands between groups of digits; None for nothing.
        units: texts that may stand before or after the digits, such as ``$``, ``%`` or ``ms``.
        scale: what the number is multiplied with.
    """

    decimal: str | None = None
    thousands: str | None = None
    units: tuple[str, ...] = ()
    scale: float = 1.0


_PLAIN_FORM = NumberForm()


def to_number(form: NumberForm = _PLAIN_FORM) -> Convert:
    """A converter of numbers.

    Raises:
        SettingRequired: of the converter, for a number with separators that the mapping says nothing of.
    """
    read = _reader(form)
    scale = form.scale

    def convert(raw: Any) -> float:
        if type(raw) is float or type(raw) is int:
            return raw if scale == 1.0 else raw * scale
        number = read(raw.strip()) if type(raw) is str and len(raw) <= _LONGEST else None
        if number is None:
            raise _refusal(raw, form)
        return number if scale == 1.0 else number * scale

    return convert


def _reader(form: NumberForm) -> Callable[[str], float | None]:
    """What reads a text as a number; None where it is not one."""
    point = _point(form)
    if form.thousands is None and point == "." and not form.units:
        return lambda text: float(text) if _PLAIN.fullmatch(text) else None
    whole, drop = "[0-9]+", ""
    if form.thousands:
        drop = f"[{re.escape(_ALIKE.get(form.thousands, form.thousands))}]"
        whole = f"(?:[0-9]{{1,3}}(?:{drop}[0-9]{{2,3}})*{drop}[0-9]{{3}}|[0-9]+)"
    unit = f"(?:{'|'.join(map(re.escape, sorted(form.units, key=len, reverse=True)))})?" if form.units else ""
    decimal = re.escape(point)
    pattern = re.compile(
        rf"([+-]?)\s*{unit}\s*([+-]?)({whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+)((?:e[+-]?[0-9]+)?)\s*{unit}",
        re.IGNORECASE,
    )

    def read(text: str) -> float | None:
        match = pattern.fullmatch(text)
        if match is None or (match[1] and match[2]):
            return None
        digits = re.sub(drop, "", match[3]) if drop else match[3]
        return float(f"{match[1]}{match[2]}{digits.replace(point, '.')}{match[4]}")

    return read


def _point(form: NumberForm) -> str:
    return form.decimal or ("," if form.thousands == "." else ".")


def _refusal(raw: object, form: NumberForm) -> CellRefused:
    text = raw.strip() if isinstance(raw, str) else ""
    if len(text) <= _LONGEST and (form.decimal is None or form.thousands is None):
        settings = _settings(text, form)
        if settings and form.decimal is None and form.thousands is None:
            message = (
                "has separators that can be read in several ways, and so can numbers like 1.205 in the same column"
            )
            return SettingRequired(f"{shown(raw)} {message}", settings)
        if settings:
            return CellRefused(f"{shown(raw)} is not a number {_written(form)}", settings)
    found = _WITH_UNIT.fullmatch(text) if len(text) <= _LONGEST else None
    unit = next(filter(None, (found["before"], found["after"])), "").strip() if found else ""
    if unit and unit not in form.units:
        return refused(raw, "a number", f'digits alone; unit = "{unit}" in the mapping takes that away')
    allowed = f"a decimal number, such as {'1' + form.thousands + '012' if form.thousands else '12'}{_point(form)}5"
    return refused(raw, f"a number{f' {_written(form)}' if form.decimal or form.thousands else ''}", allowed)


def _settings(text: str, given: NumberForm) -> str:
    """The settings under which a text with separators is a number, as far as they agree with those that are given."""
    found: dict[float, str] = {}
    for decimal, thousands in _SEPARATORS:
        if given.decimal not in (None, decimal) or given.thousands not in (None, thousands):
            continue
        number = _reader(NumberForm(decimal, thousands, given.units))(text)
        if number is not None:
            also = f', thousands = "{thousands}"' if thousands else ""
            found.setdefault(number, f'decimal = "{decimal}"{also} (which makes it {text_of(number)})')
    return f"{SETTINGS} {' or '.join(found.values())}" if found else ""


def _written(form: NumberForm) -> str:
    decimal = f"decimal {form.decimal!r}" if form.decimal else ""
    thousands = f"thousands {form.thousands!r}" if form.thousands else ""
    return f"with {' and '.join(filter(None, (decimal, thousands)))}"
