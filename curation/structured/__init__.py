"""Notebooks, issues, pull requests, commits -> the parts of a document, ready to be rendered.

    notebooks      .ipynb -> a script, and text, code and output in turn
    issues         a thread -> title and comments of people who have numbers for names
    pulls          a pull request -> title, base files, diffs, comments, reviews
    commits        a commit of one file -> before, message, after

    parts          how the parts of a document share one text
    records        what a source yields that is no file
    outcome        a document, or a reason against it

Nothing here reads or writes files, and nothing of a document is ever executed.
"""
