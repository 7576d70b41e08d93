r"""Documents with parts -> the texts that models are trained on, and back.

    render(Item(id="1", kind="issues", content="It breaks\nWith 2.0.", parts=...), RenderSettings())
        -> "<issue_start>Title: It breaks\nusername_0: With 2.0."

    settings        model family, chances of metadata, what becomes of forged special tokens
    item            a document as it comes, as it is rendered, as it is parsed
    guard           special tokens in data -> neutralised, and back
    pen, reader     what the layouts write and read with
    files, repositories, notebooks, issues, pulls, commits      one layout each: write and read
    layouts         which family has which layout; `render` and `parse`
    view            a rendered text with its special tokens in colours

Only a layout writes special tokens; all else goes through the guard. Nothing here reads or writes files.
Importing this package imports none of it.
"""
