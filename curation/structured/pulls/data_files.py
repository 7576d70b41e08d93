"""Keep few of the YAML and JSON files that programs write, or that make up most of a pull request.

    is_bulk("package-lock.json", "JSON", 0.1, settings) -> True
    is_bulk("config/app.yaml", "YAML", 0.6, settings)   -> True
    is_bulk("config/app.yaml", "YAML", 0.2, settings)   -> False

One in ten of them is kept (render.py of the-stack-v2); its diffs go with a file. Words are looked for in the
path as written, so unpack.json counts too, as published.
"""

from curation.draw import uniform
from curation.structured.pulls.settings import PullSettings


def is_bulk(path: str, language: str, share: float, settings: PullSettings) -> bool:
    """Whether a file is one of those of which few are kept.

    Args:
        path: Of the file.
        language: A linguist name.
        share: Of the base text shown that is this file's, 0 to 1.
        settings: The words, and the share from which a file counts.
    """
    keys = {"YAML": settings.yaml_keys, "JSON": settings.json_keys}.get(language)
    if keys is None:
        return False
    return share > settings.data_share or any(key in path for key in keys)


def kept(path: str, language: str, share: float, settings: PullSettings, document: str) -> bool:
    """Whether a file of that path and share is kept; the arguments are those of `is_bulk`."""
    if not is_bulk(path, language, share, settings):
        return True
    return uniform(settings.seed, document, f"keep data file {path}") < settings.data_keep
