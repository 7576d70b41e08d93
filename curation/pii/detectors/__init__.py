"""One file per kind of personal data: a scan's hits -> spans, each decided in a window of bounded size.

    emails, addresses         addresses of people and of machines
    vendors, private_keys     keys in a format that says what they are (`rules` and `checks` are their data)
    secrets                   values that are given to a secret-like name (`secret_names`, `secret_values`)
    urls                      credentials in URLs, connection strings and headers
    names, usernames          people by author tags, copyright lines and trailers (`people`)
    ner                       people by a model that the user brings (`ner_windows`, `ner_spans`)

A detector is a module with triggers and `find(text, hits, context)`, a pure function. `placeholders` and
`entropy` answer for all of them what is an example and what looks random. Nothing here edits.
"""
