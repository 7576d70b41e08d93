"""Benchmarks -> the documents that hold their items, so that no model is trained on what it is tested with.

    settings     which benchmarks, which methods, what counts
    benchmarks   files, data sets and presets -> texts to look for, without those that are trivial
    matcher      a document -> hits, by four methods in one pass (tokens, streams, verify are its kernels)
    hits, report what was found, as rows, tables and text

The block `curation.blocks.decontaminate` drops what is contaminated. Importing this imports nothing.
"""
