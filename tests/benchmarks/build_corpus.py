"""Build a benchmark corpus of real code, in the shape of The Stack v1, from registry packages only.

    python tests/benchmarks/build_corpus.py /tmp/corpus --megabytes 300

Downloads pinned wheels (pip), npm tarballs (npm, if there is one) and Debian packages (apt-get, if there is
one), reads their text files without extracting anything to disk, drops exact copies, and writes
OUT/part-00000.parquet ... of about 32 MB of content each. What cannot be downloaded is named and left out;
the run fails only if fewer megabytes were found than asked for.
"""

import argparse
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

WHEELS = (
    "django==5.0.6",
    "sympy==1.12",
    "scipy==1.13.0",
    "pandas==2.2.2",
    "scikit-learn==1.4.2",
    "transformers==4.41.0",
    "ansible-core==2.16.6",
    "sphinx==7.3.7",
    "botocore==1.34.0",
    "kubernetes==29.0.0",
    "astropy==6.0.1",
    "sqlalchemy==2.0.30",
)
NPM = (
    "typescript@5.4.5",
    "three@0.160.1",
    "rxjs@7.8.1",
    "lodash@4.17.21",
    "core-js@3.37.0",
    "antd@5.16.5",
    "date-fns@3.6.0",
    "@angular/core@16.2.12",
    "react-native@0.73.8",
    "bootstrap@5.3.3",
    "mathjs@12.4.2",
)
DEBIAN = (
    "golang-golang-x-net-dev",
    "golang-golang-x-tools-dev",
    "librust-tokio-dev",
    "librust-syn-dev",
    "libboost1.74-dev",
    "linux-libc-dev",
    "libeigen3-dev",
    "openjdk-17-source",
    "perl-modules-5.36",
    "ruby-activerecord",
    "php-twig",
    "erlang-src",
    "vim-runtime",
    "r-base-core",
)
MAX_FILE = 10 << 20
SHARD = 32 << 20
EXTENSIONS = """
Python py pyi|C c h|C++ cpp hpp cc|JavaScript js mjs|TypeScript ts tsx|Java java|Go go|Rust rs|Ruby rb|PHP php
Perl pl pm|R r|Lua lua|Erlang erl|CSS css|SQL sql|Shell sh|JSON json|YAML yml yaml|Markdown md|HTML html
reStructuredText rst|XML xml|Text txt
"""
LANGUAGES = {
    extension: language
    for language, *extensions in (
        entry.split() for entry in EXTENSIONS.replace("\n", "|").split("|") if entry
    )
    for extension in extensions
}
STRING, INTEGER, FLOAT = pa.string(), pa.int64(), pa.float64()
REPO = [
    (f"max_{what}_{name}", kind)
    for what in ("stars", "issues", "forks")
    for name, kind in (
        ("repo_path", STRING),
        ("repo_name", STRING),
        ("repo_head_hexsha", STRING),
        ("repo_licenses", pa.list_(STRING)),
        ("count", INTEGER),
        (f"repo_{what}_event_min_datetime", STRING),
        (f"repo_{what}_event_max_datetime", STRING),
    )
]
SCHEMA = pa.schema(
    [
        ("hexsha", STRING),
        ("size", INTEGER),
        ("ext", STRING),
        ("lang", STRING),
        *REPO,
        ("content", STRING),
        ("avg_line_length", FLOAT),
        ("max_line_length", INTEGER),
        ("alphanum_fraction", FLOAT),
    ]
)


def download(folder: Path) -> Iterator[Path]:
    """Fetch the packages that can be fetched, kinds in turn so that languages mix; yield their files."""
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    pip += ["--python-version", "3.11", "--platform", "manylinux2014_x86_64", "--platform", "any"]
    pip += ["--platform", "manylinux_2_17_x86_64", "-d", "."]
    commands = [[(name, [*pip, name]) for name in WHEELS]]
    if shutil.which("npm"):
        commands.append([(name, ["npm", "pack", "--silent", name]) for name in NPM])
    if shutil.which("apt-get") and shutil.which("dpkg-deb"):
        commands.append([(name, ["apt-get", "download", "-qq", name]) for name in DEBIAN])
    for turn in zip_longest(*commands):
        for name, command in filter(None, turn):
            yield from fetch(folder, name, command)


def fetch(folder: Path, name: str, command: list[str]) -> Iterator[Path]:
    """Run a download in a folder of its own, unless it was done before; yield what it left."""
    target = folder / name.replace("/", "_")
    if not target.is_dir():
        scratch = folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        result = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        if result.returncode:
            sys.stderr.write(f"left out {name}: {result.stderr.strip()[-200:]}\n")
            return
        scratch.rename(target)
    yield from sorted(target.iterdir())


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the regular files of a wheel, an npm tarball or a Debian package."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            yield from zip_members(archive)
    elif path.suffix == ".deb":
        unpacked = subprocess.run(
            ["dpkg-deb", "--fsys-tarfile", path], capture_output=True, check=True
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(unpacked)) as tar:
            yield from tar_members(tar)
    else:
        with tarfile.open(path) as tar:
            yield from tar_members(tar)


def zip_members(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the files of a zip archive."""
    for info in archive.infolist():
        if not info.is_dir() and 0 < info.file_size <= MAX_FILE:
            yield info.filename, archive.read(info)


def tar_members(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the files of a tar archive; a source zip inside it is opened."""
    for info in archive:
        stream = archive.extractfile(info) if info.isfile() else None
        if stream and info.name.endswith("/src.zip"):
            yield from zip_members(zipfile.ZipFile(io.BytesIO(stream.read())))
        elif stream and 0 < info.size <= MAX_FILE:
            yield info.name, stream.read()


def rows(packages: Iterator[Path]) -> Iterator[dict[str, object]]:
    """Text files of the packages as rows of The Stack v1, without exact copies."""
    seen: set[bytes] = set()
    for package in packages:
        for path, content in members(package):
            suffix = PurePosixPath(path).suffix[1:].lower()
            digest = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).digest()
            if suffix not in LANGUAGES or digest in seen or b"\0" in content:
                continue
            try:
                text = content.decode()
            except UnicodeDecodeError:
                continue
            seen.add(digest)
            yield row(package.stem, path, suffix, digest.hex(), text)


def row(repository: str, path: str, suffix: str, digest: str, text: str) -> dict[str, object]:
    """One row with all 29 columns."""
    lines = [len(line) for line in text.splitlines()] or [0]
    repo: dict[str, object] = dict.fromkeys(name for name, _ in REPO)
    repo |= {
        "max_stars_repo_path": path,
        "max_stars_repo_name": f"packages/{repository}",
        "max_stars_repo_head_hexsha": digest,
        "max_stars_repo_licenses": ["MIT"],
        "max_stars_count": int(digest[:4], 16) % 5000,
    }
    return {
        "hexsha": digest,
        "size": len(text.encode()),
        "ext": suffix,
        "lang": LANGUAGES[suffix],
        **repo,
        "content": text,
        "avg_line_length": sum(lines) / len(lines),
        "max_line_length": max(lines),
        "alphanum_fraction": sum(map(str.isalnum, text)) / len(text),
    }


def main() -> None:
    """Build the corpus."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder for the shards")
    parser.add_argument("--megabytes", type=int, default=300, help="stop after so much content (default 300)")
    parser.add_argument("--downloads", type=Path, help="folder for the packages (default OUT/downloads)")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    total, size, shard, batch = 0, 0, 0, []
    for found in rows(download(arguments.downloads or arguments.out / "downloads")):
        batch.append(found)
        size += int(str(found["size"]))
        if size >= SHARD:
            write(arguments.out, shard, batch)
            total, size, shard, batch = total + size, 0, shard + 1, []
        if total + size >= arguments.megabytes * 1_000_000:
            break
    write(arguments.out, shard, batch)
    total += size
    sys.stdout.write(f"{total / 1e6:.0f} MB of content in {shard + 1} shards in {arguments.out}\n")
    if total < arguments.megabytes * 1_000_000:
        sys.exit(f"expected {arguments.megabytes} MB; see above what could not be downloaded")


def write(out: Path, shard: int, batch: list[dict[str, object]]) -> None:
    """Write one shard, row groups of 1,000 rows."""
    table = pa.Table.from_pylist(batch, schema=SCHEMA)
    pq.write_table(table, out / f"part-{shard:05d}.parquet", compression="snappy", row_group_size=1000)


if __name__ == "__main__":
    main()
