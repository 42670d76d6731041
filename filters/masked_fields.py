"""Fields whose values a reader must not see: what is shown instead, and what the reader's filters may ask of them.

The one place where values are masked. A reader can learn a value by guessing as well as by reading it, so conditions
that compare it are refused, wherever the reader writes them (``filters.check``). Conditions that others saved go on
working, and are shown without their values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from filters.operators import Op

HIDDEN = "•••••••"
"""What is shown of the digits between, and of a text that is too short: always as long, whatever it stands for."""

_SHOWN_AT_END = 2
_SHOWN_KEYS = ("field", "op")
_FEWEST_HIDDEN = 4
"""A number with fewer digits between its country code and its end is hidden altogether."""

_CODES_OF_ONE_DIGIT = ("1", "7")
_CODES_OF_TWO_DIGITS = (
    *("20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49"),
    *("51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66"),
    *("81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"),
)
"""Country codes by ITU-T E.164; all others have three digits."""


def masked_number(text: str) -> str:
    """A phone number with its country code and its last two digits: ``+49•••••••42``.

    Without ``+`` and a country code only the last two digits are shown, and nothing of what is not a number.
    """
    is_international, digits = text.lstrip().startswith("+"), "".join(filter(str.isdigit, text))
    is_number = text.isascii() and not any(map(str.isalpha, text))
    code = _country_code(digits) if is_international else ""
    if not is_number or len(digits) < len(code) + _FEWEST_HIDDEN + _SHOWN_AT_END:
        return HIDDEN
    return f"{'+' if code else ''}{code}{HIDDEN}{digits[-_SHOWN_AT_END:]}"


def _country_code(digits: str) -> str:
    if digits.startswith(_CODES_OF_ONE_DIGIT):
        return digits[:1]
    return digits[:2] if digits.startswith(_CODES_OF_TWO_DIGITS) else digits[:3]


@dataclass(frozen=True, slots=True)
class MaskedFields:
    """The fields that are masked for a reader, by name; none by default."""

    names: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether any field is."""
        return bool(self.names)

    def refuses(self, name: str, op: Op) -> bool:
        """Whether the reader may not ask this of a field. Whether there is a value can be seen anyway."""
        return name in self.names and op is not Op.ISNULL

    def value(self, name: str, value: Any) -> Any:
        """What is shown of a field's value."""
        return masked_number(value) if name in self.names and isinstance(value, str) else value

    def values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is shown of the values of several fields."""
        return {name: self.value(name, value) for name, value in values.items()} if self.names else dict(values)

    def filters(self, raw: Any) -> Any:
        """What is shown of a filter in JSON: values that are compared with masked fields are hidden altogether."""
        if not self.names:
            return raw
        if isinstance(raw, list):
            return [self.filters(member) for member in cast("list[Any]", raw)]
        if not isinstance(raw, dict):
            return raw
        members = cast("dict[str, Any]", raw)
        if not self._is_masked(members.get("field")):
            return {key: self.filters(value) for key, value in members.items()}
        return {key: value if key in _SHOWN_KEYS else _hidden(value) for key, value in members.items()}

    def named_in(self, raw: Any) -> bool:
        """Whether a filter in JSON holds values that are not shown."""
        return bool(self.names) and self.filters(raw) != raw

    def _is_masked(self, name: object) -> bool:
        return isinstance(name, str) and name in self.names


def _hidden(value: Any) -> Any:
    if isinstance(value, list):
        return [_hidden(member) for member in cast("list[Any]", value)]
    return value if value is None or isinstance(value, bool) else HIDDEN


NOTHING_MASKED = MaskedFields()
"""What is masked for those who may see everything."""
