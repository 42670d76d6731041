"""Texts that spreadsheets take for formulas: escaped where CSV is written, and read back without loss.

https://owasp.org/www-community/attacks/CSV_Injection
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""How a formula begins, and an escaped one: both get an apostrophe, so that every text can be restored."""
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


def escaped(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would calculate it, or if it looks escaped already."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """The text that ``escaped`` was given."""
    return text[1:] if _ESCAPED.match(text) else text
