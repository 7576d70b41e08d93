"""Texts and switches that the tests of several signal groups share."""

import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import curation.signals
from curation.signals import encoded, primitives, repetition, scan, text

PACKAGES = ("pygments", "numba", "fsspec")
"""Installed packages whose Python files are measured: about 10 MB, of which 1 file in 20 is not ASCII."""

ODD_TEXTS = (
    "",
    "\n",
    "\r",
    "\r\n",
    "a",
    "a\rb\rc",
    "a\r\n\r\nb",
    "a\r\r\nb\n\r",
    "\x85a\u2028b\x1cc\x0bd\x0ce\n",
    "\x00\x00\n\x00",
    " \t\n\xa0\u3000\n",
    "x" * 63 + "é" + "x" * 63 + "\u2028" + "x" * 62 + "\u3000\u3000y",
    "x" * 61 + "\U0001f600" * 40 + "e\u0301" * 40,
    "שלום עולם\n\u0645\u0631\u062d\u0628\u0627\n" * 9,
    "中文注释\u3000空格\n" * 30,
    "²½Ⅷ٣_\uff11 ªK İ\ufffd\ufeff\n" * 5,
    "},\n},\n}\né\né\nab\n ab \n\xa0ab\u3000\n",
)
"""Line ends, white space, NULs, astral, combining and right-to-left characters, bytes across two blocks."""


@pytest.fixture(scope="session")
def real_texts() -> list[str]:
    """Python files of a few installed packages, and the odd texts."""
    root = Path(sysconfig.get_paths()["purelib"])
    files = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    assert len(files) > 500
    return [*(path.read_text("utf-8") for path in files), *ODD_TEXTS]


@pytest.fixture(scope="session")
def non_ascii_texts(real_texts: list[str]) -> list[str]:
    """Those of the real texts that are not ASCII, which take the slower way."""
    chosen = [text for text in real_texts if not text.isascii()]
    assert len(chosen) > 20
    return chosen


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every kernel of the package run as the plain Python that it is written in."""
    modules: tuple[ModuleType, ...] = (curation.signals, encoded, primitives, repetition, scan, text)
    for module in modules:
        for name, value in vars(module).copy().items():
            if hasattr(value, "py_func"):
                monkeypatch.setattr(module, name, value.py_func)
    with np.errstate(over="ignore"):  # 64-bit hashes wrap around
        yield
