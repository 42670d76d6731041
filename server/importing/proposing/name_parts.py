"""Names of agents that stand in two columns: the first and the last name."""

from collections.abc import Sequence

from server.importing.proposing.columns import Column
from server.importing.proposing.names import words_of

_FIRST = frozenset({"first", "given", "forename", "firstname", "vorname", "prénom", "prenom"})
_LAST = frozenset({"last", "family", "surname", "lastname", "nachname", "apellido", "apellidos", "sobrenome"})
_NAME = frozenset({"name", "names"})


def is_first_name(column: Column) -> bool:
    """Whether a column is named for the first names of somebody."""
    return not _FIRST.isdisjoint(words_of(column.label))


def other_name(column: Column, columns: Sequence[Column]) -> Column | None:
    """The column with the last names to that with the first names of the same people, or the other way round; None
    where a column is none of both, or there is no other one."""
    own = {*words_of(column.label)}
    expected = _LAST if own & _FIRST else _FIRST if own & _LAST else None
    if expected is None:
        return None
    whose = own - _FIRST - _LAST - _NAME
    return next(
        (
            other
            for other in columns
            if other is not column
            and not expected.isdisjoint(words_of(other.label))
            and {*words_of(other.label)} - _FIRST - _LAST - _NAME == whose
            and other.keys[:-1] == column.keys[:-1]
        ),
        None,
    )
