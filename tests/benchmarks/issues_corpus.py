"""What the benchmark of issues reads: made-up threads, names of authors, translated messages.

    thread(comments=50_000, users=5_000)    a made-up thread in which people mention and quote each other
    author_logins()                         logins as authors of installed software might have them
    messages("de")                          the messages of installed programs in a language

All but the made-up ones depend on what is installed; nothing is downloaded, and nothing is measured here.
"""

import gettext
import gzip
import io
import random
import re
import sysconfig
import unicodedata
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from curation.structured.people.words import common_words
from curation.structured.records import Comment, Thread

SYLLABLES = ("ka", "lo", "mi", "ren", "tor", "vin", "sha", "dor", "bel", "zi", "nak", "pru", "gle", "ost")
CODE = "```python\nfor index, value in enumerate(values):\n    print(index, value)\n```\n"
TRACE = 'Traceback (most recent call last):\n  File "run.py", line 3, in main\nValueError: wrong value\n'
MAIL = (
    "\n\nOn Mon, Jan 4, 2016 at 3:04 PM, {0} <notifications@github.com>\nwrote:\n\n> {1}\n>\n> \u2014\n"
    "> Reply to this email directly or view it on GitHub\n> <https://github.com/o/r/issues/7>.\n"
)


def login(generator: random.Random, number: int) -> str:
    """A made-up login, different for each number."""
    return "".join(generator.choices(SYLLABLES, k=3)) + generator.choice(["", "-"]) + f"x{number}"


def thread(*, comments: int, users: int, seed: int = 0) -> Thread:
    """A thread whose comments hold prose, code, traces, mail and mentions; all users write at least once."""
    generator = random.Random(seed)
    logins = [login(generator, number) for number in range(users)]
    words = sorted(word for word in common_words() if len(word) > 2)
    made: list[Comment] = []
    for number in range(comments):
        author = logins[number % users] if number < users else generator.choice(logins)
        text = " ".join(generator.choices(words, k=generator.randint(5, 60))).capitalize() + ".\n"
        other = generator.choice(logins)
        text += generator.choices(
            [
                "",
                f"@{other} thanks, {author} out.\n",
                CODE,
                TRACE,
                MAIL.format(other, text[:60]),
                f"> {text}\nNo.\n",
            ],
            weights=[30, 30, 15, 10, 5, 10],
        )[0]
        made.append(Comment(author, "User", text, "created" if number else "opened"))
    return Thread(7, "It breaks", tuple(made))


def author_logins() -> list[str]:
    """Logins made from names and mail addresses of authors in installed packages and system packages."""
    names: set[str] = set()
    made: set[str] = set()
    for text in _author_texts():
        names.update(re.findall(r"([^\W\d_][\w'.-]+(?: [^\W\d_][\w'.-]*){1,2})\s*<[^<>@\s]+@", text))
        made.update(re.findall(r"<([A-Za-z0-9._-]{2,39})@[\w.-]+>", text))
    for name in names:
        ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        parts = [re.sub("[^A-Za-z]", "", part) for part in ascii_name.split()]
        first, last = (parts[0], parts[-1]) if len(parts) > 1 else ("", "")
        if len(first) > 1 and len(last) > 1:
            made.update((f"{first}{last}", f"{first[0]}{last}", f"{first}-{last}", last, f"{last}{first[0]}"))
    return sorted(made)


def _author_texts() -> Iterator[str]:
    """Texts that name authors with their addresses."""
    for distribution in distributions():
        fields = distribution.metadata.json
        yield f"{fields.get('author_email', '')}\n{fields.get('maintainer_email', '')}"
    folders = (Path("/usr/share/doc"), Path(sysconfig.get_paths()["purelib"]))
    patterns = (
        "*/AUTHORS*",
        "*/changelog.Debian.gz",
        "*.dist-info/**/AUTHORS*",
        "*.dist-info/**/CONTRIBUTORS*",
    )
    for path in sorted(path for folder in folders for pattern in patterns for path in folder.glob(pattern)):
        if not path.is_file():
            continue
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        yield content.decode("utf-8", errors="ignore")


def messages(language: str) -> list[str]:
    """Messages of installed programs in a language, of one line and several words; in English for "en"."""
    folder = Path("/usr/share/locale") / ("de" if language == "en" else language) / "LC_MESSAGES"
    found: list[str] = []
    for path in sorted(folder.glob("*.mo")):
        try:
            catalogue = gettext.GNUTranslations(io.BytesIO(path.read_bytes()))._catalog  # type: ignore[attr-defined]
        except UnicodeDecodeError:  # a catalogue that states no charset
            continue
        for key, value in catalogue.items():
            text = key if language == "en" else value
            if (
                isinstance(text, str)
                and isinstance(key, str)
                and key.count(" ") >= 3
                and "\n" not in text.strip()
            ):
                found.append(re.sub(r"%[-+ #0-9.$*]*[a-zA-Z]+", "", text).strip())
    return found
