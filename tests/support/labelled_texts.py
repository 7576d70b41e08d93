r"""Texts that look a little like code, with e-mail addresses whose places are known, for heads to learn.

rows(2)[0] -> {"id": "text-0", "text": "self x return mail ida.kim@uni.edu\n...", "label": "mail",
               "spans": [{"start": 19, "end": 34, "tag": "EMAIL"}], "score": 0.25, "source": "file-0"}
"""

import json
import random
from pathlib import Path
from typing import Any

WORDS = ("import", "os", "return", "value", "of", "list", "file", "open", "x", "=", "y", "+", "1", "#", "for")
NAMES = ("anna", "ben", "carl", "dora", "emil", "fred", "gina", "hugo", "ida", "jon", "kim", "lea", "mia")
HOSTS = ("corp.org", "mail.net", "firm.com", "uni.edu", "home.io")
BEFORE = ("mail ", "author = '", "(", "<")
AFTER = ("'", " ", ")", "")
LINES = 4
"""Of a text."""


def rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Labelled texts of a few lines; half of them without an address."""
    rng = random.Random(seed)
    return [_row(rng, number) for number in range(count)]


def write(path: Path, labelled: list[dict[str, Any]]) -> Path:
    """Write rows as JSONL."""
    path.write_text("".join(json.dumps(row) + "\n" for row in labelled), encoding="utf-8")
    return path


def _row(rng: random.Random, number: int) -> dict[str, Any]:
    text, spans = "", []
    share = rng.choice((0.0, 0.75))
    for _ in range(LINES):
        text += " ".join(rng.choices(WORDS, k=rng.randint(2, 7))) + " "
        if rng.random() < share:
            text += rng.choice(BEFORE)
            address = f"{rng.choice(NAMES)}.{rng.choice(NAMES)}@{rng.choice(HOSTS)}"
            spans.append({"start": len(text), "end": len(text) + len(address), "tag": "EMAIL"})
            text += address + rng.choice(AFTER)
        text += "\n"
    return {
        "id": f"text-{number}",
        "text": text,
        "spans": spans,
        "label": "mail" if spans else "none",
        "score": len(spans) / LINES,
        "source": f"file-{number // 4}",
    }
