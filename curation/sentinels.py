"""The special tokens of StarCoder, StarCoder2 and SantaCoder: what each is for, and whose it is.

    of("starcoder2")     -> ("<|endoftext|>", "<fim_prefix>", ..., "<PASSWORD>")
    fim("santacoder")    -> Fim("<fim-prefix>", "<fim-middle>", "<fim-suffix>", "<fim-pad>")

A table and nothing else: it finds and writes none of them (see `curation.render`), and it does not know
their ids, which are the tokenizer's. The training package imports this module and no other one of curation.
"""

from typing import Literal, NamedTuple

Family = Literal["starcoder", "starcoder2", "santacoder"]
Group = Literal["document", "fim", "file", "issue", "notebook", "commit", "pull", "translation", "redaction"]

_ALL: tuple[Family, ...] = ("starcoder", "starcoder2", "santacoder")
_BOTH: tuple[Family, ...] = ("starcoder", "starcoder2")
_ONE: tuple[Family, ...] = ("starcoder",)
_TWO: tuple[Family, ...] = ("starcoder2",)


class Sentinel(NamedTuple):
    """One special token."""

    text: str
    """As it is written: "<", then neither "<", ">" nor white space, then ">"; so none begins another."""
    group: Group
    """What it belongs to."""
    families: tuple[Family, ...]
    """Whose tokenizers have it."""
    meaning: str
    """What it says about the text that follows it."""


class Fim(NamedTuple):
    """The tokens of fill-in-the-middle of one family."""

    prefix: str
    middle: str
    suffix: str
    pad: str


END_OF_DOCUMENT = "<|endoftext|>"
REPONAME, FILENAME, GH_STARS = "<reponame>", "<filename>", "<gh_stars>"
REPO_NAME, FILE_SEP = "<repo_name>", "<file_sep>"
ISSUE_START, ISSUE_COMMENT, ISSUE_CLOSED = "<issue_start>", "<issue_comment>", "<issue_closed>"
JUPYTER_START, JUPYTER_TEXT, JUPYTER_CODE = "<jupyter_start>", "<jupyter_text>", "<jupyter_code>"
JUPYTER_OUTPUT, EMPTY_OUTPUT, JUPYTER_SCRIPT = "<jupyter_output>", "<empty_output>", "<jupyter_script>"
COMMIT_BEFORE, COMMIT_MSG, COMMIT_AFTER = "<commit_before>", "<commit_msg>", "<commit_after>"
PR, PR_STATUS, PR_IS_MERGED = "<pr>", "<pr_status>", "<pr_is_merged>"
PR_BASE, PR_FILE, PR_BASE_CODE = "<pr_base>", "<pr_file>", "<pr_base_code>"
PR_DIFF, PR_DIFF_HUNK, PR_COMMENT = "<pr_diff>", "<pr_diff_hunk>", "<pr_comment>"
PR_EVENT_ID, PR_REVIEW, PR_REVIEW_STATE = "<pr_event_id>", "<pr_review>", "<pr_review_state>"
PR_REVIEW_COMMENT = "<pr_review_comment>"
PR_REPLY_TO_REVIEW = "<pr_in_reply_to_review_id>"
PR_REPLY_TO_COMMENT = "<pr_in_reply_to_comment_id>"
PR_COMMENT_LINE = "<pr_diff_hunk_comment_line>"
CODE_TO_INTERMEDIATE, INTERMEDIATE_TO_CODE = "<code_to_intermediate>", "<intermediate_to_code>"

SENTINELS: tuple[Sentinel, ...] = (
    Sentinel(END_OF_DOCUMENT, "document", _ALL, "a document ends"),
    Sentinel("<fim_prefix>", "fim", _BOTH, "what comes before the gap"),
    Sentinel("<fim_middle>", "fim", _BOTH, "what fills the gap"),
    Sentinel("<fim_suffix>", "fim", _BOTH, "what comes after the gap"),
    Sentinel("<fim_pad>", "fim", _BOTH, "filling up to the length of the context"),
    Sentinel("<fim-prefix>", "fim", ("santacoder",), "what comes before the gap"),
    Sentinel("<fim-middle>", "fim", ("santacoder",), "what fills the gap"),
    Sentinel("<fim-suffix>", "fim", ("santacoder",), "what comes after the gap"),
    Sentinel("<fim-pad>", "fim", ("santacoder",), "filling up to the length of the context"),
    Sentinel(FILENAME, "file", _ONE, "path of the file"),
    Sentinel(GH_STARS, "file", _ONE, "stars of the repository, as a range"),
    Sentinel(ISSUE_START, "issue", _BOTH, "an issue: title and description"),
    Sentinel(ISSUE_COMMENT, "issue", _BOTH, "a comment"),
    Sentinel(ISSUE_CLOSED, "issue", _BOTH, "the issue is closed"),
    Sentinel(JUPYTER_START, "notebook", _BOTH, "a notebook"),
    Sentinel(JUPYTER_TEXT, "notebook", _BOTH, "a cell of text"),
    Sentinel(JUPYTER_CODE, "notebook", _BOTH, "a cell of code"),
    Sentinel(JUPYTER_OUTPUT, "notebook", _BOTH, "what the cell printed"),
    Sentinel(EMPTY_OUTPUT, "notebook", _BOTH, "the cell printed nothing"),
    Sentinel(COMMIT_BEFORE, "commit", _ONE, "a file before a commit"),
    Sentinel(COMMIT_MSG, "commit", _ONE, "the message of the commit"),
    Sentinel(COMMIT_AFTER, "commit", _ONE, "the file after the commit"),
    Sentinel(REPONAME, "file", _ONE, "name of the repository"),
    Sentinel(REPO_NAME, "file", _TWO, "name of the repository"),
    Sentinel(FILE_SEP, "file", _TWO, "a file of the repository"),
    Sentinel(JUPYTER_SCRIPT, "notebook", _TWO, "a notebook as one script"),
    Sentinel(CODE_TO_INTERMEDIATE, "translation", _TWO, "source code becomes intermediate code"),
    Sentinel(INTERMEDIATE_TO_CODE, "translation", _TWO, "intermediate code becomes source code"),
    Sentinel(PR, "pull", _TWO, "a pull request is opened or closed"),
    Sentinel(PR_STATUS, "pull", _TWO, "what has become of it"),
    Sentinel(PR_IS_MERGED, "pull", _TWO, "whether it is merged: True or False"),
    Sentinel(PR_BASE, "pull", _TWO, "the files that it changes, as they were"),
    Sentinel(PR_FILE, "pull", _TWO, "path of a file"),
    Sentinel(PR_BASE_CODE, "pull", _TWO, "the file before the change"),
    Sentinel(PR_DIFF, "pull", _TWO, "what it changes"),
    Sentinel(PR_DIFF_HUNK, "pull", _TWO, "one hunk of the change"),
    Sentinel(PR_COMMENT, "pull", _TWO, "a comment"),
    Sentinel(PR_EVENT_ID, "pull", _TWO, "number of a comment or review"),
    Sentinel(PR_REVIEW, "pull", _TWO, "a review"),
    Sentinel(PR_REVIEW_STATE, "pull", _TWO, "what the review says, such as approved"),
    Sentinel(PR_REVIEW_COMMENT, "pull", _TWO, "a comment on a line of the change"),
    Sentinel(PR_REPLY_TO_REVIEW, "pull", _TWO, "number of the review that it belongs to"),
    Sentinel(PR_REPLY_TO_COMMENT, "pull", _TWO, "number of the comment that it answers"),
    Sentinel(PR_COMMENT_LINE, "pull", _TWO, "line that it is about"),
    Sentinel("<NAME>", "redaction", _TWO, "the name of a person stood here"),
    Sentinel("<EMAIL>", "redaction", _TWO, "an e-mail address stood here"),
    Sentinel("<KEY>", "redaction", _TWO, "a key stood here"),
    Sentinel("<PASSWORD>", "redaction", _TWO, "a password stood here"),
)
"""All of them. StarCoder's and SantaCoder's: Megatron-LM's tokenizer.py and bigcode-evaluation-harness;
StarCoder's stand in the order of its vocabulary. StarCoder2's: its paper, table 5; redactions are plain text
in StarCoder's vocabulary, and special tokens of StarCoder2's published tokenizer."""

STRUCTURE: tuple[str, ...] = tuple(one.text for one in SENTINELS if one.group != "redaction")
"""Those that only a layout may write, of all families."""
REDACTIONS: tuple[str, ...] = tuple(one.text for one in SENTINELS if one.group == "redaction")
"""Those that stand inside texts because redaction puts them there."""


def of(family: Family) -> tuple[str, ...]:
    """The special tokens of a family's tokenizer, redactions last."""
    return tuple(one.text for one in SENTINELS if family in one.families)


def fim(family: Family) -> Fim:
    """The tokens with which a family fills gaps."""
    mark = "-" if family == "santacoder" else "_"
    return Fim(*(f"<fim{mark}{part}>" for part in ("prefix", "middle", "suffix", "pad")))
