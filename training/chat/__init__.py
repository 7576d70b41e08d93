"""Dialogues -> a model that answers: the path of a turn.

    rows -> messages -> tokens, of which only answers are learnt -> windows -> train -> samples, chat

    dialogue      how turns are marked; the same text for training, prompts and servers
    rows          files, folders and data sets -> rows
    messages      a row -> its turns, or why it is not used
    vocabulary    marks in the tokenizer and in the model          mask      turns -> ids, and what is learnt
    store         tokens of all dialogues, on disk                 windows   dialogues that share a window
    material      all that is checked and made before a device is used
    adapter       adapters, with rows for new marks
    train         settings -> a final model                        samples, card   what is written after it
    answer        a dialogue -> an answer                          chat, terminal  talking to a loaded model
    preview       what will be learnt, in colour

Template, data and samples have settings of their own; all else is set as in `training.config`.
"""
