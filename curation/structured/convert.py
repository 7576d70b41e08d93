"""What a source yields -> the documents that it becomes, each whole or refused with a reason.

    converter.documents(SourceFile("train.ipynb", b"{...}", ...)) -> Converted("jupyter-scripts", ...), ...
    converter.documents(SourceFile("a.py", b"x = 1", ...))        -> None: it is a document as it stands

Chooses the converter and nothing else. A notebook may become several documents, every record one.
"""

from collections.abc import Iterator
from typing import NamedTuple

from curation.decode import DecodeSettings
from curation.optout import OptOut
from curation.problem import Problem
from curation.sources.base import SourceFile
from curation.structured import commits, notebooks, pulls
from curation.structured.commits import CommitSettings
from curation.structured.consent import without
from curation.structured.issues import convert as issues
from curation.structured.issues.settings import IssueSettings
from curation.structured.notebooks import NotebookSettings
from curation.structured.outcome import Converted, Kind, Refused
from curation.structured.pulls import PullSettings
from curation.structured.records import Commit, PullRequest, Record, Thread

NOTEBOOK = ".ipynb"
Made = Converted | Refused


class Settings(NamedTuple):
    """How each kind is made."""

    notebooks: NotebookSettings = NotebookSettings()
    issues: IssueSettings = IssueSettings()
    pull_requests: PullSettings = PullSettings()
    commits: CommitSettings = CommitSettings()


class Converter:
    """Makes the documents of one unit after the other."""

    def __init__(self, settings: Settings, decoding: DecodeSettings, optout: OptOut) -> None:
        """Convert.

        Args:
            settings: How each kind is made.
            decoding: How the files of a commit become text.
            optout: Whose words are left out.
        """
        self.settings = settings
        self.decoding = decoding
        self.optout = optout
        self.seen: set[str] = set()
        """Files of the unit of which a commit was taken."""

    def begin(self) -> None:
        """Start a unit; nothing that follows depends on the units before."""
        self.seen = set()

    def documents(self, file: SourceFile) -> Iterator[Made] | None:
        """What a file or record becomes, at least one document; None if it is to be read as it stands."""
        content = file.content
        if content is None:
            return None
        if isinstance(content, Thread | PullRequest | Commit):
            return iter((self._record(file, content),))
        if self.settings.notebooks.enabled and file.path.lower().endswith(NOTEBOOK):
            return notebooks.convert(content, file.path, self.settings.notebooks)
        return None

    def _record(self, file: SourceFile, record: Record) -> Made:
        """The document of a record; its random choices depend on its repository and its own name only."""
        kind, settings, repository = kind_of(record), self.settings, file.repository
        left = without(record, self.optout)
        if isinstance(left, str):
            return Refused(kind, Problem(left))
        if isinstance(left, Thread):
            return issues.convert(left, settings.issues)
        if isinstance(left, PullRequest):
            name = f"{repository.name}/{left.number}"
            return pulls.convert(left, repository, settings.pull_requests, name)
        name = f"{repository.name}/{repository.revision}"
        return commits.convert(left, settings.commits, name, self.seen, self.decoding)


def kind_of(record: Record) -> Kind:
    """The kind of document that a record becomes."""
    if isinstance(record, Thread):
        return "issues"
    return "pull-requests" if isinstance(record, PullRequest) else "commits"
