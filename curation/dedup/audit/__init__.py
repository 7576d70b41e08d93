"""Near-dedup looked at from outside: was what it dropped similar, and what did it miss?

    books       run folder -> its settings, signatures and decisions, or why there are none
    scan        decisions -> cluster sizes, a random sample of dropped documents, those least similar
    texts       document ids -> their texts and shingle sets, read from the row groups that hold them
    sample      dropped documents -> their true similarity to what was kept (precision)
    plant       texts -> near-duplicates of known similarity, and how many are found (recall)
    edges       verified and refused pairs -> histogram, and those next to the threshold
    clusters    the largest clusters: what is in them
    sidebyside  two texts -> the lines in which they differ, next to each other
    rates       how much of each language near-dedup keeps
    compare     two runs, or two clusterings -> documents and pairs on which they disagree
    audit       all of that about one run

Nothing here changes a run. Import the modules, not this package: it loads nothing.
"""
