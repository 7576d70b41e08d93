"""What the model will see, shown before any device is used.

    source    windows of a run, or of a few documents where nothing is tokenised yet
    view      a window -> segments, parts, tokens as text      figures   what windows come to
    terminal, page, plain    the same for people at a terminal, in a browser, and for machines
    visible   text of strangers in which nothing hides         words     figures in words

Uses the tokenizer, the token store and the windows, and imports no torch.
"""
