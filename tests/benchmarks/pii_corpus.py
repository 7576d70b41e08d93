"""The text files of folders in an order that only their names decide, for the benchmarks of personal data.

    for name, text in texts([site_packages()], part=0, parts=3, megabytes=70): ...

Takes every regular file that is UTF-8 without NUL and at most 10 MB, whatever its name; a parquet file with
a column `content` gives its contents. It measures nothing.
"""

import hashlib
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

LARGEST_BYTES = 10_000_000
CONTENT = "content"


def site_packages() -> Path:
    """Where the packages of the running environment lie: real code, though mostly Python and C."""
    return Path(sysconfig.get_paths()["purelib"])


def texts(
    roots: list[Path], *, part: int = 0, parts: int = 1, megabytes: float = 0
) -> Iterator[tuple[str, str]]:
    """Names and texts of one part of a corpus, mixed.

    Args:
        roots: Folders.
        part: Which of the `parts` that files are dealt to by their names.
        parts: How many there are.
        megabytes: Stop when so much has been given; 0 gives all.
    """
    files = []
    for root in roots:
        for path in root.rglob("*"):
            number = _number(str(path.relative_to(root)))
            if number % parts == part and path.is_file() and not path.is_symlink():
                files.append((number, str(path.relative_to(root)), path))
    left = megabytes * 1e6 if megabytes else float("inf")
    for _, name, path in sorted(files):
        for place, content in _contents(path, name):
            text = _text(content)
            if text:
                yield place, text
                left -= len(content)
            if left <= 0:
                return


def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=6).digest())


def _contents(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".parquet":
        table = pq.ParquetFile(path)
        if CONTENT in table.schema_arrow.names:
            for batch in table.iter_batches(500, columns=[CONTENT]):
                for row, value in enumerate(batch.column(0).to_pylist()):
                    yield f"{name}:{row}", str(value or "").encode()
    elif 0 < path.stat().st_size <= LARGEST_BYTES:
        yield name, path.read_bytes()


def _text(content: bytes) -> str:
    """The text of a file, or nothing if it is not text."""
    if not content or len(content) > LARGEST_BYTES or b"\0" in content:
        return ""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return ""
