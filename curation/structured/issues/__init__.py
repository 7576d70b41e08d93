"""A thread of GitHub's issues -> title and comments of people who have numbers for names.

settings  thresholds, with the profiles of StarCoder and StarCoder2
texts     line ends, mail and length of one comment
bots      events of programs, and the comments that called them
rules     size, users and human language of what is left
convert   all of it in order: the document, or the reason against it
"""
