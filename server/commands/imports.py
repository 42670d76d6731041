"""The command ``dialboard import``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from server.commands.command import INTERRUPTED, CommandError, run_loop, with_runtime

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
    format: Annotated[
        Literal["jsonl", "json", "csv", "xlsx", "parquet"] | None,
        typer.Option(help="The format; by default, it is detected from the content."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="The encoding, such as cp1252; by default, it is detected.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(metavar="CHARACTER", help="What is between the cells of a row; tab for a tab.")
    ] = None,
    quote: Annotated[
        str | None, typer.Option(metavar="CHARACTER", help="What is around cells; none if nothing is.")
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read everything, and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON, on the last line.")] = False,
) -> None:
    """Import calls. Importing a call again updates it. Invalid rows go to a reject file; the exit code is then 1."""
    from server.importing import ImportOptions
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
    options = ImportOptions(
        mapping, settings, shift_to_now, progress=sys.stderr.isatty(), tell=lambda line: typer.echo(line, err=True)
    )
    result, stopped = _check(file, options) if dry_run else _import(file, project, options)
    for path in result.reject_files:
        typer.echo(f"Lines that were not imported, with the reasons: {path}", err=True)
    typer.echo(json.dumps(_counts(result, dry_run)) if as_json else _summary(result, dry_run))
    if stopped is not None:
        kept = " Calls imported so far are kept; importing the same file again is safe."
        typer.echo(f"dialboard: {stopped}{'' if dry_run else kept}", err=True)
        raise typer.Exit(1 if stopped.outage else INTERRUPTED)
    raise typer.Exit(1 if result.rejected else 0)


def _import(file: Path, project: str, options: "ImportOptions") -> "tuple[ImportResult, ImportStopped | None]":
    from server.importing import ImportFailure, ImportResult, ImportStopped, import_file
    from server.projects import ensure_project

    has_begun = False

    async def work(runtime: "Runtime") -> "ImportResult":
        nonlocal has_begun
        target = await ensure_project(runtime.engine, project, "dialboard import")
        has_begun = True
        return await import_file(runtime.sessions, target.id, file, options)

    try:
        return with_runtime(work), None
    except ImportFailure as error:
        raise CommandError(str(error)) from None
    except ImportStopped as error:
        return error.result, error
    except KeyboardInterrupt:
        if has_begun:
            raise
        return ImportResult(), ImportStopped(ImportResult(), None)


def _check(file: Path, options: "ImportOptions") -> "tuple[ImportResult, ImportStopped | None]":
    from server.importing import ImportFailure, ImportStopped, check_file

    try:
        return run_loop(check_file(file, options)), None
    except ImportFailure as error:
        raise CommandError(str(error)) from None
    except ImportStopped as error:
        return error.result, error


def _counts(result: "ImportResult", is_dry: bool) -> dict[str, int]:
    made = {"checked": result.checked} if is_dry else {"created": result.created, "updated": result.updated}
    return {
        **made,
        "rejected": result.rejected,
        "skipped": result.skipped,
        "merged": result.merged,
        "joined": result.joined,
        "without_agent": result.without_agent,
    }


def _summary(result: "ImportResult", is_dry: bool) -> str:
    """The counts in one line; those of what is rare only where there is any."""
    rare = ("skipped", "merged", "joined", "without_agent")
    counts = ", ".join(
        f"{count} {what.replace('_', ' ')}"
        for what, count in _counts(result, is_dry).items()
        if count or what not in rare
    )
    if result.merged:
        counts += f" ({result.merged} rows have the id of an earlier row of their file: they are one call)"
    return f"{counts}; nothing was written" if is_dry else counts
