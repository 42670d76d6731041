"""Options and arguments that are a file's text, or JSON in place or in a file."""

import sys
from pathlib import Path
from typing import Any, cast

import typer

_STANDARD_INPUT = "-"


def text_of(file: str) -> str:
    """The text of a file, or of standard input.

    Raises:
        typer.BadParameter: it cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if file == _STANDARD_INPUT else Path(file).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{file} is not UTF-8: byte {error.start + 1} is invalid.") from error


def json_object(given: str, option: str) -> dict[str, Any]:
    """The JSON object that an option is given as, or as ``@FILE``.

    Raises:
        typer.BadParameter: it is something else.
    """
    from server.json_text import WrongJsonError, read_json

    where = given[1:] if given.startswith("@") else option
    try:
        value = read_json(text_of(given[1:]) if given.startswith("@") else given)
    except WrongJsonError as error:
        raise typer.BadParameter(f"{where} {error}.") from error
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{where} is not a JSON object.")
    return cast("dict[str, Any]", value)
