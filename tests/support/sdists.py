"""Source distributions of pinned versions, as published: nothing of them is built or run.

    python tests/support/sdists.py runs/sdists jupytext==1.19.1 seaborn==0.13.2

Writes DIR/<name>-<version>.tar.gz, each checked against the sha256 in its link, and skips those that are
there already. The index is the one that pip is configured with (PIP_INDEX_URL, then `pip config get
global.index-url`), else the public one. Unlike `pip download`, which asks each package's build system for
its metadata, this runs no code of a package.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

PUBLIC_INDEX = "https://pypi.org/simple"
TIMEOUT = 60
"""Seconds without an answer after which a download is given up."""
PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+_-]+)")


class Links(HTMLParser):
    """The links of an index page."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep where an <a> leads."""
        self.targets += [value for name, value in attrs if tag == "a" and name == "href" and value]


def index_url() -> str:
    """The package index that pip would ask, without a slash at its end."""
    stated = os.environ.get("PIP_INDEX_URL", "")
    if not stated:
        command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
        stated = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return (stated.strip() or PUBLIC_INDEX).rstrip("/")


def normal(name: str) -> str:
    """A project's name as indexes write it: lower case, runs of . _ - as one hyphen."""
    return re.sub(r"[-_.]+", "-", name).lower()


def find(page: str, name: str, version: str, base: str) -> tuple[str, str]:
    """Address and sha256 (64 hex digits) of the .tar.gz of a version.

    Args:
        page: The project's index page, HTML.
        name: Of the project.
        version: As in the file's name.
        base: Address of the page, which links may be relative to.

    Raises:
        ValueError: If the page has no such file, or states no sha256 for it.
    """
    links = Links()
    links.feed(page)
    for target in links.targets:
        address, fragment = urldefrag(urljoin(base, target))
        stem = urlsplit(address).path.rsplit("/", 1)[-1].removesuffix(".tar.gz")
        found_name, _, found_version = stem.rpartition("-")
        if (normal(found_name), found_version, address.endswith(".tar.gz")) == (normal(name), version, True):
            digest = re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)
            if not digest:
                raise ValueError(f"{name}=={version}: expected a link with #sha256=..., saw {fragment!r}")
            return address, digest[1]
    raise ValueError(f"{name}=={version}: no .tar.gz on its index page; check the version")


def fetch(address: str) -> bytes:
    """What is at an address.

    Raises:
        ValueError: If it is not http or https.
    """
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ValueError(f"expected an address with http or https, saw {urlsplit(address).scheme!r}")
    request = urllib.request.Request(address, headers={"Accept": "text/html, */*;q=0.1"})  # noqa: S310 - checked above
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - checked above
        content: bytes = answer.read()
    return content


def download(folder: Path, pin: str) -> Path:
    """The sdist of `name==version` in a folder, downloaded if it is not there yet.

    Raises:
        ValueError: If the pin is none, the index has no such file, or its bytes are not those it states.
    """
    parsed = PIN.fullmatch(pin)
    if not parsed:
        raise ValueError(f"expected name==version, saw {pin!r}")
    name, version = parsed.groups()
    target = folder / f"{normal(name)}-{version}.tar.gz"
    if target.exists():
        return target
    base = f"{index_url()}/{normal(name)}/"
    address, digest = find(fetch(base).decode("utf-8", "replace"), name, version, base)
    content = fetch(address)
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"{pin}: the sha256 of what was downloaded is not the one that the index states")
    folder.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_bytes(content)
    part.replace(target)
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """Download what the command line names; 1 if something could not be had."""
    parser = argparse.ArgumentParser(description="Download source distributions without running them.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("pins", nargs="+", metavar="name==version")
    options = parser.parse_args(arguments)
    failed = 0
    for pin in options.pins:
        try:
            sys.stdout.write(f"{download(options.folder, pin)}\n")
        except (ValueError, urllib.error.URLError, TimeoutError) as error:
            failed = 1
            sys.stderr.write(f"{pin}: {error}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
