r"""A commit that changes one file -> the parts before, message and after, as StarCoder learnt commits.

convert(Commit("Double it\n", ..., before=b"a = 1\n", after=b"a = 2\n"), settings, "octo/hello/3f2a...")
    -> Converted("commits", parts=(before "a = 1\n", message "Double it", after "a = 2\n"))

convert        the rules in the order of StarCoder's code, and the document
message        what a message says: its subject, and whether that is worth learning
change_range   the lines from the first to the last change
extension      which paths are code, and which only data
settings       the numbers
"""

from curation.structured.commits.convert import convert
from curation.structured.commits.settings import CommitSettings

__all__ = ["CommitSettings", "convert"]
