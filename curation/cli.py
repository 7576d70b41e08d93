"""The `curation` command: parses, calls the package, shows the result. Holds no logic of its own.

    curation run configs/curate/demo.yaml --set workers=1
    curation explain runs/demo numpy/numpy/linalg/_linalg.py

Exit codes: 0 done; 1 a run is broken or a check failed; 2 wrong usage or configuration; 3 an input cannot
be read; 4 the output folder holds another run. Heavy modules are imported by the command that needs them,
so that `--help` answers at once.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from curation import __version__
from curation.decontaminate import commands as decontaminate_commands
from curation.errors import BadConfigError, BadInputError, BrokenRunError, ChangedRunError, CurationError
from curation.pii import commands as pii_commands

EXIT_CODES = {BrokenRunError: 1, BadConfigError: 2, BadInputError: 3, ChangedRunError: 4}
AFTER_OS_ERROR = "make room or mend it, and run the same command again: what is finished is kept"
EPILOG = (
    "Exit codes: 0 done, 1 a run is broken or a check failed, 2 wrong usage or configuration, "
    "3 an input cannot be read, 4 the output folder holds another run."
)

app = typer.Typer(
    help="Curate The Stack-style code corpora.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
config_app = typer.Typer(help="Look at configurations.", no_args_is_help=True)
filters_app = typer.Typer(help="Look at filters and their profiles.", no_args_is_help=True)
app.add_typer(config_app, name="config")
app.add_typer(filters_app, name="filters")
dedup_app = typer.Typer(help="Plan dedup, and check what it did.", no_args_is_help=True)
app.add_typer(dedup_app, name="dedup")
app.add_typer(pii_commands.app, name="pii")
app.add_typer(decontaminate_commands.app, name="decontaminate")

ConfigFile = Annotated[Path, typer.Argument(help="YAML configuration.", show_default=False)]
RunFolder = Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="A.B=VALUE", help="Override one setting; may be given several times."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead.")]


def main() -> None:
    """Run the command line; an expected error becomes a message and an exit code."""
    try:
        app()
    except CurationError as error:
        typer.echo(f"curation: {error}", err=True)
        sys.exit(next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind)))
    except OSError as error:
        typer.echo(f"curation: {type(error).__name__}: {error}; {AFTER_OS_ERROR}", err=True)
        sys.exit(1)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Curate The Stack-style code corpora."""


@app.command(
    epilog="Examples: [cyan]curation run configs/curate/demo.yaml[/]   "
    "[cyan]curation run my.yaml --set workers=8 --set filters.profile=sc1-code[/]"
)
def run(
    config: ConfigFile,
    overrides: Overrides = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Insist that there is a run to go on with.")
    ] = False,
    force_new: Annotated[bool, typer.Option("--force-new", help="Start beside a run that differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Curate. A run that was interrupted goes on where it was, and ends with the same bytes."""
    from curation import config as configs
    from curation import run as runs
    from curation import terminal
    from curation.report import summary

    settings = configs.load(config, overrides or ())
    if resume and not (settings.output / "manifest.json").is_file():
        raise BadInputError(
            f"{settings.output}: there is no run to go on with; run without --resume to start one"
        )
    with terminal.listener(quiet=as_json) as listen:
        folder = runs.run(settings, force_new=force_new, listen=listen)
    if as_json:
        _print_json(summary.summary(folder))
    else:
        terminal.show_result(folder)


@app.command(epilog="Example: [cyan]curation plan configs/curate/demo.yaml[/]")
def plan(
    config: ConfigFile,
    overrides: Overrides = None,
    sample_seconds: Annotated[float, typer.Option(help="Seconds spent on the sample.")] = 20.0,
    as_json: AsJson = False,
) -> None:
    """Sample the input, write nothing: predicted time, memory, disk and survival; every block in order."""
    from curation import config as configs
    from curation import preflight, terminal

    prediction = preflight.predict(configs.load(config, overrides or ()), seconds=sample_seconds)
    if as_json:
        _print_json(prediction.as_json())
    else:
        terminal.show_prediction(prediction)


@app.command(epilog="Example: [cyan]curation status runs/demo[/]")
def status(run: RunFolder, as_json: AsJson = False) -> None:
    """How far a run is: tasks done in each pass, documents read, kept and dropped so far."""
    from curation import terminal
    from curation.status import status as look

    found = look(run)
    _print_json(found) if as_json else terminal.show_status(found)


@app.command(epilog="Example: [cyan]curation report runs/demo --out report.html[/]")
def report(
    run: RunFolder,
    out: Annotated[Path | None, typer.Option(help="Where to write it; RUN/report.html by default.")] = None,
) -> None:
    """Write one self-contained HTML page: funnel, survival curves, examples next to each threshold."""
    from curation.report.html import write_report

    typer.echo(f"wrote {write_report(run, out)}")


@app.command(
    epilog="Examples: [cyan]curation explain runs/demo 000003-00000017[/]   "
    "[cyan]curation explain runs/demo swh:1:cnt:...[/]   "
    "[cyan]curation explain runs/demo owner/name/src/a.py[/]"
)
def explain(
    run: RunFolder,
    document: Annotated[
        str, typer.Argument(help="Document id, SWHID, or repository/path.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Why a file is in or out: every decision about it, with value and threshold."""
    from curation import terminal
    from curation.explain import explain as look

    found = look(run, document)
    _print_json(found) if as_json else terminal.show_explanations(found)


@app.command(epilog="Example: [cyan]curation verify runs/demo[/]")
def verify(run: RunFolder, as_json: AsJson = False) -> None:
    """Check a run: every file's SHA-256, every count, read = kept + dropped."""
    from curation.verify import verify as check

    problems, checked = check(run)
    if as_json:
        _print_json({"files": checked, "problems": problems})
    else:
        for problem in problems:
            typer.echo(problem, err=True)
        typer.echo(f"{checked} files checked, {len(problems)} problems")
    if problems:
        raise typer.Exit(1)


@config_app.command("show", epilog="Example: [cyan]curation config show configs/curate/demo.yaml[/]")
def config_show(config: ConfigFile, overrides: Overrides = None) -> None:
    """Print the resolved settings, with every default, as JSON."""
    from curation import config as configs

    _print_json(configs.load(config, overrides or ()).model_dump(mode="json"))


@config_app.command("validate", epilog="Example: [cyan]curation config validate my.yaml[/]")
def config_validate(config: ConfigFile, overrides: Overrides = None) -> None:
    """Check a configuration and the existence of its inputs, without reading them."""
    from curation import config as configs
    from curation.workspace import make_plan

    found = make_plan(configs.load(config, overrides or ()))
    typer.echo(f"{config}: valid; {len(found.units)} units, about {found.size:,} bytes of content")


@config_app.command("schema", epilog="Example: [cyan]curation config schema > curation.schema.json[/]")
def config_schema() -> None:
    """Print the JSON schema of configurations, for editors."""
    from curation.config import Config

    _print_json(Config.model_json_schema())


@filters_app.command("list", epilog="Example: [cyan]curation filters list --profile sc1-code[/]")
def filters_list(
    profile: Annotated[str, typer.Option(help="Whose thresholds to show.")] = "sc2-paper",
    as_json: AsJson = False,
) -> None:
    """Every filter with its reason, signal and threshold in a profile."""
    from curation import terminal
    from curation.filters import describe, resolve

    rows = describe(resolve(profile, {}))
    _print_json(rows) if as_json else terminal.show_rows(rows)


@dedup_app.command(
    "plan",
    epilog="Examples: [cyan]curation dedup plan --documents 1000000000 --terabytes 9[/]   "
    "[cyan]curation dedup plan --profile 32x8[/]",
)
def dedup_plan(
    documents: Annotated[int, typer.Option(min=1, help="Documents that exact dedup keeps.")] = 1_000_000,
    terabytes: Annotated[
        float | None, typer.Option(min=0, help="Their texts, 10^12 bytes; by default 9 kB each.")
    ] = None,
    profile: Annotated[str, typer.Option(help="Settings of near-dedup.")] = "default",
    as_json: AsJson = False,
) -> None:
    """What near-dedup of so many documents will find and cost: pairs found, tasks, disk, memory, hours."""
    from curation import terminal
    from curation.dedup import banding, outlook
    from curation.dedup.near import NearSettings

    settings = NearSettings(profile=banding.profile(profile).name)
    size = int(terabytes * 1e12) if terabytes is not None else 9_000 * documents
    found = outlook.as_json(outlook.outlook(settings, documents, size))
    _print_json(found) if as_json else terminal.show_outlook(found)


@dedup_app.command(
    "audit",
    epilog="Examples: [cyan]curation dedup audit runs/demo[/]   "
    "[cyan]curation dedup audit runs/demo --sample 5000 --out audit.html[/]",
)
def dedup_audit(
    run: RunFolder,
    sample: Annotated[
        int, typer.Option(min=1, help="Dropped documents to compare again, and kept ones to plant copies of.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other documents.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write one self-contained HTML page there instead of printing.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Was what near-dedup dropped similar, and what would it miss? Samples, planted copies, clusters.

    Exit code 1 if a document of the sample was dropped for one that is less similar than the threshold.
    """
    from curation import terminal
    from curation.dedup.audit import audit as audits
    from curation.report import near_text

    if out:
        from curation.report import html

        found = html.write_audit(run, out, sample=sample, seed=seed)
        typer.echo(f"wrote {out}", err=as_json)
    else:
        width = near_text.side_width(terminal.width())
        found = audits.audit(run, sample=sample, seed=seed, width=width)
    if as_json:
        _print_json(found.as_json())
    elif not out:
        terminal.show_parts(near_text.audit_parts(found, terminal.width()))
    if found.precision.offenders:
        raise typer.Exit(1)


@dedup_app.command("compare", epilog="Example: [cyan]curation dedup compare runs/exact runs/sketch[/]")
def dedup_compare(
    first: RunFolder,
    second: Annotated[Path, typer.Argument(help="Folder of another run.", show_default=False)],
    examples: Annotated[int, typer.Option(min=0, help="Documents and pairs named of each kind.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Two finished runs over the same input: documents kept by one only, clusters and pairs that differ."""
    from curation import terminal
    from curation.dedup.audit import compare as comparing
    from curation.report import near_text

    found = comparing.compare_runs(first, second, examples)
    if as_json:
        _print_json(found.as_json())
    else:
        terminal.show_parts(near_text.comparison_parts(found))


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, default=str))
