"""Fill-in-the-middle: a piece of a document -> prefix, suffix and middle, and back.

    settings      how often, where, in which order
    vocabulary    what each id is in bytes and characters
    text          ids <-> text in which special tokens are atoms
    measure       a run of ids in characters, and any stretch of it as ids
    cuts          where a gap begins and ends
    orders        prefix first or suffix first
    pieces        what is cut: a whole piece, or the files of a repository; what stays at the beginning
    permute       all of it: a piece -> the same with gaps, or as it is and why
    undo          the inverse

Nothing here reads files or knows of windows; see `training.data` for these.
"""
