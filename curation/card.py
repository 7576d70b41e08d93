"""The data card of a run: data/README.md, which lets `datasets` load the shards by language.

    load_dataset("runs/demo/data", "python") -> the Python shards

Its head is the YAML that the Hugging Face hub and `datasets` read: one configuration per language and
`default` for all. States counts and columns only; nothing of any content.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from curation.blocks.finish import shard_schema
from curation.dedup.near import NearSettings
from curation.document import FIELDS
from curation.shards import write_atomically


def write_card(run: Path, manifest: Mapping[str, Any]) -> None:
    """Write data/README.md for the shards that the manifest lists."""
    folder = run / "data"
    folder.mkdir(exist_ok=True)
    write_atomically(folder / "README.md", card(manifest).encode())


def card(manifest: Mapping[str, Any]) -> str:
    """The card's text."""
    shards = [file for file in manifest["files"] if file["role"] == "shard"]
    rows: dict[str, int] = {}
    for shard in shards:
        rows[shard["language"]] = rows.get(shard["language"], 0) + shard["rows"]
    languages = [language for language, count in sorted(rows.items()) if count]
    configs = [
        {"config_name": "default", "data_files": [f"{language}/*.parquet" for language in languages]},
        *({"config_name": language, "data_files": f"{language}/*.parquet"} for language in languages),
    ]
    head = yaml.safe_dump({"configs": configs} if languages else {}, sort_keys=False)
    meanings = {field.name: field.meaning for field in FIELDS} | {
        "id": "unit and row of the document in this run",
        "content": "the text, UTF-8",
        "cluster_id": "content id shared by all exact copies",
        "cluster_size": "how many exact copies the run has read, this one included",
        "near_cluster_id": "id of the document that is kept for this one and its near-duplicates",
        "near_cluster_size": "documents of its cluster of near-duplicates, this one included",
        "near_jaccard": "Jaccard similarity to that document, 1 for itself",
        "redactions": "spans of personal data and secrets that were replaced",
    }
    config = manifest["config"]
    near = NearSettings.model_validate(config["dedup"]["near"])
    schema = shard_schema(near, redacted=config["pii"]["enabled"])
    columns = "\n".join(f"| {c.name} | {c.type} | {meanings[c.name]} |" for c in schema)
    table = "\n".join(f"| {language} | {rows[language]:,} |" for language in languages)
    read, kept = manifest["passes"]["clean"]["read"], manifest["passes"]["finish"]["kept"]
    return (
        f"---\n{head}---\n\n# {manifest['name']}\n\n"
        f"{kept:,} of {read:,} documents, curated with configuration `{manifest['config_sha256']}`.\n\n"
        f"| language | documents |\n|---|---|\n{table}\n\n"
        f"| column | type | meaning |\n|---|---|---|\n{columns}\n"
    )
