"""The blocks of code in the documentation, and what comments above them say about running them.

=============================  ======================================================================================
``<!-- not run: WHY -->``      the block is not run, for this reason
``<!-- run by: TEST -->``      another test runs it, and compares what it prints
``<!-- variables: JSON -->``   variables of the operation
``<!-- keep: NAME = PATH -->`` the value at a path of the response replaces NAME in all later blocks of the page
``<!-- for: TEXT = OTHER -->`` a text of the block stands for another one
``<!-- until: TEXT -->``       the command does not end by itself: it is stopped when it has printed the text
``<!-- exit: CODE -->``        the exit code of the last command of the block
=============================  ======================================================================================
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.imports import ROOT

PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
SHELL = {"console", "sh", "bash", "shell"}
_FENCE = re.compile(r"( *)```([\w-]*)$")
_COMMENT = re.compile(r"<!-- (not run|run by|variables|keep|for|until|exit): (.*) -->$")
_COMMANDS = ("dialboard", ".venv/bin/", "curl", "make", "git", "podman", "sudo", "pip", "python", "/usr/", "sh ")


@dataclass(frozen=True)
class Snippet:
    """A block of code.

    Attributes:
        line: the line of its first line, from 1.
        language: as its fence names it; "indented" without a fence.
        marks: what the comments above it say.
    """

    page: str
    line: int
    language: str
    text: str
    marks: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def mark(self, name: str) -> str | None:
        """What a comment says that can be there once."""
        (said,) = self.marks.get(name, [None])
        return said

    @property
    def stand_ins(self) -> dict[str, str]:
        """Texts of the block, and what each stands for."""
        return dict(said.split(" = ", 1) for said in self.marks.get("for", ()))  # type: ignore[misc]

    @property
    def is_command(self) -> bool:
        """Whether it is for a shell."""
        return self.language in SHELL

    @property
    def is_run_here(self) -> bool:
        """Whether ``test_snippets`` runs it."""
        return (self.is_command or self.language == "graphql") and not {"not run", "run by"} & self.marks.keys()

    @property
    def script(self) -> str:
        """The commands without prompts and without what they print."""
        if self.language != "console":
            return self.text
        kept: list[str] = []
        for line in self.text.splitlines():
            if line.startswith(("$ ", "> ")):
                kept.append(line[2:])
            elif kept and kept[-1].endswith(("\\", "|")):
                kept.append(line)
        return "\n".join(kept) + "\n"

    @property
    def commands(self) -> int:
        """How many commands it has."""
        if self.language == "console":
            return sum(1 for line in self.text.splitlines() if line.startswith("$ "))
        joined = self.script.replace("\\\n", "")
        return sum(1 for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#"))

    @property
    def is_hidden_command(self) -> bool:
        """Whether it is a command that is not marked as one."""
        first = self.text.lstrip().removeprefix("$ ")
        return not self.is_command and self.language in ("", "indented") and first.startswith(_COMMANDS)


def snippets(page: str) -> Iterator[Snippet]:
    """The blocks of a page."""
    yield from of_text(page, (ROOT / Path(page)).read_text())


def of_text(page: str, text: str) -> Iterator[Snippet]:
    """The blocks of the text of a page."""
    lines = text.splitlines()
    number, marks = 0, dict[str, list[str]]()
    while number < len(lines):
        line = lines[number]
        if fence := _FENCE.match(line):
            end = lines.index(f"{fence[1]}```", number + 1)
            body = "".join(f"{part.removeprefix(fence[1])}\n" for part in lines[number + 1 : end])
            yield Snippet(page, number + 2, fence[2], body, marks)
            number, marks = end + 1, {}
        elif line.startswith("    ") and (number == 0 or not lines[number - 1]):
            end = next((at for at in range(number, len(lines)) if lines[at][:4].strip()), len(lines))
            yield Snippet(page, number + 1, "indented", "\n".join(part[4:] for part in lines[number:end]), marks)
            number, marks = end, {}
        else:
            if comment := _COMMENT.match(line):
                marks.setdefault(comment[1], []).append(comment[2])
            elif line.strip():
                marks = {}
            number += 1
