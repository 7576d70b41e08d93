"""What happens to a checkpoint after it was written: resumed elsewhere, exported, merged.

    zero.py       the state that DeepSpeed wrote -> whole fp32 weights, one at a time, no code run
    weights.py    safetensors in and out, one weight at a time
    elastic.py    a ZeRO checkpoint -> training on another number of processes
    export.py     a checkpoint of any kind -> safetensors       adapter.py  a LoRA adapter, read and checked
    merge.py      adapter + base -> a model without adapters    base.py     where the base is
    layout.py     what a model's class expects                  folder.py   output that is whole or not there
    card.py       README.md beside what was written             commands.py merge, export, convert

Importing these modules imports neither torch nor DeepSpeed.
"""
