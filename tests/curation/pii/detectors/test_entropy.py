"""Random values are told from words."""

import random
import string

import pytest

from curation.pii.detectors.entropy import looks_random, shannon, word_likeness


@pytest.mark.parametrize(
    ("value", "bits"), [("", 0.0), ("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0), ("0123456789abcdef", 4.0)]
)
def test_shannon(value: str, bits: float) -> None:
    """Entropy is that of the characters, in bits per character."""
    assert shannon(value) == pytest.approx(bits)


def test_words_are_more_likely_than_letters() -> None:
    """Every word scores above every random run of the same kind."""
    words = [word_likeness(word) for word in ("rootpassword", "connection", "Verzeichnis", "kubernetes")]
    runs = [word_likeness(run) for run in ("dklrjnsebwxgtdqk", "tlygowzjdipeybho", "qzxkvjwpq")]
    assert min(words) > -5.0 > max(runs)
    assert word_likeness("") == 0.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(
            (word, False)
            for word in ("root_password1", "getUserName", "thisIsDog11", "app123id", "uuid4", "sha256")
        ),
        *(
            (word, False)
            for word in ("1234567890", "Elasticsearch7", "accessDeniedError", "v1beta1", "ABC", "")
        ),
        *(
            (key, True)
            for key in ("dklrjnsebw", "a1b2c3d4", "2frgf584441qc5", "eoKW7e9UgSsiSKhWEfzCVvL6A2hj")
        ),
        *((key, True) for key in ("SX3WFGRMW8EGTJELXAC", "ROVPCZHIIHZKLMTXNXC", "iqiuefjh866")),
    ],
)
def test_looks_random(value: str, expected: bool) -> None:
    """Identifiers are words put together; generated values are not."""
    assert looks_random(value) is expected


@pytest.mark.parametrize(
    "alphabet", [string.ascii_lowercase, string.ascii_letters + string.digits, "0123456789abcdef"]
)
def test_most_generated_values_look_random(alphabet: str) -> None:
    """Of keys of 16 characters at least 19 in 20 are recognised, whatever they are made of."""
    rng = random.Random(1)
    keys = ["".join(rng.choices(alphabet, k=16)) for _ in range(500)]
    assert sum(map(looks_random, keys)) > 475
