"""Write curation/data/pii/letter_pairs.json: how likely a letter follows another in words that people write.

The words are the parts of the identifiers and comments in the Python standard library (Python Software
Foundation licence), each distinct word once: "getUserName" counts as get, user, name. Only the statistic is
kept. A row of the table is the letter before ("^" is the beginning of a word), a column the letter after
("$" is the end); values are log2 of the probability in hundredths of a bit, smoothed by 0.2 of a word.

    python curation/data/generate/letter_pairs.py curation/data/pii/letter_pairs.json

The result depends on the Python release, which is stated in the file.
"""

import json
import re
import sys
import sysconfig
from collections import Counter
from math import log2
from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SMOOTHING = 0.2
LEFT_OUT = {"site-packages", "test", "tests", "idlelib", "lib2to3"}
WORDS = re.compile(r"[A-Z]?[a-z]{2,19}|[A-Z]{3,20}")


def words(root: Path) -> set[str]:
    """The distinct words of at least three letters in the Python files under `root`."""
    found: set[str] = set()
    for path in root.rglob("*.py"):
        if not LEFT_OUT.intersection(path.parts):
            found.update(word.lower() for word in WORDS.findall(path.read_text("utf-8", "replace")))
    return {word for word in found if len(word) > 2}


def table(found: set[str]) -> dict[str, list[int]]:
    """The rows of the file."""
    pairs = Counter(pair for word in found for pair in zip("^" + word, word + "$", strict=True))
    rows = {}
    for before in "^" + LETTERS:
        counts = [pairs[before, after] + SMOOTHING for after in LETTERS + "$"]
        rows[before] = [round(100 * log2(count / sum(counts))) for count in counts]
    return rows


def main(target: Path) -> None:
    """Write the file."""
    found = words(Path(sysconfig.get_paths()["stdlib"]))
    rows = ",\n".join(f'  "{before}": {json.dumps(row)}' for before, row in table(found).items())
    source = f"Python {sys.version.split()[0]} standard library, {len(found)} distinct words"
    target.write_text(f'{{\n  "source": "{source}",\n  "after": "{LETTERS}$",\n{rows}\n}}\n', "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
