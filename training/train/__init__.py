"""Settings -> a Trainer under DeepSpeed, with figures, whole checkpoints and exact resume.

    settings     how the weights move, what is kept, what is told
    session      the processes of a run, in the one order that works      noise    what libraries need not say
    arguments    settings -> transformers' TrainingArguments
    material     data, tokenizer and record of a run, checked             steps    how long it is
    fit          a model and samples -> trained weights: what chat and classification train with, too
    watch        the end of every step: stop in time, keep a record       figures  what is said of it
    counting     gaps and padding in a batch                              flops    work of a step
    kept         which checkpoints are whole, and which stay              memory   when it runs out
    run          all of this, from a configuration                        commands `training run`

Importing these modules imports neither torch nor transformers.
"""
