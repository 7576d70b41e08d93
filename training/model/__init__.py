"""The models that are trained: which they are, and in which form they are held.

    settings     which model, which adapters
    families     what differs between StarCoder and StarCoder2
    shapes       their published sizes                 make     random weights where none are continued
    load         weights, in the form that a run needs them
    lora         adapters on them

Importing these modules imports neither torch, transformers nor peft.
"""
