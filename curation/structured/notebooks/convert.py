"""A notebook -> one document or reason per form that is asked for.

Which form needs what: a script needs the language and how its comments look, a structured document neither,
a Kaggle document Python. A notebook that cannot be read has one reason for all forms.
"""

from collections.abc import Iterator, Mapping

from curation.sources.base import Problem
from curation.structured.notebooks.kaggle import kaggle
from curation.structured.notebooks.language import Answer, language_of, scripts
from curation.structured.notebooks.read import Notebook, read
from curation.structured.notebooks.script import write
from curation.structured.notebooks.settings import Form, NotebookSettings
from curation.structured.notebooks.structured import triplets
from curation.structured.outcome import Converted, Kind, Refused

KINDS: Mapping[Form, Kind] = {
    "script": "jupyter-scripts",
    "structured": "jupyter-structured",
    "kaggle": "kaggle",
}
NO_ANSWER = Answer("", "")


def convert(content: bytes | str, path: str, settings: NotebookSettings) -> Iterator[Converted | Refused]:
    """One outcome for each of `settings.forms`, in their order, whatever the content.

    Args:
        content: Of the notebook, as stored.
        path: Of the notebook, which becomes that of every document.
        settings: What is made of it.
    """
    notebook = read(content, settings)
    if isinstance(notebook, Problem):
        yield from (Refused(KINDS[form], notebook) for form in settings.forms)
        return
    language = language_of(notebook, settings.magika_score)
    for form in settings.forms:
        made = _made(form, notebook, language, settings)
        if isinstance(made, Problem):
            yield Refused(KINDS[form], made)
        else:
            yield _with(made, path, notebook, language)


def _with(made: Converted, path: str, notebook: Notebook, language: Answer | Problem) -> Converted:
    """A document with what all forms of a notebook share."""
    name, method = NO_ANSWER if isinstance(language, Problem) else language
    return Converted(
        made.kind,
        path,
        text=made.text,
        parts=made.parts,
        language=made.language or name,
        language_method=made.language_method or method,
        changes=(*notebook.changes, *made.changes),
    )


def _made(
    form: Form, notebook: Notebook, language: Answer | Problem, settings: NotebookSettings
) -> Converted | Problem:
    """The text or parts of one form."""
    if form == "script":
        return _script(notebook, language, settings)
    if form == "kaggle":
        return _kaggle(notebook, language, settings)
    parts = triplets(notebook, settings)
    return parts if isinstance(parts, Problem) else Converted(KINDS[form], "", parts=parts)


def _kaggle(
    notebook: Notebook, language: Answer | Problem, settings: NotebookSettings
) -> Converted | Problem:
    """The Kaggle document, if the language is Python or the compiler can say that it is."""
    if isinstance(language, Problem):
        if not settings.kaggle.must_compile:
            return language
        language = Answer("Python", "compiler")
    if language.language != "Python":
        return Problem("not_python")
    parts = kaggle(notebook, settings)
    if isinstance(parts, Problem):
        return parts
    return Converted(
        KINDS["kaggle"], "", parts=parts, language=language.language, language_method=language.method
    )


def _script(
    notebook: Notebook, language: Answer | Problem, settings: NotebookSettings
) -> Converted | Problem:
    """The script, if the language is known and can hold comments."""
    if not any(cell.kind == "code" and cell.source.strip() for cell in notebook.cells):
        return Problem("no_code")
    if isinstance(language, Problem):
        return language
    how = scripts().get(language.language)
    if not how:
        return Problem("no_script_syntax", detail=language.language)
    text, change = write(notebook.cells, how, settings)
    return Converted(KINDS["script"], "", text=text, changes=(change,) if change else ())
