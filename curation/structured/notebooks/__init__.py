"""Notebooks -> scripts, structured documents (text, code and output in turn) and Kaggle documents.

    convert(b'{"nbformat": 4, "cells": [...], ...}', "train.ipynb", NotebookSettings())
        -> Converted("jupyter-scripts", "train.ipynb", text="# %% [markdown]..."),
           Converted("jupyter-structured", "train.ipynb", parts=(Part("text", ...), Part("code", ...), ...))

    settings      what is made of a notebook
    read          JSON of formats 1 to 4 -> cells, mended
    language      what a notebook says of its language -> linguist name
    magics        commands for the kernel -> comments
    script        cells -> a script in percent format
    outputs       what cells have printed -> text
    structured    cells -> text, code and output in turn
    kaggle        cells -> a script below what is known of its data
    convert       the forms that are asked for

Any input has one outcome per form. Nothing is executed, and no path or extension is taken from a notebook.
"""

from curation.structured.notebooks.convert import convert
from curation.structured.notebooks.settings import NotebookSettings

__all__ = ["NotebookSettings", "convert"]
