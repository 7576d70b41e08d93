"""Personal data and secrets: what they are, where they stand in a document, and what becomes of them.

    detect('password = "vT9#qmlw"')  ->  [Span(12, 20, "PASSWORD", "assigned-secret", 0.8)]

    candidates -> detectors -> engine -> redact

One scan of the document finds the places that are worth a look (`candidates`); detectors look at windows of
bounded size there and return spans (`detectors/`); the engine runs them inside presidio-analyzer, with what
the user adds (`extra/`), and says so if it cannot tell; `redact` is the only editor, and never breaks the
syntax of a file. `scorecard/` measures all of it on labelled and on planted secrets.

Importing this package imports none of it.
"""
