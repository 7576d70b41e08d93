"""The table of special tokens."""

import re
import subprocess
import sys

from curation import sentinels
from curation.sentinels import REDACTIONS, SENTINELS, STRUCTURE, Fim, fim, of


def test_starcoder_has_its_nineteen_tokens_in_the_order_of_its_vocabulary() -> None:
    """The ids of the published tokenizer are the places in this list."""
    assert of("starcoder") == (
        *("<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>", "<filename>"),
        *("<gh_stars>", "<issue_start>", "<issue_comment>", "<issue_closed>", "<jupyter_start>"),
        *("<jupyter_text>", "<jupyter_code>", "<jupyter_output>", "<empty_output>", "<commit_before>"),
        *("<commit_msg>", "<commit_after>", "<reponame>"),
    )


def test_starcoder2_has_the_tokens_of_its_papers_table_and_of_redaction() -> None:
    """16 tokens of pull requests, 18 others, 4 of redaction; none of those that are gone."""
    tokens = of("starcoder2")
    assert len(tokens) == len(set(tokens)) == 38
    assert len([token for token in tokens if token.startswith("<pr")]) == 16
    assert tokens[-4:] == REDACTIONS == ("<NAME>", "<EMAIL>", "<KEY>", "<PASSWORD>")
    assert not {"<reponame>", "<filename>", "<gh_stars>", "<commit_before>"} & set(tokens)


def test_fim_tokens_are_those_of_the_family() -> None:
    """SantaCoder writes hyphens; every one is a token of its family."""
    assert fim("starcoder") == fim("starcoder2")
    assert fim("starcoder2") == Fim("<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>")
    assert fim("santacoder") == Fim("<fim-prefix>", "<fim-middle>", "<fim-suffix>", "<fim-pad>")
    assert set(fim("santacoder")) < set(of("santacoder"))
    assert set(fim("starcoder")) < set(of("starcoder"))


def test_every_token_has_the_shape_that_makes_them_safe_to_find() -> None:
    """One "<" at the start, one ">" at the end, no white space: none overlaps or begins another."""
    assert len({one.text for one in SENTINELS}) == len(SENTINELS)
    assert all(re.fullmatch(r"<[^<>\s]+>", one.text) for one in SENTINELS)
    assert all(one.families and one.meaning for one in SENTINELS)
    assert {*STRUCTURE, *REDACTIONS} == {one.text for one in SENTINELS}


def test_every_named_token_is_in_the_table() -> None:
    """No constant of the module is a token that the table does not know."""
    named = {value for name, value in vars(sentinels).items() if name.isupper() and isinstance(value, str)}
    assert len(named) > 30
    assert named <= set(STRUCTURE)


def test_importing_the_table_imports_nothing_else_of_curation() -> None:
    """Training can have the tokens without the pipeline."""
    code = "import sys, curation.sentinels; print(sorted(m for m in sys.modules if m.startswith('curation')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['curation', 'curation.sentinels']"
