"""Pull requests -> title, description, base files, diffs, comments and reviews, as StarCoder2 learnt them.

    convert(PullRequest(7, "Add retries", ...), Repository("ann/tool"), PullSettings(), "ann/tool/7")
        -> Converted("pull-requests", "pull/7", parts=(Part("title", ...), ...)), or Refused with a reason

    settings       every limit, and the two profiles: the paper's and the released code's
    admit          which pull requests are taken at all
    who            which accounts are programs
    subsample      repositories with many pull requests keep fewer
    texts          titles, descriptions, comments
    files          which files are shown        file_rules   what their base must be like
    diff           which lines changed, in bounded time
    window         how much of a base file is shown
    hunks          changes as a unified diff    comment_hunks    the diff that a comment is about
    events         comments, reviews, updates and the closing, in order of time
    ids            GitHub's numbers -> small ones
    convert        all of it, in order

Opt-outs and licences are looked at elsewhere, as for every kind of document.
"""

from curation.structured.pulls.convert import KIND, convert
from curation.structured.pulls.settings import FileRules, PullSettings

__all__ = ["KIND", "FileRules", "PullSettings", "convert"]
