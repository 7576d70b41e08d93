"""Tokens of documents -> windows -> batches.

    settings      length of windows, isolation
    reserve       how much of a window is kept free for what gaps add
    cutting       long documents -> pieces
    bestfit       sizes -> bins
    plan          which pieces make which window          plan_store   plans as files
    stream        the published way: one stream, cut into windows
    randomness    keyed draws, and the order of an epoch
    windows       what a window is made of -> what the model sees
    assemble      pieces -> a window
    dataset       all windows, by number
    collator      windows -> a batch in which documents see only themselves
    statistics    what windows are made of, in figures

A run makes `Windows(split, coder, fim, packing, seed, plans)` and a `Collator`; the rest serves these two.
"""
