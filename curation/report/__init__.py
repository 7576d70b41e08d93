"""What a run did: its ledger and signals as tables, figures, a terminal table and one HTML page.

    views       run folder -> DuckDB connection with one view per question
    visible     hostile text -> text in which nothing hides
    summary     manifest -> a handful of numbers
    tables      who left where: funnels, reasons, sizes
    rules       the bounds of the filters as columns, so that SQL can decide
    thresholds  what a threshold does: survival curves, rule interaction, what-if
    examples    documents next to a threshold, with a snippet
    figures     the tables drawn
    gallery     every rule: its numbers, its curve, its examples
    text        the funnel for a terminal
    dedup       what the audit of near-dedup found, put together for a page or a notebook
    near_figures, near_text    the same drawn, and as tables for a terminal
    pii         what was redacted, where, by which rules, and what is probably left, as tables
    pii_lines   redactions in their lines, from the shards
    pii_figures, pii_view      the same drawn, and put together for a page or a notebook
    html        one self-contained page

The notebooks call these functions and hold no logic. Nothing here writes beside a run but `html`, which
writes one file. Import the modules, not this package: it loads nothing.
"""
