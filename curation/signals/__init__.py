r"""Text -> measurements, before any decision is made.

    measure("x = 1\n", language="Python")["max_line_length"] -> 5.0

Every number is a float; NaN means "not measured" (the comment share of a language without comment
syntax, the visible text of a file that is not HTML, a group that no filter of the profile needs).
A signal decides nothing; thresholds live in `curation.filters`.
"""
