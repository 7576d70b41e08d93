"""The `curation pii` commands: parse, call the package, show the result. Hold no logic of their own.

    curation pii scan src/
    curation pii evaluate labelled.jsonl --tier core --misses

Nothing that is found is printed in clear, unless a person asks for it. Heavy modules are imported by the
command that needs them, so that `--help` answers at once.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

app = typer.Typer(help="Find personal data and secrets, and measure how well.", no_args_is_help=True)

Profile = Annotated[
    Literal["sc1", "typed-fake"], typer.Option("--profile", help="What values are replaced with.")
]
Names = Annotated[
    Literal["rules", "off"], typer.Option("--names", help="Whether people's names are looked for, by rules.")
]
Language = Annotated[
    str, typer.Option("--language", help="Language of the files; by name and content if not given.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead.")]
WARNING = "warning: values are shown in clear; mind who sees this screen, its log and its history"


@app.command(
    epilog="Examples: [cyan]curation pii scan src/[/]   [cyan]curation pii scan config.py --diff[/]   "
    "[cyan]curation pii scan src/ --json > findings.json[/]"
)
def scan(
    path: Annotated[Path, typer.Argument(help="File or folder.", show_default=False)],
    language: Language = "",
    profile: Profile = "sc1",
    names: Names = "rules",
    diff: Annotated[bool, typer.Option("--diff", help="Show what redaction changes, as a diff.")] = False,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show values in clear: only for files of your own.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What is found in a file or folder, and what would stand there instead. Values are masked."""
    from rich.console import Console
    from rich.progress import track

    from curation import terminal
    from curation.pii.scorecard import scan as scans
    from curation.report import pii_text

    find, redact = _detectors(profile, names)
    show = scans.Show(diff=diff and not as_json, values=show_values)
    if show_values:
        typer.echo(WARNING, err=True)
    language = _language(language)
    there = scans.files(path)
    quiet = as_json or len(there) == 1
    bar = track(there, "scan", console=Console(stderr=True), disable=quiet, transient=True)
    found = [
        scans.FileScan(name, problem=problem.reason)
        if problem
        else scans.scan_file(path, name, find, redact, language=language, show=show)
        for name, problem in bar
    ]
    if as_json:
        _print_json({"files": [one.as_json() for one in found if one.findings or one.problem]})
        return
    for one in found:
        terminal.show_parts(pii_text.file_parts(one))
    terminal.show_parts(pii_text.scan_parts(found))


@app.command(
    epilog="Examples: [cyan]curation pii evaluate labelled.jsonl.gz --tier core[/]   "
    "[cyan]curation pii evaluate labelled.jsonl --by source --misses[/]"
)
def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSONL with text and spans ({start, end, tag}), or that as .gz.", show_default=False
        ),
    ],
    tier: Annotated[str, typer.Option(help="Only texts of this tier.")] = "",
    by: Annotated[
        Literal["tag", "source", "language", "rule"], typer.Option(help="Show further rows by this.")
    ] = "tag",
    misses: Annotated[
        bool, typer.Option("--misses", help="List misses and false alarms by cause, values as shapes.")
    ] = False,
    cross_validate: Annotated[
        bool, typer.Option("--cross-validate", help="Figures by rule family, and what to expect of others.")
    ] = False,
    profile: Profile = "sc1",
    as_json: AsJson = False,
) -> None:
    """Precision, recall, leaks and false alarms on labelled texts, with 95 % intervals."""
    from curation import terminal
    from curation.pii.scorecard import causes, families, judge, labelled, measure
    from curation.report import pii_text

    find, redact = _detectors(profile, "rules")
    judged = list(judge.judge_all(labelled.read(file, tier), find, redact))
    score = measure.score(judged, by)
    by_family = families.families(judged) if cross_validate else []
    why = causes.causes(judged) if misses else []
    if as_json:
        further: dict[str, Iterable[Any]] = {"families": by_family, "causes": why}
        _print_json(
            {
                **score.as_json(),
                **{name: [one.as_json() for one in each] for name, each in further.items() if each},
            }
        )
    else:
        terminal.show_parts(pii_text.score_parts(score))
        terminal.show_parts(pii_text.family_parts(by_family))
        terminal.show_parts(pii_text.cause_parts(why))


@app.command(
    epilog="Examples: [cyan]curation pii plant src/ planted.jsonl[/]   "
    "[cyan]curation pii plant src/ planted.jsonl.gz --documents 5000 --seed 1[/]"
)
def plant(
    source: Annotated[Path, typer.Argument(help="Folder of files.", show_default=False)],
    out: Annotated[
        Path, typer.Argument(help="JSONL to write; compressed if it ends with .gz.", show_default=False)
    ],
    documents: Annotated[int, typer.Option(min=1, help="Texts to write.")] = 1000,
    secrets: Annotated[int, typer.Option(min=1, max=20, help="Secrets in each text.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Another seed plants other secrets.")] = 0,
) -> None:
    """Plant known secrets into clean files, and write them labelled, for `curation pii evaluate`."""
    from curation.pii.scorecard import plant_folder

    find, _ = _detectors("sc1", "rules")
    rows = plant_folder.documents(source, find, count=documents, secrets=secrets, seed=seed)
    typer.echo(f"wrote {out}: {plant_folder.write(rows, out):,} texts; next: curation pii evaluate {out}")


def _detectors(profile: Literal["sc1", "typed-fake"], names: Literal["rules", "off"]) -> Any:
    """A detector and a redactor with the settings of the options."""
    from curation.pii.context import Context
    from curation.pii.engine import detector_of
    from curation.pii.redact import Redacted, redact
    from curation.pii.settings import PiiSettings
    from curation.pii.spans import Span

    settings = PiiSettings(replacement=profile, names=names)
    key = settings.key()

    def edit(text: str, spans: Iterable[Span], context: Context) -> Redacted:
        return redact(text, spans, settings=settings, key=key, language=context.language, path=context.path)

    return detector_of(settings).find, edit


def _language(name: str) -> str:
    """The linguist name of a language.

    Raises:
        BadConfigError: If there is no such language.
    """
    from curation.errors import BadConfigError
    from curation.language.facts import canonical, facts, nearest

    known = canonical(name) if name else ""
    if name and not known:
        near = nearest(name, facts().languages)
        raise BadConfigError(f"--language {name}: unknown{f'; did you mean {near}?' if near else ''}")
    return known


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2))
