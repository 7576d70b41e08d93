"""Speed and agreement of the comment scanner and of the HTML text counter with other programs.

    python tests/benchmarks/comments_speed.py [FOLDER ...] [--html FOLDER ...] [--files N]

Python files are compared with stdlib tokenize and ast, other languages with pygments (its token classes,
without spaces), HTML with bs4 on html.parser if bs4 can be imported. Folders hold code of any language,
known by extension; the default is what is installed beside this Python. Shows tables, writes nothing.
"""

import argparse
import ast
import io
import random
import sys
import sysconfig
import time
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from pygments.lexers import get_lexer_by_name
from pygments.token import Token

from curation.kernels import Bytes
from curation.signals.comment_scan import COMMENT, STRING
from curation.signals.comments import count_spans, scan_language
from curation.signals.html import measure_html

LEXERS = {
    ".adb": ("Ada", "ada"),
    ".awk": ("Awk", "awk"),
    ".bat": ("Batchfile", "bat"),
    ".c": ("C", "c"),
    ".cc": ("C++", "cpp"),
    ".cmake": ("CMake", "cmake"),
    ".cpp": ("C++", "cpp"),
    ".cs": ("C#", "csharp"),
    ".css": ("CSS", "css"),
    ".dart": ("Dart", "dart"),
    ".el": ("Emacs Lisp", "emacs-lisp"),
    ".erl": ("Erlang", "erlang"),
    ".f90": ("Fortran", "fortran"),
    ".go": ("Go", "go"),
    ".groovy": ("Groovy", "groovy"),
    ".h": ("C++", "cpp"),
    ".hpp": ("C++", "cpp"),
    ".hs": ("Haskell", "haskell"),
    ".java": ("Java", "java"),
    ".js": ("JavaScript", "javascript"),
    ".kt": ("Kotlin", "kotlin"),
    ".lua": ("Lua", "lua"),
    ".m": ("Objective-C", "objective-c"),
    ".ml": ("OCaml", "ocaml"),
    ".php": ("PHP", "php"),
    ".pl": ("Perl", "perl"),
    ".pm": ("Perl", "perl"),
    ".ps1": ("PowerShell", "powershell"),
    ".rb": ("Ruby", "ruby"),
    ".rs": ("Rust", "rust"),
    ".scala": ("Scala", "scala"),
    ".sh": ("Shell", "bash"),
    ".sql": ("SQL", "sql"),
    ".swift": ("Swift", "swift"),
    ".tcl": ("Tcl", "tcl"),
    ".tex": ("TeX", "tex"),
    ".toml": ("TOML", "toml"),
    ".ts": ("TypeScript", "typescript"),
    ".vim": ("Vim Script", "vim"),
    ".xsl": ("XSLT", "xslt"),
    ".yaml": ("YAML", "yaml"),
    ".yml": ("YAML", "yaml"),
}
"""Extension to linguist name and pygments alias."""
LARGEST = 60_000
"""Bytes of the largest file that is given to pygments."""


def texts(folders: Sequence[Path], extensions: Sequence[str], limit: int) -> Iterator[tuple[str, str]]:
    """Up to `limit` random files of these extensions: extension and UTF-8 text with plain line ends."""
    found = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in extensions)
    random.Random(1).shuffle(found)
    for path in found[:limit]:
        content = path.read_bytes() if path.is_file() else b""
        plain = b"\r" not in content and b"\f" not in content and not content.startswith(b"\xef\xbb\xbf")
        if content and plain and content.decode("utf-8", "ignore").encode() == content:
            yield path.suffix, content.decode()


def say(line: str) -> None:
    """Show a line."""
    sys.stdout.write(line + "\n")


def as_bytes(text: str) -> Bytes:
    """UTF-8 bytes of a text."""
    return np.frombuffer(text.encode(), np.uint8)


def tokenize_characters(text: str) -> int:
    """Comment characters of a Python file: tokenize's comments, and string statements by ast."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    size = sum(len(token.string) for token in tokens if token.type == tokenize.COMMENT)
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        value = node.value if isinstance(node, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            part = lines[value.lineno - 1 : value.end_lineno]
            part[-1] = part[-1].encode()[: value.end_col_offset].decode()
            part[0] = part[0].encode()[value.col_offset :].decode()
            size += len("\n".join(part))
    return size


def python(folders: Sequence[Path], limit: int) -> None:
    """Print speed and agreement on Python files."""
    total = equal = size = 0
    ours = theirs = 0.0
    for _, text in texts(folders, [".py"], limit):
        begin = time.process_time()
        try:
            expected = tokenize_characters(text)
        except (SyntaxError, ValueError, RecursionError, tokenize.TokenError):
            continue
        middle = time.process_time()
        content = as_bytes(text)
        counts = count_spans(content, scan_language(content, "Python"))
        theirs, ours = theirs + middle - begin, ours + time.process_time() - middle
        total, equal, size = total + 1, equal + int(counts[0] == expected), size + len(content)
    say(f"Python: {total} files, comment characters equal in {equal} ({equal / max(1, total):.2%})")
    say(f"  tokenize and ast {size / 1e6 / theirs:.1f} MB/s, scan and count {size / 1e6 / ours:.0f} MB/s")


def scan_speed(folders: Sequence[Path], limit: int) -> None:
    """Print the speed of the scan and of the count alone, the best of three runs over some files."""
    for extension in (".py", ".js", ".h"):
        language = "Python" if extension == ".py" else LEXERS[extension][0]
        contents = [as_bytes(text) for _, text in texts(folders, [extension], limit)]
        scans, counts = [], []
        for _ in range(3 if contents else 0):
            begin = time.process_time()
            spans = [scan_language(content, language) for content in contents]
            middle = time.process_time()
            for content, found in zip(contents, spans, strict=True):
                count_spans(content, found)
            scans.append(middle - begin)
            counts.append(time.process_time() - middle)
        size = sum(map(len, contents)) / 1e6
        if contents:
            speeds = f"scan {size / min(scans):.0f} MB/s, count {size / min(counts):.0f} MB/s"
            say(f"{language}: {len(contents)} files, {size:.1f} MB, {speeds}")


def pygments_kinds(text: str, alias: str) -> Bytes:
    """What pygments calls each character: COMMENT, STRING or 0, shape (characters,)."""
    kinds = np.zeros(len(text), np.uint8)
    for start, kind, value in get_lexer_by_name(alias).get_tokens_unprocessed(text):
        end = start + len(value)
        code = kind in Token.Comment.Preproc or kind in Token.Comment.PreprocFile
        if (kind in Token.Comment and not code) or kind in Token.Literal.String.Doc:
            kinds[start:end] = COMMENT
        elif kind in Token.Literal.String:
            kinds[start:end] = STRING
    return kinds


def our_kinds(content: Bytes, text: str, language: str) -> Bytes:
    """What the scanner calls each character, shape (characters,)."""
    place = np.concatenate([[0], np.cumsum((content & 0xC0) != 0x80)])
    kinds = np.zeros(len(text), np.uint8)
    for start, end, kind, *_ in scan_language(content, language).tolist():
        kinds[place[start] : place[end]] = kind
    return kinds


def others(folders: Sequence[Path], limit: int) -> None:
    """Print agreement with pygments for every language: F1 over characters that are no space."""
    say("language            files  same comments  comment F1  string F1  pygments MB/s")
    for language in sorted({language for language, _ in LEXERS.values()}):
        extensions = [extension for extension, (name, _) in LEXERS.items() if name == language]
        alias, files, same, size, seconds = LEXERS[extensions[0]][1], 0, 0, 0, 0.0
        totals = np.zeros((3, 3))
        for _, whole in texts(folders, extensions, limit):
            text = whole.split("\n__END__\n")[0]  # pygments calls all that follows preprocessor, POD too
            if len(text) > LARGEST:
                continue
            begin = time.process_time()
            theirs = pygments_kinds(text, alias)
            seconds += time.process_time() - begin
            ours = our_kinds(as_bytes(text), text, language)
            solid = np.array([not character.isspace() for character in text])
            for kind in (COMMENT, STRING):
                one, two = (ours == kind) & solid, (theirs == kind) & solid
                totals[kind] += (one & two).sum(), one.sum(), two.sum()
            files, size = files + 1, size + len(text.encode())
            same += int((((ours == COMMENT) == (theirs == COMMENT)) | ~solid).all())
        if files:
            scores = [2 * both / (one + two) if one + two else 1.0 for both, one, two in totals]
            speed = size / 1e6 / max(seconds, 1e-9)
            say(f"{language:18} {files:6} {same:14} {scores[1]:11.4f} {scores[2]:10.3f} {speed:14.2f}")


def pages(folders: Sequence[Path], limit: int) -> None:
    """Print speed and agreement on HTML files with bs4's get_text after removing script and style."""
    if find_spec("bs4") is None:
        say("HTML: bs4 cannot be imported, so there is nothing to compare with")
        return
    soup_of = import_module("bs4").BeautifulSoup
    files = equal = same = size = 0
    ours = theirs = 0.0
    for _, text in texts(folders, [".html", ".htm"], limit):
        begin = time.process_time()
        soup = soup_of(text, features="html.parser")
        for element in soup(["script", "style"]):
            element.extract()
        expected = len(soup.get_text())
        middle = time.process_time()
        visible, share, failed = measure_html(text, "HTML")
        theirs, ours = theirs + middle - begin, ours + time.process_time() - middle
        files, equal, size = files + 1, equal + int(visible == expected), size + len(text.encode())
        keep = visible > 100 and share > 0.2 and not failed
        same += int(keep == (expected > 100 and expected > 0.2 * len(text)))
    say(f"HTML: {files} files, same decision in {same}, same count in {equal}")
    say(f"  bs4 {size / 1e6 / max(theirs, 1e-9):.1f} MB/s, ours {size / 1e6 / max(ours, 1e-9):.0f} MB/s")


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    installed = Path(sysconfig.get_paths()["purelib"])
    parser.add_argument("folders", nargs="*", type=Path, default=[installed], help="folders of code")
    parser.add_argument("--html", nargs="*", type=Path, default=[installed], help="folders of HTML")
    parser.add_argument("--files", type=int, default=16, help="files of each language for pygments")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    begin = time.process_time()
    scan_language(as_bytes("# a"), "Python")
    count_spans(as_bytes("# a"), scan_language(as_bytes("# a"), "Python"))
    measure_html("<p>", "HTML")
    say(f"load or compile the kernels: {time.process_time() - begin:.1f} s")
    python(options.folders, 100 * options.files)
    scan_speed(options.folders, 100 * options.files)
    pages(options.html, 25 * options.files)
    others(options.folders, options.files)


if __name__ == "__main__":
    main()
