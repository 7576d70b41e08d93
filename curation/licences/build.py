"""Writes `data/licence_fingerprints.json` from the texts of the SPDX licence list.

    npm pack spdx-license-list@6.12.0        (CC0-1.0, the npm package of the SPDX texts)
    python -m curation.licences.build spdx-license-list-6.12.0.tgz

Copyright lines and placeholders such as <year> are cut out, each licence becomes at most `KEEP` hashes
(the smallest ones, an unbiased sample of the whole), and texts that several ids share get one name.
Run by maintainers only; nothing imports it.
"""

import base64
import re
import sys
import tarfile
from pathlib import Path

import numpy as np
import orjson

from curation.licences.shingles import WORDS, Hashes, shingle
from curation.licences.tables import names_table

KEEP = 256
"""Hashes per licence; licences of fewer shingles are kept whole."""
LEAST = 8
"""Texts of fewer shingles say too little to be recognised."""
OUTPUT = Path(__file__).parents[1] / "data" / "licence_fingerprints.json"
CUT = re.compile(
    r"(?im)^\W*(?:portions )?copyright\W+(?:\(c\)|©|<|\[|\d).*$|<[^>\n]{1,60}>|\[[^\]\n]{1,60}\]|_{3,}"
)
"""What differs from copy to copy: copyright lines and placeholders."""
APPENDIX = re.compile(r"(?i)end of terms and conditions")
"""Many copies stop here, so such licences are kept with and without the rest."""


def shingles_of(text: str) -> Hashes:
    """Shingle hashes of a licence text in order, without what `CUT` takes out: shape (shingles,)."""
    parts = [shingle(np.frombuffer(part.encode() or b" ", np.uint8)) for part in CUT.split(text)]
    return np.concatenate(parts)


def preferred(names: list[str]) -> str:
    """The one name of a text that several SPDX ids share: "-only" first, then the shortest."""
    return min(names, key=lambda name: (not name.endswith("-only"), len(name), name))


def read_texts(package: Path) -> dict[str, str]:
    """SPDX id to licence text, from the npm package's archive."""
    texts: dict[str, str] = {}
    with tarfile.open(package) as archive:
        for member in archive:
            stored = archive.extractfile(member) if member.name.startswith("package/licenses/") else None
            if stored is not None:
                name = member.name.removeprefix("package/licenses/").removesuffix(".json")
                texts[name] = orjson.loads(stored.read())["licenseText"]
    return {name: text for name, text in texts.items() if not _is_variant(name, texts)}


def _is_variant(name: str, texts: dict[str, str]) -> bool:
    """Whether an id has the text of another: "or later" and bare ids of the GNU licences, old "with" ids."""
    return name.endswith(("+", "-or-later")) or "-with-" in name or f"{name}-only" in texts


def build(texts: dict[str, str]) -> list[dict[str, str | int]]:
    """One row per distinct text, so up to two for a licence.

    Returns:
        Name, length in shingles, and base64 of the hashes in little-endian order.
    """
    groups: dict[bytes, list[str]] = {}
    sizes: dict[bytes, int] = {}
    for name, text in sorted(texts.items()):
        for version in {text, APPENDIX.split(text)[0]}:
            whole = shingles_of(version)
            distinct = np.unique(whole)
            groups.setdefault(distinct.tobytes(), []).append(name)
            sizes[distinct.tobytes()] = whole.size
    rows: list[dict[str, str | int]] = []
    for stored, names in groups.items():
        distinct = np.frombuffer(stored, np.uint32)
        if distinct.size >= LEAST:
            sample = base64.b64encode(distinct[:KEEP].astype("<u4").tobytes()).decode()
            rows.append({"licence": preferred(names), "size": sizes[stored], "hashes": sample})
    return sorted(rows, key=lambda row: str(row["licence"]))


def main() -> None:
    """Write the data file from the archive named on the command line."""
    package = Path(sys.argv[1])
    rows = build(read_texts(package))
    note = f"Written by curation.licences.build from {package.name} (npm, CC0-1.0)."
    head = {"note": note, "words_per_shingle": WORDS, "most_hashes": KEEP}
    lines = [orjson.dumps(row).decode() for row in rows]
    body = orjson.dumps(head).decode()[:-1] + ',"licences":[\n' + ",\n".join(lines) + "\n]}\n"
    OUTPUT.write_text(body, encoding="utf-8")
    sys.stdout.write(
        f"{len(rows)} licences, {OUTPUT.stat().st_size:,} bytes, {len(names_table().exact)} aliases\n"
    )


if __name__ == "__main__":
    main()
