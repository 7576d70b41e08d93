"""Heads for classification: a tagger of personal data and secrets, a quality score.

    labelled   files of labelled texts -> rows          encoding   texts -> tokens with places, windows
    align      spans of characters <-> labels of tokens examples   rows -> windows with labels, held-out rows
    head       a model with a head, new or trained      run        all of it: train, go on, measure
    predict    what a head says of texts of any length  answered   files -> files with answers
    scores, measure, tables                             how good it is

It trains through `training.train`, under the same launchers, DeepSpeed settings and checkpoints. A tagger
serves as the model of `pii.names: ner` in curation.
"""
