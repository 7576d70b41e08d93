"""Notebooks for tests, as JSON."""

import json
from typing import Any

PYTHON = {"language_info": {"name": "python"}}
Row = dict[str, Any]


def code(source: object, *outputs: object) -> Row:
    """A code cell of format 4."""
    return {"cell_type": "code", "source": source, "outputs": list(outputs), "metadata": {}}


def text(source: object) -> Row:
    """A Markdown cell of format 4."""
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def raw(source: object) -> Row:
    """A raw cell of format 4."""
    return {"cell_type": "raw", "source": source, "metadata": {}}


def stream(printed: object) -> Row:
    """What a cell prints."""
    return {"output_type": "stream", "name": "stdout", "text": printed}


def result(**data: object) -> Row:
    """What a cell evaluates to; keywords are MIME types with _ for /."""
    return {"output_type": "execute_result", "data": {name.replace("_", "/"): data[name] for name in data}}


def notebook(*cells: object, metadata: object = PYTHON, **about: object) -> str:
    """A notebook of format 4."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells} | about)
