"""How fast and how right issues are cleaned. One table per word, all of them by default.

    python tests/benchmarks/issues.py threads    names in 50,000 comments of 5,000 users, and as published
    python tests/benchmarks/issues.py speed      MB/s of each step, on made-up threads of 12 comments
    python tests/benchmarks/issues.py hostile    the slowest step on texts of 64 kB that are made to be slow
    python tests/benchmarks/issues.py bots       people whom the rules of bots.toml take for programs
    python tests/benchmarks/issues.py language   how often the language of short prose is told wrongly

Speeds are of process CPU time on one core. The published method replaces the name of every user in every
text as a plain substring; it is our own small twin of it, and takes turns with ours.
"""

import argparse
import resource
import statistics
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path

import issues_corpus

from curation.structured.issues.bots import without_bots
from curation.structured.issues.convert import convert
from curation.structured.issues.settings import IssueSettings
from curation.structured.issues.texts import clean
from curation.structured.people.bots import is_bot
from curation.structured.people.email_text import strip_email
from curation.structured.people.prose import human_language, prose
from curation.structured.people.settings import bot_rules
from curation.structured.people.truncate import truncate
from curation.structured.people.usernames import Participants
from curation.structured.records import Thread

SUPPORT = Path(__file__).parents[1] / "support"
LANGUAGES = (
    "de",
    "fr",
    "es",
    "it",
    "pt_BR",
    "nl",
    "sv",
    "pl",
    "cs",
    "tr",
    "ru",
    "uk",
    "el",
    "zh_CN",
    "ja",
    "ko",
)
LETTERS = (20, 30, 40, 60, 80, 120)
SCORES = (0.5, 0.6, 0.7, 0.8, 0.9)
KEEP_ALL = IssueSettings(minimum_characters=0)


def say(text: str) -> None:
    """Print at once, so that a long run shows where it is."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def seconds(run: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def peak_megabytes() -> float:
    """Most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)  # bytes there, kilobytes here


def replace_all(thread: Thread) -> list[str]:
    """The published method: every name in every text, as a plain substring."""
    users = {comment.author: f"username_{number}" for number, comment in enumerate(thread.comments)}
    texts = [comment.text for comment in thread.comments]
    for name, number in users.items():
        texts = [text.replace(name, number) for text in texts]
    return texts


def mask_all(thread: Thread) -> list[str]:
    """Ours: learn who is mentioned, then replace."""
    people = Participants(comment.author for comment in thread.comments)
    for comment in thread.comments:
        people.learn(comment.text)
    return [people.mask(comment.text) for comment in thread.comments]


def threads() -> None:
    """Long threads: names alone, then everything."""
    say(
        f"{'comments':>10}{'users':>8}{'MB':>7}{'ours s':>9}{'published s':>13}"
        f"{'everything s':>14}{'peak MB':>9}"
    )
    for comments, users in ((2_000, 2_000), (5_000, 5_000), (50_000, 5_000)):
        thread = issues_corpus.thread(comments=comments, users=users)
        megabytes = sum(len(comment.text) for comment in thread.comments) / 1e6
        rounds = 3 if comments <= 5_000 else 1
        ours, published = [], []
        for _ in range(rounds):
            ours.append(seconds(partial(mask_all, thread)))
            if comments <= 5_000:
                published.append(seconds(partial(replace_all, thread)))
        whole = seconds(partial(convert, thread, KEEP_ALL))
        other = f"{statistics.median(published):13.2f}" if published else f"{'not run':>13}"
        say(
            f"{comments:10,}{users:8,}{megabytes:7.1f}{statistics.median(ours):9.2f}{other}{whole:14.2f}"
            f"{peak_megabytes():9.0f}"
        )


def speed() -> None:
    """Each step by itself and all of them, on usual threads."""
    made = [issues_corpus.thread(comments=12, users=4, seed=seed) for seed in range(400)]
    texts = [comment.text for thread in made for comment in thread.comments]
    megabytes = sum(map(len, texts)) / 1e6
    settings = IssueSettings()
    steps: dict[str, Callable[[], object]] = {
        "mail": lambda: [strip_email(text) for text in texts],
        "truncation": lambda: [
            truncate(text, lines=80, head=60, tail=20, marker="[Truncated]") for text in texts
        ],
        "mail and truncation of comments": lambda: [clean(thread.comments, settings) for thread in made],
        "bots": lambda: [without_bots(thread.comments, settings) for thread in made],
        "prose": lambda: [prose(text) for text in texts],
        "prose and language": lambda: [human_language(text) for text in texts],
        "names": lambda: [mask_all(thread) for thread in made],
        "everything": lambda: [convert(thread, settings) for thread in made],
        "everything but language": lambda: [convert(thread, IssueSettings(language=None)) for thread in made],
    }
    for run in steps.values():
        run()
    rounds = [{name: seconds(run) for name, run in steps.items()} for _ in range(5)]
    say(f"{len(made)} threads, {len(texts):,} comments, {megabytes:.1f} MB; median of 5 rounds")
    for name in steps:
        say(f"{name:34}{megabytes / statistics.median(row[name] for row in rounds):9.1f} MB/s")


def hostile() -> None:
    """The slowest texts for each step."""
    sys.path.insert(0, str(SUPPORT))
    import issue_hostile

    texts = issue_hostile.hostile(64 << 10)
    example = issues_corpus.thread(comments=30, users=10)
    settings = IssueSettings(minimum_characters=0)
    steps: dict[str, Callable[[str], object]] = {
        "mail": strip_email,
        "prose and language": human_language,
        "names": lambda text: Participants(["a", "k", "anna", "a-a", "x.y"]).mask(text),
        "everything": lambda text: convert(
            replace(
                example, title=text, comments=(replace(example.comments[0], text=text), *example.comments)
            ),
            settings,
        ),
    }
    human_language("Load the model before anything is timed, so that it does not count.")
    say(f"{len(texts)} texts of 64 kB; the slowest for each step, in seconds")
    for name, run in steps.items():
        times = sorted(
            ((seconds(partial(run, text)), made_of) for made_of, text in texts.items()),
            reverse=True,
        )
        say(f"{name:22}" + "   ".join(f"{taken:.3f} {made_of}" for taken, made_of in times[:3]))


def bots() -> None:
    """Logins of people that the rules take for programs."""
    spared = tomllib.loads(files("curation.data").joinpath("bots.toml").read_text("utf-8"))["spared"]
    authors = issues_corpus.author_logins()
    for made_of, logins in (("made of authors", authors), ("of the list `spared`", spared["logins"])):
        say(f"{len(logins):,} logins {made_of}; taken for programs:")
        published, careful = (
            Counter(filter(None, (is_bot(login, "User", bot_rules(profile)) for login in logins)))
            for profile in ("sc1", "default")
        )
        for rule in sorted(published | careful):
            say(f"  {rule:28}{published[rule]:6} published{careful[rule]:6} careful")
        say(f"  {'all':28}{published.total():6} published{careful.total():6} careful")


def _groups(texts: Iterable[str], letters: int) -> list[str]:
    """Texts joined until they hold so many letters of prose, a few hundred of them."""
    groups: list[str] = []
    current = ""
    for text in texts:
        current += f"{text}\n"
        if sum(map(str.isalpha, prose(current))) >= letters:
            groups.append(current)
            current = ""
    return groups[:: max(len(groups) // 400, 1)]


def language() -> None:
    """English taken for another language, and other languages that stay, by length and score."""
    say(
        "messages of installed programs; share of English dropped / share of 16 other languages kept, percent"
    )
    say(f"{'letters':>8}" + "".join(f"{f'score {score}':>16}" for score in SCORES))
    english = issues_corpus.messages("en")
    others = [issues_corpus.messages(name) for name in LANGUAGES]
    for letters in LETTERS:
        ours = [human_language(text, letters=1) for text in _groups(english, letters)]
        rest = [human_language(text, letters=1) for texts in others for text in _groups(texts, letters)]
        row = f"{letters:8}"
        for score in SCORES:
            dropped = statistics.fmean(found != "en" and sure >= score for found, sure in ours)
            kept = statistics.fmean(found == "en" or sure < score for found, sure in rest)
            row += f"{100 * dropped:8.2f}/{100 * kept:7.2f}"
        say(row)


def main() -> None:
    """Parse the arguments, time, print tables."""
    tables = {run.__name__: run for run in (threads, speed, hostile, bots, language)}
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="*", choices=[*tables, []], help="which tables (default: all)")
    for name in parser.parse_args().tables or tables:
        say(f"== {name}")
        tables[name]()


if __name__ == "__main__":
    main()
