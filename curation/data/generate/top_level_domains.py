"""Write curation/data/pii/tlds.txt from the suffix snapshot inside tldextract, the same bytes every time.

Only the names of top-level domains are taken, which are facts that IANA publishes; no rule, comment or order
of the list is. One name per line, sorted, in lower case; a name in other letters stands once as it is
written and once in its ASCII form:

    рф
    xn--p1ai

It takes no suffixes of more than one label and none of the private section. Needs tldextract:

    python curation/data/generate/top_level_domains.py curation/data/pii/tlds.txt
"""

import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

HEAD = """\
# Top-level domains, from the public suffix snapshot inside tldextract {}.
# Made by curation/data/generate/top_level_domains.py. Only the names are taken: facts that IANA publishes.
"""


def top_level_domains(snapshot: str) -> list[str]:
    """Names of the top-level domains in the text of a public suffix list, sorted."""
    public = snapshot.partition("===END ICANN DOMAINS===")[0]
    lines = (line.strip() for line in public.splitlines())
    rules = (line.removeprefix("*.") for line in lines if line and not line.startswith(("//", "!")))
    names = {rule for rule in rules if "." not in rule}
    return sorted(names | {name.encode("idna").decode() for name in names})


def main(output: str) -> None:
    """Read the snapshot of the installed tldextract, write the data file at `output`."""
    snapshot = files("tldextract").joinpath(".tld_set_snapshot").read_text(encoding="utf-8")
    names = top_level_domains(snapshot)
    text = HEAD.format(version("tldextract")) + "".join(f"{name}\n" for name in names)
    Path(output).write_text(text, encoding="utf-8")
    print(f"{len(names)} top-level domains in {output}")  # noqa: T201 - a script


if __name__ == "__main__":
    main(*sys.argv[1:])
