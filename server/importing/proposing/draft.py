"""A proposal while it is being made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from server.importing.observed import doubt
from server.importing.proposing.columns import Column, number_form, point_watch
from server.importing.proposing.names import LEAST
from server.importing.proposing.nulls import null_texts, without_nulls
from server.importing.proposing.senses import form_in
from server.importing.proposing.times import guess_time
from server.importing.values.doubtful import readings_of
from server.importing.values.numbers import NumberForm

_HOURS = 24
_NOTHING: Mapping[str, object] = {}

Fits = Callable[[Column], bool]


@dataclass
class Free:
    """The columns without a use so far."""

    columns: list[Column]
    unused: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def best(self, meaning: str, fits: Fits) -> Column | None:
        """The column whose name fits a meaning best, of those that its content allows."""
        scored = [(column.likeness(meaning), column) for column in self.columns]
        able = [(score, column) for score, column in scored if score >= LEAST and fits(column)]
        return max(able, key=lambda one: one[0])[1] if able else None

    def take(self, meaning: str, fits: Fits) -> Column | None:
        """The same, which is used then."""
        column = self.best(meaning, fits)
        if column is not None:
            self.use(column)
        return column

    def use(self, *columns: Column) -> None:
        """Notes that columns are used."""
        self.columns = [column for column in self.columns if column not in columns]


class Draft:
    """What is known of a file's columns, and what has become of them so far.

    Attributes:
        free: the columns without a use.
        zone: of local times; None where it is not given.
        form: how numbers are written.
        times: by column, the form of its times.
        notes: what was taken for granted and should be looked at.
        guesses: those of the notes that nothing in the file speaks for: were they wrong, so would be the values.
        questions: what has to be written into the mapping before it can be used.
    """

    def __init__(self, columns: Sequence[Column], zone: str | None, *, is_table: bool) -> None:
        self.nulls = null_texts(columns)
        columns = [without_nulls(column) for column in columns]
        self.columns = columns
        self.free = Free([column for column in columns if column.values])
        self.free.unused = [(column.name, "it is empty") for column in columns if not column.values]
        self.zone = zone
        self.is_table = is_table
        self.form = number_form(columns)
        self.times = {column.name: guess for column in columns if (guess := guess_time(column))}
        self.call: dict[str, object] = {}
        self.metrics: dict[str, object] = {}
        self.metadata: dict[str, object] = {}
        self.notes: list[str] = []
        self.questions: list[str] = []
        self.guesses: list[str] = []

    def guess(self, note: str) -> None:
        """Notes a guess."""
        self.notes.append(note)
        self.guesses.append(note)

    def note_point(self, column: Column) -> None:
        """Notes numbers that can be read in two ways."""
        point = "," if self.form == NumberForm(".", ",") else "."
        watch = point_watch(column, point)
        if not watch.is_doubtful or watch.text is None or self.form.decimal == ",":
            return
        fraction, thousands = readings_of(watch.text)
        if self.form.decimal is None:
            self.notes.append(f"{column.name}: {doubt(watch.text)}.")
        elif point == ".":
            self.guess(
                f'{column.name}: {fraction} was read as a fraction; set decimal = "," and thousands = "." if it means '
                f"{thousands}."
            )
        else:
            self.guess(
                f'{column.name}: {watch.text.replace(".", ",")} was read as {thousands}; set decimal = "," without '
                f"thousands if it means {fraction}."
            )

    def told_unit(self, column: Column, unit: str) -> str:
        """The form of durations, with a note where they can be minutes and seconds, or hours and minutes: the name of
        the column tells, or one beyond a day of hours."""
        if unit != "M:SS":
            return unit
        if (named := form_in(column.label)) in ("M:SS", "HH:MM"):
            return named
        self._note_minutes(column)
        return unit

    def _note_minutes(self, column: Column) -> None:
        as_hours = (
            ' Its cells say hours and minutes: if they mean that, set unit = "HH:MM".'
            if column.has_minutes_as_hours
            else ""
        )
        is_told = any(
            text.partition(":")[0].isdigit() and int(text.partition(":")[0]) >= _HOURS for text in column.texts
        )
        tell = self.notes.append if is_told and not as_hours else self.guess
        tell(f"{column.name} was read as minutes and seconds (M:SS).{as_hours}")

    def null(self, *columns: Column) -> dict[str, object]:
        """Texts of columns that mean no value, with those of the whole file, which they replace."""
        strays = sorted({stray for column in columns for stray in column.strays})
        return {"null": [*self.nulls, *strays]} if strays else {}

    def source(self, column: Column, keys: Mapping[str, object] = _NOTHING) -> object:
        """A column as a source: its name alone where nothing else is to be said."""
        source = {"column": column.name, **keys, **self.null(column)}
        return source if len(source) > 1 else column.name
