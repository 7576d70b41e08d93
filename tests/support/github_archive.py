r"""Files as gharchive.org has them, made of GitHub's own examples of payloads.

    python tests/support/github_archive.py FOLDER                        one hour with each example once
    python tests/support/github_archive.py FOLDER --threads 500          and 500 threads of many comments
    python tests/support/github_archive.py FOLDER --threads 500 --megabytes 200 --package PACKAGE

The examples are those of the npm package @octokit/webhooks-examples (MIT), fetched by npm or, without it,
from the registry in `npm_config_registry`, unless `--package` names its unpacked folder, and refused unless
they are the very bytes that this file names. A webhook's payload is wrapped as GH Archive wraps it: type,
actor, repo and created_at around action, issue, comment, review and pull request.

There are few examples, so `--threads` makes more of the same shapes: an example is copied, its number, ids,
times, users and texts replaced. Texts are sentences from the documentation of the installed Python packages,
chosen by `--seed`: the same seed makes the same bytes on a machine with the same packages. About two in
three threads are issues, the others pull requests with reviews, comments and pushes. Hours overlap at
their edges: one event in a hundred is in two files. Beside the archive, contents.jsonl.gz has a small file
before and after each pull request, for the setting `contents`.
"""

import argparse
import base64
import copy
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sysconfig
import tarfile
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PACKAGE = "@octokit/webhooks-examples"
VERSION = "7.6.1"
INTEGRITY = "De6U3XB6O3DtCa7bKgCMzTHdeopqqZ6SNivMYJnK65ierKL1AnNIA0tkRYCRS7lwGT792d+Ps1WbfHlso6MynQ=="
"""SHA-512 of the package, base64, as the registry states it."""
REGISTRY_VARIABLE = "npm_config_registry"
REGISTRY = "https://registry.npmjs.org"
TYPES = {
    "issues": "IssuesEvent",
    "issue_comment": "IssueCommentEvent",
    "pull_request": "PullRequestEvent",
    "pull_request_review": "PullRequestReviewEvent",
    "pull_request_review_comment": "PullRequestReviewCommentEvent",
    "push": "PushEvent",
    "watch": "WatchEvent",
    "star": "WatchEvent",
    "fork": "ForkEvent",
    "create": "CreateEvent",
    "delete": "DeleteEvent",
    "release": "ReleaseEvent",
    "commit_comment": "CommitCommentEvent",
    "gollum": "GollumEvent",
    "member": "MemberEvent",
    "public": "PublicEvent",
}
"""Webhook -> event of the archive."""
OUTSIDE = ("repository", "sender", "organization", "installation", "enterprise")
"""What a webhook has in its payload and the archive does not."""
FIRST = 1_420_070_400
"""Time of the first event: 1 January 2015, when the format of today begins."""
USERS = ("a", "test", "username_1", "ann", "ann-b", "bob", "c++dev", "dependabot[bot]", "jenkins-ci", "zoe")
Json = dict[str, Any]


def fetch() -> Path:
    """The examples' folder, fetched and checked; kept in the user's cache.

    Raises:
        SystemExit: What comes is not the package that this file names.
    """
    folder = Path.home() / ".cache" / "webhooks-examples" / VERSION
    if (folder / "package" / "package.json").is_file():
        return folder / "package"
    data = _packed() if shutil.which("npm") else _downloaded()
    digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
    if digest != INTEGRITY:
        raise SystemExit(f"{PACKAGE} {VERSION} has SHA-512 {digest}, expected {INTEGRITY}: it is not taken")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def _packed() -> bytes:
    """The package as npm fetches it, with the registry and the credentials that npm is set up with."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
        return next(Path(folder).glob("*.tgz")).read_bytes()


def _downloaded() -> bytes:
    """The package where there is no npm."""
    names = (REGISTRY_VARIABLE, REGISTRY_VARIABLE.upper())
    registry = next((os.environ[name] for name in names if name in os.environ), REGISTRY).rstrip("/")
    url = f"{registry}/{PACKAGE}/-/webhooks-examples-{VERSION}.tgz"
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  # a registry, named by its user
        data: bytes = answer.read()
    return data


def examples(package: Path) -> dict[str, list[Json]]:
    """Webhook -> payloads, of all of GitHub's hosts that the package has examples of."""
    found: dict[str, list[Json]] = {}
    for path in sorted(package.glob("*/index.json")):
        for hook in json.loads(path.read_text(encoding="utf-8")):
            found.setdefault(hook["name"], []).extend(hook["examples"])
    return found


def wrapped(hook: str, payload: Json, number: int, created: int) -> Json:
    """A webhook's payload as an event of the archive."""
    sender = payload.get("sender", {})
    repository = payload.get("repository", {})
    return {
        "id": str(2_489_651_045 + number),
        "type": TYPES[hook],
        "actor": {
            "id": sender.get("id"),
            "login": sender.get("login"),
            "gravatar_id": "",
            "url": sender.get("url"),
            "avatar_url": sender.get("avatar_url"),
        },
        "repo": {
            "id": repository.get("id"),
            "name": repository.get("full_name"),
            "url": repository.get("url"),
        },
        "payload": {name: value for name, value in payload.items() if name not in OUTSIDE},
        "public": True,
        "created_at": _iso(created),
    }


def example_events(package: Path) -> Iterator[Json]:
    """Every example whose webhook is an event of the archive, once."""
    number = 0
    for hook, payloads in examples(package).items():
        for payload in payloads if hook in TYPES else ():
            yield wrapped(hook, payload, number, FIRST + number)
            number += 1


class Maker:
    """Makes threads of the shapes of the examples."""

    def __init__(self, package: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.examples = examples(package)
        self.sentences = _sentences(self.random)
        self.ids = 0

    def thread(self, number: int, comments: int) -> Iterator[Json]:
        """The events of one issue: opened, commented, often closed."""
        issue = self._copy("issues", "opened")
        repository = number % 7
        subject = issue["issue"]
        self._dress(subject, number)
        start = FIRST + number * 60
        yield self._event("issues", issue, repository, start)
        for position in range(comments):
            comment = self._copy("issue_comment", "created")
            comment["issue"] = subject
            self._say(comment["comment"], start + 90 * (position + 1))
            yield self._event("issue_comment", comment, repository, start + 90 * (position + 1))
        if self.random.random() < 0.7:
            closed = {**issue, "action": "closed", "issue": {**subject, "state": "closed"}}
            yield self._event("issues", closed, repository, start + 90 * (comments + 2))

    def pull(self, number: int, comments: int) -> Iterator[Json]:
        """The events of one pull request: opened, commented, reviewed, pushed to, closed."""
        opened = self._copy("pull_request", "opened")
        subject = opened["pull_request"]
        self._dress(subject, number)
        subject["base"]["sha"], subject["head"]["sha"] = self._sha(), self._sha()
        repository, time = number % 7, FIRST + number * 60
        yield self._event("pull_request", {**opened, "number": number}, repository, time)
        for _ in range(comments):
            time += 120
            hook = self.random.choice(["issue_comment", "pull_request_review", "pull_request_review_comment"])
            event = self._copy(hook, "submitted" if hook == "pull_request_review" else "created")
            if hook == "issue_comment":
                event["issue"] = {
                    **event["issue"],
                    **{k: subject[k] for k in ("number", "title", "body", "user")},
                }
                event["issue"]["pull_request"] = {"url": subject["url"], "html_url": subject["html_url"]}
            else:
                event["pull_request"] = subject
            said = event["review" if hook == "pull_request_review" else "comment"]
            self._say(said, time)
            if self.random.random() < 0.1:
                subject = {**subject, "head": {**subject["head"], "sha": self._sha()}}
            yield self._event(hook, event, repository, time)
        ended = {**subject, "state": "closed", "merged": self.random.random() < 0.6}
        closed = {**opened, "action": "closed", "number": number, "pull_request": ended}
        yield self._event("pull_request", closed, repository, time + 60)

    def other(self, number: int) -> Json:
        """An event that nothing is made of, of the size of an ordinary push."""
        hook = self.random.choice(["push", "star", "fork", "create"])
        return self._event(hook, self._copy(hook, None), number % 7, FIRST + number)

    def files(self, event: Json) -> Json:
        """A row of contents for a pull request that was opened."""
        pull = event["payload"]["pull_request"]
        before = "".join(f"def step_{line}(value):\n    return value + {line}\n\n\n" for line in range(20))
        return {
            "repo_name": event["repo"]["name"],
            "number": pull["number"],
            "head_commit": pull["head"]["sha"],
            "path": f"src/module_{pull['number'] % 5}.py",
            "before": before,
            "after": before.replace("return value + 7\n", "return value + 7 * value\n"),
        }

    def _copy(self, hook: str, action: str | None) -> Json:
        fitting = [p for p in self.examples[hook] if action is None or p.get("action") == action]
        found: Json = copy.deepcopy(self.random.choice(fitting))
        return found

    def _event(self, hook: str, payload: Json, repository: int, created: int) -> Json:
        self.ids += 1
        event = wrapped(hook, payload, self.ids, created)
        said = payload.get("comment") or payload.get("review") or payload.get("issue") or {}
        event["actor"]["login"] = (said.get("user") or {}).get("login", event["actor"]["login"])
        event["repo"] |= {"id": 1_000 + repository, "name": f"octo/project-{repository}"}
        return event

    def _dress(self, subject: Json, number: int) -> None:
        subject |= {"number": number, "id": 70_000_000 + number, "title": self._text(1)[:90]}
        subject["body"] = None if self.random.random() < 0.05 else self._text(6)
        subject["user"] = {**subject["user"], "login": self._user(), "type": "User"}

    def _say(self, said: Json, created: int) -> None:
        self.ids += 1
        user = self._user()
        said |= {"id": 90_000_000 + self.ids, "body": f"@{self._user()} {self._text(4)}"}
        said["submitted_at" if "submitted_at" in said else "created_at"] = _iso(created)
        said["user"] = {**(said["user"] or {}), "login": user, "type": "Bot" if "bot" in user else "User"}

    def _user(self) -> str:
        rare = self.random.random() < 0.5
        return self.random.choice(USERS) if rare else f"user{self.random.randrange(2_000)}"

    def _text(self, sentences: int) -> str:
        chosen = self.random.choices(self.sentences, k=self.random.randint(1, 2 * sentences))
        return " ".join(chosen)

    def _sha(self) -> str:
        return f"{self.random.getrandbits(160):040x}"


def _sentences(chance: random.Random) -> list[str]:
    """Sentences from the documentation of installed packages, or of this file where there is none."""
    site = Path(sysconfig.get_paths()["purelib"])
    texts = [__doc__ or ""]
    for path in sorted(site.glob("*.dist-info/METADATA"))[:60]:
        body = path.read_text(encoding="utf-8", errors="replace").partition("\n\n")[2]
        texts.append(body[:40_000])
    pieces = [" ".join(piece.split()) for text in texts for piece in text.split("\n\n")]
    sentences = sorted({piece for piece in pieces if 40 <= len(piece) <= 400})
    chance.shuffle(sentences)
    return sentences


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_hours(folder: Path, events: Iterable[Json], hours: int, chance: random.Random) -> int:
    """Write events into files of hours by their time, some of them twice; the bytes of all lines."""
    lines: list[list[bytes]] = [[] for _ in range(hours)]
    size = 0
    for event in events:
        line = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        first = chance.randrange(hours)
        for hour in (first, (first + 1) % hours) if chance.random() < 0.01 else (first,):
            lines[hour].append(line)
            size += len(line)
    for hour, held in enumerate(lines):
        path = folder / f"2015-01-01-{hour}.json.gz"
        path.write_bytes(gzip.compress(b"".join(held), 6, mtime=0))
    return size


def make(folder: Path, package: Path, *, threads: int, megabytes: float, hours: int, seed: int) -> int:
    """Write an archive, and contents.jsonl.gz in a folder of its own; the bytes of all lines."""
    (folder / "archive").mkdir(parents=True, exist_ok=True)
    maker = Maker(package, seed)
    rows: list[Json] = []

    def events() -> Iterator[Json]:
        yield from example_events(package)
        size, number = 0, 0
        while number < threads or size < megabytes * 1e6:
            number += 1
            comments = min(400, int(maker.random.paretovariate(1.1)))
            made = maker.pull(number, comments) if number % 3 == 0 else maker.thread(number, comments)
            for position, event in enumerate(made):
                if position == 0 and number % 3 == 0:
                    rows.append(maker.files(event))
                if megabytes:
                    size += len(json.dumps(event))
                yield event
            yield maker.other(number)

    size = write_hours(folder / "archive", events(), hours, random.Random(seed))
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    (folder / "contents.jsonl.gz").write_bytes(gzip.compress(content, 6, mtime=0))
    return size


def main() -> None:
    """Read the command line and make an archive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--package", type=Path, help="unpacked examples; fetched if not given")
    parser.add_argument("--threads", type=int, default=0, help="at least so many issues and pull requests")
    parser.add_argument("--megabytes", type=float, default=0.0, help="at least so many of JSON")
    parser.add_argument("--hours", type=int, default=2, help="files")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    size = make(
        options.folder,
        options.package or fetch(),
        threads=options.threads,
        megabytes=options.megabytes,
        hours=options.hours,
        seed=options.seed,
    )
    print(f"{options.folder}: {size / 1e6:.1f} MB of events in {options.hours} files")  # noqa: T201  # a script


if __name__ == "__main__":
    main()
