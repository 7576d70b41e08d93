"""How well licence texts are recognised: licence files of installed packages against their metadata.

    python tests/benchmarks/licence_accuracy.py                       every *.dist-info of this environment
    python tests/benchmarks/licence_accuracy.py --texts spdx-license-list-6.12.0.tgz    also the SPDX texts

A package agrees if the ids of its licence files and of its metadata share one, or if both are permissive (or
both not). Prints the packages that do not agree, for a person to judge: metadata is wrong too. Then speed.
"""

import argparse
import re
import sys
import time
from importlib.metadata import Distribution, distributions
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from curation.licences import Licences, LicenceSettings, identify_licence_text, is_licence_file_name
from curation.licences.build import preferred, read_texts, shingles_of
from curation.licences.evidence import combined_type, read_licence_file, stated_evidence
from curation.licences.names import is_strong_name
from curation.licences.texts import library
from curation.optout import OptOut, OptOutSettings
from curation.sources.base import Repository

PLACEHOLDER = re.compile(r"<[^>\n]{1,60}>|\[[^\]\n]{1,60}\]|_{3,}")


def say(text: str) -> None:
    """Write one line."""
    sys.stdout.write(text + "\n")


def statements(package: Distribution) -> list[str]:
    """What a package's metadata says about its licence, the most exact field first."""
    fields = package.metadata
    expression = fields.get_all("License-Expression") or []
    classifiers = [c for c in fields.get_all("Classifier") or [] if c.startswith("License ::")]
    return expression or [*(fields.get_all("License") or []), *classifiers]


def check_packages() -> None:
    """Compare licence files with metadata, package by package."""
    seen = named = same_id = same_type = 0
    seconds, texts = 0.0, 0
    for package in distributions():
        paths = [
            Path(str(package.locate_file(file)))
            for file in package.files or []
            if ".dist-info/" in str(file) and is_licence_file_name(str(file)) and is_strong_name(str(file))
        ]
        stated = [item.licence for item in stated_evidence("repository", statements(package))]
        ids = {name for licence in stated for name in licence.ids}
        contents = [path.read_bytes() for path in paths if path.exists()]
        if not contents or not ids:
            continue
        start = time.process_time()
        found = [item for text in contents for item in read_licence_file("LICENSE", text, {})]
        seconds, texts, seen = seconds + time.process_time() - start, texts + len(contents), seen + 1
        found_ids = {name for item in found for name in item.licence.ids}
        named += bool(found_ids)
        same_id += bool(found_ids & ids)
        kinds = combined_type(found), combined_type(stated_evidence("repository", statements(package)))
        same_type += kinds[0] == kinds[1]
        if not found_ids & ids or kinds[0] != kinds[1]:
            say(f"  {package.name}: files {sorted(found_ids)} {kinds[0]}, metadata {sorted(ids)} {kinds[1]}")
    say(
        f"{seen} packages with licence files and a known licence: {named} files named, {same_id} share an id,"
    )
    say(f"{same_type} same type; {1e6 * seconds / max(texts, 1):.0f} us of CPU per file, {texts} files")


def check_texts(package: Path) -> None:
    """Recognise every SPDX text as published, and with its placeholders filled in."""
    texts, known = read_texts(package), set(library().names)
    groups: dict[frozenset[int], list[str]] = {}
    for name, text in texts.items():
        groups.setdefault(frozenset(shingles_of(text).tolist()), []).append(name)
    names = {name: preferred(group) for group in groups.values() for name in group}
    for label, fill in (("as published", None), ("filled in", "2024 Example Ltd and others")):
        wrong, total = [], 0
        for name, text in texts.items():
            if names[name] in known:
                total += 1
                found = identify_licence_text((PLACEHOLDER.sub(fill, text) if fill else text).encode())
                if found != (names[name],):
                    wrong.append(f"{name} -> {', '.join(found) or 'nothing'}")
        say(f"SPDX texts {label}: {total - len(wrong)} of {total} right; wrong: {'; '.join(wrong)}")


def check_speed() -> None:
    """CPU time of deciding about real Python files, and of loading a long opt-out list."""
    site = Path(pytest.__file__).parents[1]
    contents = [path.read_bytes() for path in sorted(site.glob("*/*.py"))[:2000]]
    repository = Repository(licences=("mit",), licence_files={"LICENSE": b"The MIT License\n"})
    for headers in ("notices", "spdx"):
        licences = Licences(LicenceSettings.model_validate({"headers": headers}))
        seconds = []
        for _ in range(5):
            start = time.process_time()
            for content in contents:
                licences.decide("package/module.py", content, repository)
            seconds.append(time.process_time() - start)
        each = 1e6 * min(seconds) / len(contents)
        say(f"decide, headers={headers}: {each:.1f} us of CPU per file, {len(contents)} files")
    with TemporaryDirectory() as folder:
        path = Path(folder, "list.txt")
        path.write_text("".join(f"https://github.com/Owner{i % 99991}/Name-{i}.git\n" for i in range(10**6)))
        start = time.process_time()
        OptOut.load(OptOutSettings(files=(path,)))
        say(f"opt-out list of a million repositories: {time.process_time() - start:.1f} s of CPU")


def main() -> None:
    """Run the checks asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, help="archive of the npm package spdx-license-list")
    arguments = parser.parse_args()
    identify_licence_text(b"compile the kernels first")
    check_packages()
    check_speed()
    if arguments.texts:
        check_texts(arguments.texts)


if __name__ == "__main__":
    main()
