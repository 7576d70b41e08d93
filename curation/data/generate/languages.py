"""Write curation/data/languages.json from the npm package linguist-languages, the same bytes every time.

The package holds GitHub linguist's language list as JavaScript modules; node turns them into JSON once,
this script keeps what identification needs, sorts it and writes one language per line:

    ["C", "programming", "", [".c", ".cats", ".h"], [], ["tcc"], []]
    name, kind, group, extensions (first is the main one), file names, interpreters, aliases

It takes no colours, editor modes or content heuristics. Needs node >= 18 and the unpacked package:

    npm pack linguist-languages@9.5.0 && tar xzf linguist-languages-9.5.0.tgz
    python curation/data/generate/languages.py package curation/data/languages.json
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

EXPORT = (
    "const all = await import(process.argv[1]);"
    "process.stdout.write(JSON.stringify(Object.values(all.default ?? all)));"
)


def read_package(package: Path) -> tuple[str, list[dict[str, Any]]]:
    """Version and language records of an unpacked linguist-languages package."""
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    index = (package / "index.js").resolve().as_uri()
    command = ["node", "--input-type=module", "-e", EXPORT, index]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - fixed command, no shell
    return version, json.loads(done.stdout)


def record(language: dict[str, Any]) -> list[Any]:
    """The row of one language; the order of its extensions is kept, the rest is sorted."""
    return [
        language["name"],
        language["type"],
        language.get("group") or "",
        language.get("extensions") or [],
        sorted(language.get("filenames") or []),
        sorted(language.get("interpreters") or []),
        sorted(language.get("aliases") or []),
    ]


def render(version: str, languages: list[dict[str, Any]]) -> str:
    """The data file's text: one language per line, sorted by name."""
    rows = sorted(record(language) for language in languages)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return f'{{"source":"linguist-languages {version}","languages":[\n{lines}\n]}}\n'


def main(package: str, output: str) -> None:
    """Read the unpacked package at `package`, write the data file at `output`."""
    version, languages = read_package(Path(package))
    Path(output).write_text(render(version, languages), encoding="utf-8")
    print(f"{len(languages)} languages of linguist-languages {version} in {output}")  # noqa: T201 - a script


if __name__ == "__main__":
    main(*sys.argv[1:])
