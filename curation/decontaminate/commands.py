"""The `curation decontaminate` commands: parse, call the package, show the result. They hold no logic.

    curation decontaminate scan src/ --benchmark humaneval
    curation decontaminate scan src/ --benchmark ours.jsonl --text question --code answer
    curation decontaminate list

Heavy modules are imported by the command that needs them, so that `--help` answers at once.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Find what models are tested with in what they are trained on.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead.")]


@app.command(
    epilog="Examples: [cyan]curation decontaminate scan src/ --benchmark humaneval[/]   "
    "[cyan]curation decontaminate scan src/ --benchmark ours.jsonl --text question --code answer[/]"
)
def scan(
    path: Annotated[Path, typer.Argument(help="File or folder.", show_default=False)],
    benchmark: Annotated[
        list[str],
        typer.Option(
            "--benchmark",
            help="Preset, or JSONL or parquet file, folder or hub id; repeatable.",
            show_default=False,
        ),
    ],
    text: Annotated[
        list[str] | None, typer.Option("--text", help="Column of prose to look for; repeatable.")
    ] = None,
    code: Annotated[
        list[str] | None, typer.Option("--code", help="Column of code to look for; repeatable.")
    ] = None,
    item: Annotated[str, typer.Option("--id", help="Column that names an item.")] = "",
    as_json: AsJson = False,
) -> None:
    """Which files hold benchmark items. Of the files it shows names and lines only."""
    from rich.console import Console
    from rich.progress import track

    from curation import terminal
    from curation.decontaminate import named, report, scan
    from curation.decontaminate.matcher import matcher_of

    matcher = matcher_of(named.settings_of(benchmark, text or (), code or (), item))
    there = scan.files(path)
    quiet = as_json or len(there) == 1
    bar = track(there, "scan", console=Console(stderr=True), disable=quiet, transient=True)
    found = [
        scan.FileHits(name, problem=problem.reason) if problem else scan.scan_file(path, name, matcher)
        for name, problem in bar
    ]
    if as_json:
        _print_json({"files": [one.as_json() for one in found if one.hits or one.problem]})
        return
    for one in found:
        terminal.show_parts(report.file_parts(one))
    terminal.show_parts(report.scan_parts(found, len(matcher.index.texts), matcher.index.exempt))


@app.command("list", epilog="Example: [cyan]curation decontaminate list[/]")
def list_presets(as_json: AsJson = False) -> None:
    """The benchmarks that are known by name."""
    from curation import terminal
    from curation.decontaminate import report

    if as_json:
        _print_json(report.presets_as_json())
    else:
        terminal.show_parts(report.preset_parts())


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2))
