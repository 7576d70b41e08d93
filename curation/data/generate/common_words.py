"""Write curation/data/common_words.txt: words that are common in code and its documentation.

A login that is such a word (test, data, mark) cannot be told from the word, so usernames.py replaces it only
after an @ and where else nothing but a login can stand. A word is common if it stands, in lower case more
often than with a capital, in ten installed packages or more; names of people are written with a capital and
so fall out (john, alice), but for a few that are left out by hand. Words that mostly begin sentences or are
names in Python (author, none) need thirty packages.

    python curation/data/generate/common_words.py curation/data/common_words.txt [SITE_PACKAGES]

The result depends on what is installed; the file was made with the development environment. It holds single
words and how common they are decides which, nothing of the texts.
"""

import re
import sys
import sysconfig
from collections import Counter, defaultdict
from pathlib import Path

WORD = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2,24}(?![A-Za-z0-9])")
SUFFIXES = frozenset({".py", ".md", ".rst", ".txt"})
LARGEST = 300_000
"""Bytes of a file that is read, at most: larger ones are tables."""
PACKAGES, PACKAGES_CAPITAL = 10, 30
NAMES = frozenset({"alex", "david", "john", "kurt", "thomas", "timw", "travis", "xavier"})
"""Common in code, but as names of people."""
WIDTH = 110


def common(folder: Path) -> list[str]:
    """The common words of the packages in a folder, sorted."""
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    packages: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("*")):
        wanted = path.suffix in SUFFIXES or path.name == "METADATA"
        if not wanted or not path.is_file() or path.stat().st_size > LARGEST:
            continue
        package = path.relative_to(folder).parts[0].split("-")[0].lower()
        for word in set(WORD.findall(path.read_text("utf-8", errors="ignore"))):
            lower = word.lower()
            small[lower] += word == lower
            capital[lower] += word == lower.capitalize()
            packages[lower].add(package)
    return sorted(
        word
        for word, where in packages.items()
        if len(where) >= (PACKAGES if small[word] > capital[word] else PACKAGES_CAPITAL) and word not in NAMES
    )


def lines(words: list[str]) -> list[str]:
    """Words side by side, in lines that are not too long."""
    rows: list[str] = []
    for word in words:
        if rows and len(rows[-1]) + 1 + len(word) <= WIDTH:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return rows


def main() -> None:
    """Write the file that is named on the command line."""
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else sysconfig.get_paths()["purelib"])
    words = common(folder)
    head = f"# {len(words)} words common in code; written by curation/data/generate/common_words.py."
    Path(sys.argv[1]).write_text("\n".join([head, *lines(words), ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
