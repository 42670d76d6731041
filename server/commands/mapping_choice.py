"""What mapping an import uses: a file, a preset, or one that is proposed."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from server.commands.command import CommandError

if TYPE_CHECKING:
    from server.importing.file_settings import FileSettings
    from server.importing.inputs import Input
    from server.importing.mapping import CallMapping
    from server.importing.presets import Preset
    from server.importing.sample import Sample

Tell = Callable[[str], None]

_MOST_NAMES = 99


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of the mapping.

    Attributes:
        map: a mapping file.
        source: the name of a preset, or ``auto``.
        time_zone: of local times.
        yes: whether a proposal is taken without a question.
        dry_run: whether nothing may be written, so that a proposal is only shown.
    """

    map: Path | None = None
    source: str | None = None
    time_zone: str | None = None
    yes: bool = False
    dry_run: bool = False


def choose_mapping(file: Path, settings: "FileSettings", asked: Asked, tell: Tell) -> "CallMapping | None":
    """The mapping for a file; None where it has the native format.

    Raises:
        CommandError: there is none, or a proposed one was not accepted.
        ImportFailure: the mapping cannot be used, or the file cannot be read.
    """
    from server.importing.inputs import STANDARD_INPUT, find_inputs
    from server.importing.mapping_file import read_mapping
    from server.importing.preset_fit import misfit
    from server.importing.presets import AUTO
    from server.importing.standard_input import looked_at

    if asked.map is not None:
        return read_mapping(asked.map, asked.time_zone)
    if asked.source not in (None, AUTO):
        chosen = _of_preset(asked.source, asked, tell)
        if file == STANDARD_INPUT or not file.is_fifo():
            with looked_at():
                why = misfit(find_inputs(file).files[0], settings, asked.source, chosen)
            if why is not None:
                raise CommandError(f"{file}: {why}")
        return chosen
    if file != STANDARD_INPUT and file.is_fifo():
        if asked.source == AUTO:
            raise CommandError(f"{file}: a pipe cannot be read twice, as --from auto requires; name the preset.")
        return None
    with looked_at():
        return _recognised(find_inputs(file).files[0], settings, asked, tell)


def _recognised(input_: "Input", settings: "FileSettings", asked: Asked, tell: Tell) -> "CallMapping | None":
    from server.importing.outcome import ImportFailure
    from server.importing.presets import AUTO, NAMES
    from server.importing.sample import headless_preset, read_sample

    sample: Sample | None = None
    try:
        sample = read_sample(input_, settings)
        preset = None if sample.is_native else sample.preset
    except ImportFailure:
        preset = headless_preset(input_, settings)
        if preset is None:
            raise
    if preset is not None:
        if asked.source != AUTO:
            _accept_preset(input_, preset, asked, tell)
        return _of_preset(preset.name, asked, tell)
    assert sample is not None
    if sample.is_native:
        return None
    if asked.source == AUTO:
        raise CommandError(
            f"{input_.name}: not recognised ({sample.found}); recognised are exports of {', '.join(NAMES)}. Without "
            "--from a mapping is proposed."
        )
    return _proposed(input_, sample, asked, tell)


def _of_preset(name: str, asked: Asked, tell: Tell) -> "CallMapping":
    from server.importing.presets import PRESETS, preset_note, preset_path, read_preset

    mapping = read_preset(name, asked.time_zone)
    tell(f"preset {name}: {preset_path(name)}")
    if note := preset_note(name):
        tell(note)
    if asked.time_zone is None and any(preset.is_local for preset in PRESETS if preset.name == name):
        tell("The file does not name the zone of its times: they are read in UTC; --time-zone NAME sets another.")
    return mapping


def _accept_preset(input_: "Input", preset: "Preset", asked: Asked, tell: Tell) -> None:
    from server.importing.presets import preset_path

    tell(f"{input_.name}: an export of {preset.name}, by its shape")
    if asked.yes or asked.dry_run:
        return
    if not _is_terminal():
        raise CommandError(
            f"Nothing was imported. Add --from {preset.name} to read it with {preset_path(preset.name)}, --map FILE to "
            "use another mapping, or --yes."
        )
    if not _confirmed(f"Import it with the preset {preset.name}?", default=True):
        raise CommandError("Nothing was imported.")


def _proposed(input_: "Input", sample: "Sample", asked: Asked, tell: Tell) -> "CallMapping":
    from server.importing.mapping_file import parse_mapping
    from server.importing.preview import preview
    from server.importing.proposing.proposal import propose

    proposal = propose(
        sample.columns(), is_table=sample.header is not None, time_zone=asked.time_zone, skip=sample.skip
    )
    if not sample.rows:
        raise CommandError(f"{input_.name}: it has a header and no rows, so there are no calls in it ({sample.found}).")
    if proposal is None:
        raise CommandError(
            f"{input_.name}: no mapping can be proposed: nothing in it looks like the time of a call ({sample.found})."
            f"{_nearest(sample)} Write a mapping and give it with --map; docs/importing.md explains how."
        )
    text = proposal.text(Path(input_.name).name)
    mapping = parse_mapping(text, "the proposed mapping")
    tell(f"{input_.name}: {sample.found}; proposed mapping:")
    tell("")
    for line in (*text.splitlines(), "", "The first rows, and the calls they become:", *preview(sample, mapping), ""):
        tell(line)
    questions = " ".join(proposal.questions)
    if asked.dry_run:
        if questions:
            raise CommandError(f"The mapping leaves something open: {questions}")
        return mapping
    path = _written(input_, text)
    tell(f"The mapping was written to {path}.")
    how = f"Change it if something is wrong, and run: dialboard import {input_.path} --map {path}"
    if questions:
        raise CommandError(f"Nothing was imported: {questions} {how}")
    if asked.yes and proposal.guesses:
        raise CommandError(f"Nothing was imported: --yes takes no guesses. {' '.join(proposal.guesses)} {how}")
    if asked.yes:
        return mapping
    if not _is_terminal():
        raise CommandError(f"Nothing was imported: look at the proposed mapping first. {how}")
    if not _confirmed("Import with this mapping?", default=False):
        raise CommandError(f"Nothing was imported. {how}")
    return mapping


def _nearest(sample: "Sample") -> str:
    """What is told of the column that came nearest to the times of calls."""
    from models.call_faults import shown
    from server.importing.proposing.nearest import nearest_to_times

    nearest = nearest_to_times(sample.columns())
    if nearest is None:
        return ""
    where = f" in line {sample.lines[nearest.row]}" if nearest.row < len(sample.lines) else ""
    form = "excel" if nearest.is_serial else "%d.%m.%Y %H:%M"
    return (
        f" {nearest.column} comes nearest, but {shown(nearest.text)}{where} was not understood; in a mapping timestamp "
        f'= {{ column = "{nearest.column}", format = "{form}", time_zone = "UTC" }} says how its times are written.'
    )


def _written(input_: "Input", text: str) -> Path:
    """Writes a mapping beside its file, or else in the current directory. What is there under that name and differs was
    changed by somebody, and stays."""
    for folder in (input_.path.parent, Path()):
        for number in range(1, _MOST_NAMES):
            path = folder / f"{input_.stem}.mapping{'' if number == 1 else f'-{number}'}.toml"
            try:
                if path.exists() and path.read_text(encoding="utf-8", errors="replace") != text:
                    continue
                path.write_text(text, encoding="utf-8")
            except OSError:
                break
            return path
    raise CommandError("The proposed mapping cannot be written, neither beside the file nor in the current directory.")


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _confirmed(question: str, *, default: bool) -> bool:
    """Asks on the terminal, and leaves the output alone, which ``typer.confirm`` begins with a space. The end of the
    input is a no."""
    while True:
        typer.echo(f"{question} [{'Y/n' if default else 'y/N'}]: ", nl=False, err=True)
        typed = sys.stdin.readline()
        if not typed:
            typer.echo("", err=True)
            return False
        match typed.strip().lower():
            case "":
                return default
            case "y" | "yes":
                return True
            case "n" | "no":
                return False
            case _:
                typer.echo("Please answer y or n.", err=True)
