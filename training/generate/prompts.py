r"""Text around a gap -> the ids that a model continues, in the layout that its family was trained on.

    build(coder, "def f(x):\n", "\n    return y", room=2048)   StarCoder and StarCoder2, prefix first (PSM):
        <fim_prefix>def f(x):\n<fim_suffix>\n    return y<fim_middle>
    build(coder, "import os\n", None, room=2048, where=Where("owner/name", "a.py"))      StarCoder2, no gap:
        <repo_name>owner/name<file_sep>a.py\nimport os\n

Special tokens are put as ids; text of a prompt is never read as one. What does not fit is cut where it is
farthest from the gap, and counted: other files first, then the prefix on the left, the suffix on the right.
Tokens at the edges of the text are not healed: a prompt that ends inside a word is continued as it is.
"""

from typing import NamedTuple

from curation.errors import BadConfigError, BadInputError
from curation.sentinels import FILENAME, REPONAME
from training.generate.settings import Order
from training.tokenizer.coder import Coder

FILL = "<FILL>"
"""Marks the gap in a file that is to be filled."""


class Where(NamedTuple):
    """Which file the text is of, as far as the model shall know."""

    repository: str | None = None
    """owner/name."""
    path: str | None = None
    """Path in the repository."""
    files: tuple[tuple[str, str], ...] = ()
    """Other files of the repository, path and text, the most useful one last; StarCoder2 only."""


class Prompt(NamedTuple):
    """What a model continues."""

    ids: list[int]
    lost_before: int = 0
    """Tokens of the prefix that were cut off on the left."""
    lost_after: int = 0
    """Tokens of the suffix that were cut off on the right."""
    lost_files: int = 0
    """Other files that were left out."""

    @property
    def losses(self) -> str:
        """What was cut, in words; empty if nothing was."""
        parts = (
            (self.lost_files, "other files"),
            (self.lost_before, "tokens at the beginning of the prefix"),
            (self.lost_after, "tokens at the end of the suffix"),
        )
        return ", ".join(f"{number:,} {what}" for number, what in parts if number)


class _Layout(NamedTuple):
    """The parts of a prompt around prefix and suffix."""

    outside: list[int]
    """Before the gap's own tokens."""
    files: list[list[int]]
    """Other files, inside `outside` behind the repository."""
    separator: list[int]
    """Begins the file, behind the other files."""
    inside: list[int]
    """At the beginning of the prefix, which may be put behind the suffix."""
    heading: str
    """At the beginning of the prefix's text."""


def split_at_mark(text: str, name: str = "the text") -> tuple[str, str]:
    """The texts before and after the mark of the gap.

    Args:
        text: With one <FILL>.
        name: What to call it in an error.

    Raises:
        BadInputError: If there is no mark, or more than one.
    """
    parts = text.split(FILL)
    if len(parts) != 2:
        raise BadInputError(f"{name}: expected {FILL} once, where the gap is; saw it {len(parts) - 1} times")
    return parts[0], parts[1]


def build(
    coder: Coder,
    prefix: str,
    suffix: str | None,
    room: int,
    *,
    where: Where | None = None,
    order: Order = "psm",
) -> Prompt:
    """The ids of a prompt.

    Args:
        coder: The model's tokenizer.
        prefix: Text before the gap, or all there is.
        suffix: Text after the gap; None to continue the prefix.
        room: Tokens that the prompt may have: the model's positions less those to be generated.
        where: Which file it is of.
        order: Prefix first (PSM), or suffix first (SPM, variant 2).

    Raises:
        BadConfigError: If the family has no layout for other files.
        BadInputError: If there is no room even for what marks the gap.
    """
    layout = _layout(coder, where or Where())
    before = coder.encode(layout.heading + prefix)
    after = coder.encode(suffix or "")
    marks = 0 if suffix is None else 3
    fixed = len(layout.outside) + len(layout.separator) + len(layout.inside) + marks
    files, used = list(layout.files), fixed + len(before) + len(after)
    while files and used + sum(map(len, files)) > room:
        files.pop(0)
    lost_before = lost_after = 0
    if used > room:
        heading = coder.encode(layout.heading)
        body = coder.encode(prefix)
        kept_before, kept_after = _share(room - fixed - len(heading), len(body), len(after))
        lost_before, lost_after = len(body) - kept_before, len(after) - kept_after
        before, after = heading + body[lost_before:], after[:kept_after]
    outside = layout.outside + [one for ids in files for one in ids] + layout.separator
    ids = _ordered(coder, outside, layout.inside + before, None if suffix is None else after, order)
    return Prompt(ids or [coder.specials.end], lost_before, lost_after, len(layout.files) - len(files))


def _share(space: int, before: int, after: int) -> tuple[int, int]:
    """Tokens that prefix and suffix may keep: half each, and what the other does not need.

    Raises:
        BadInputError: If there is no space at all.
    """
    if space < 1:
        raise BadInputError(
            f"the prompt has room for {space} tokens of text: ask for fewer new tokens, or leave out path "
            "and repository"
        )
    kept_after = min(after, max(space // 2, space - before))
    return min(before, space - kept_after), kept_after


def _ordered(
    coder: Coder, outside: list[int], before: list[int], after: list[int] | None, order: Order
) -> list[int]:
    """The parts in the order of the layout."""
    special = coder.specials
    if after is None:
        return outside + before
    if order == "psm":
        return [*outside, special.prefix, *before, special.suffix, *after, special.middle]
    return [*outside, special.prefix, special.suffix, *after, special.middle, *before]


def _layout(coder: Coder, where: Where) -> _Layout:
    """What stands around prefix and suffix, as the family was trained.

    StarCoder2: <repo_name>R<file_sep>path, new line, text<file_sep>...; the gap's tokens stand behind
    <file_sep>, the path in the prefix (its paper, section 5). StarCoder: <reponame>R<filename>path, new line
    (bigcode-dataset, add_content_with_meta.py).

    Raises:
        BadConfigError: If the family has no layout for what is known.
    """
    special = coder.specials
    known = {text: number for number, text in special.control.items()}
    if special.file_sep is not None and special.repo_name is not None:
        separator = special.file_sep
        return _Layout(
            [special.repo_name, *coder.encode(where.repository)] if where.repository else [],
            [[separator, *coder.encode(f"{path}\n{text}")] for path, text in where.files],
            [separator] if any(where) else [],
            [],
            f"{where.path}\n" if where.path else "",
        )
    if where.files:
        raise BadConfigError(f"{special.family} has no layout for several files; leave out the other files")
    inside: list[int] = []
    for token, text in ((REPONAME, where.repository), (FILENAME, where.path)):
        if text and token not in known:
            raise BadConfigError(f"{special.family} has no token {token}; leave out path and repository")
        inside += [known[token], *coder.encode(text)] if text else []
    return _Layout([], [], [], inside, "\n" if inside else "")
