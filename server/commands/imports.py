"""The command ``dialboard import``."""

import json
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from server.commands import import_summary
from server.commands.command import INTERRUPTED, CommandError, run_loop, with_runtime
from server.commands.import_summary import Made
from server.commands.mapping_choice import Asked, choose_mapping

if TYPE_CHECKING:
    from server.importing import ImportOptions, ImportResult, ImportStopped
    from server.runtime import Runtime


def _input(text: str) -> Path:
    path = Path(text)
    if text != "-" and not path.exists() and not set("*?[") & set(text):
        raise typer.BadParameter(f"file {text!r} does not exist.")
    return path


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            parser=_input,
            metavar="FILE",
            help="A file in JSON, CSV, .xlsx or Parquet, also in gzip or ZIP; a folder; a pattern in quotes; - is "
            "standard input.",
        ),
    ],
    project: Annotated[
        str, typer.Option(metavar="NAME", help="The project to import into; created if it does not exist.")
    ] = "default",
    mapping: Annotated[
        Path | None,
        typer.Option("--map", exists=True, dir_okay=False, metavar="FILE", help="A mapping file for other formats."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SERVICE",
            help="The service that exported the file: vapi, retell, twilio, amazon-connect, genesys, five9, zendesk, "
            "ringcentral, aircall, 3cx, asterisk, cisco; auto recognises it.",
        ),
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", metavar="NAME", help="The zone of times that have none, such as Europe/Berlin."),
    ] = None,
    format: Annotated[
        Literal["jsonl", "json", "csv", "xlsx", "parquet"] | None,
        typer.Option(help="The format; by default, it is detected from the content."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="The encoding, such as cp1252; by default, it is detected.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(metavar="CHARACTER", help="The character between the cells of a row; tab for a tab.")
    ] = None,
    quote: Annotated[
        str | None, typer.Option(metavar="CHARACTER", help="The quote character; none if cells are not quoted.")
    ] = None,
    skip_lines: Annotated[
        int | None, typer.Option("--skip-lines", metavar="N", min=0, help="Lines above the header.")
    ] = None,
    names: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Names of the columns of a file without a header, with commas.")
    ] = None,
    list_: Annotated[
        str | None, typer.Option("--list", metavar="PATH", help="Where in a JSON document the list of calls is.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="The sheet of a workbook, or its number.")] = None,
    shift_to_now: Annotated[
        bool, typer.Option("--shift-to-now", help="Move all timestamps so that the newest call is now.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Import with a proposed mapping without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read everything, and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON, on the last line.")] = False,
) -> None:
    """Import calls. Importing a call again updates it. Invalid rows go to a reject file; the exit code is then 1."""
    from server.importing import ImportFailure, ImportOptions, ImportResult, ImportStopped
    from server.importing.file_settings import read_file_settings

    given: dict[str, object] = {
        "format": format,
        "encoding": encoding,
        "delimiter": "\t" if delimiter in ("tab", "\\t") else delimiter,
        "quote": "" if quote == "none" else quote,
        "skip_lines": skip_lines,
        "names": None if names is None else names.split(","),
        "list": list_,
        "sheet": sheet,
    }
    settings, faults = read_file_settings({key: value for key, value in given.items() if value is not None})
    if faults:
        raise typer.BadParameter("; ".join(faults))
    if mapping is not None and source is not None:
        raise typer.BadParameter("--map and --from are both mappings; give one of them.")
    tell = partial(typer.echo, err=True)
    asked = Asked(mapping, source, time_zone, yes=yes, dry_run=dry_run)
    try:
        chosen = choose_mapping(file, settings, asked, tell)
    except ImportFailure as error:
        raise CommandError(str(error)) from None
    except KeyboardInterrupt:  # while it waits for the beginning of standard input
        stopped = _Done(ImportResult(), stopped=ImportStopped(ImportResult(), None))
        _tell(stopped, project, is_dry=dry_run, as_json=as_json)
    options = ImportOptions(chosen, settings, shift_to_now, progress=sys.stderr.isatty(), tell=tell)
    done = _check(file, options) if dry_run else _import(file, project, options)
    _tell(done, project, is_dry=dry_run, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Done:
    result: "ImportResult"
    made: Made = field(default_factory=Made)
    stopped: "ImportStopped | None" = None


def _tell(done: _Done, project: str, *, is_dry: bool, as_json: bool) -> NoReturn:
    """Prints what came of an import, and ends the command."""
    result, stopped = done.result, done.stopped
    for path in result.reject_files:
        typer.echo(f"Lines that were not imported, with the reasons: {path}", err=True)
    lines = import_summary.summary(result, done.made, is_dry=is_dry)
    for line in lines[1:] if as_json else ():
        typer.echo(line, err=True)
    for line in () if is_dry else import_summary.hints(result, done.made, project):
        typer.echo(line, err=True)
    if as_json:
        typer.echo(json.dumps(import_summary.as_json(result, done.made, is_dry=is_dry)))
    else:
        typer.echo("\n".join(lines))
    if stopped is not None:
        kept = " Calls imported so far are kept; importing the same file again is safe."
        typer.echo(f"dialboard: {stopped}{'' if is_dry else kept}", err=True)
        raise typer.Exit(1 if stopped.outage else INTERRUPTED)
    raise typer.Exit(1 if result.rejected else 0)


def _import(file: Path, project: str, options: "ImportOptions") -> _Done:
    from server.importing import ImportFailure, ImportResult, ImportStopped, import_file
    from server.importing.first_dashboard import make_first_dashboard
    from server.importing.storing import AUTHOR
    from server.projects import ensure_project

    has_begun = False

    async def work(runtime: "Runtime") -> _Done:
        nonlocal has_begun
        target = await ensure_project(runtime.engine, project, "dialboard import")
        before = await import_summary.known_names(runtime.sessions, target.id)
        has_begun = True
        result = await import_file(runtime.sessions, target.id, file, options)
        after = await import_summary.known_names(runtime.sessions, target.id)
        stored = result.created or result.updated
        dashboard = await make_first_dashboard(runtime.sessions, target.id, AUTHOR) if stored else None
        return _Done(result, import_summary.made_since(before, after, dashboard))

    try:
        return with_runtime(work)
    except ImportFailure as error:
        raise CommandError(str(error)) from None
    except ImportStopped as error:
        return _Done(error.result, stopped=error)
    except KeyboardInterrupt:
        if has_begun:
            raise
        return _Done(ImportResult(), stopped=ImportStopped(ImportResult(), None))


def _check(file: Path, options: "ImportOptions") -> _Done:
    from server.importing import ImportFailure, ImportStopped, check_file

    try:
        return _Done(run_loop(check_file(file, options)))
    except ImportFailure as error:
        raise CommandError(str(error)) from None
    except ImportStopped as error:
        return _Done(error.result, stopped=error)
