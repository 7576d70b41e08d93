"""Stand-ins for secrets are told from secrets."""

import pytest

from curation.pii.detectors.placeholders import is_placeholder

STAND_INS = [
    *("", "password", "PASSWORD1", "changeme!", "change-me", "your_api_key_here", "YOUR-TOKEN", "my_secret"),
    *("<your key>", "<KEY>", "<PASSWORD>", "${DB_PASSWORD}", "$(cat key)", "$PASSWORD", "{{ vault_pw }}"),
    *("{password}", "{0}", "%(password)s", "%s", "%TOKEN%", "#{secret}", "@token@", "[REDACTED]", "[hidden]"),
    *("xxxxxxxx", "XXXX-XXXX-XXXX", "********", "aaaaaaaa", "00000000000000000000", "..."),
    *("sk_live_xxxxxxxxxxxx", "12345678", "abcdefgh", "87654321", "insert_key_here", "example-secret"),
    *(
        "FAKEk3jd81",
        "fakeq9dk3",
        "${{ secrets.TOKEN }}",
        "secret",
        "None",
        "null",
        "true",
        "foobar",
        "test123",
    ),
]
SECRETS = [
    *(
        "vT9#qmlw",
        "dklrjnsebwxgtdqk",
        "hV7!kk2pQ",
        "4f9a81c27be0",
        "correct9horse",
        "Setrli7mz$",
        "s3cr3t-Qz81",
    ),
    *("a0b1c2d3e4f5a6b7", "K@$$z6gw!!!", "pdj==ngz", "Q1GH7wt2R!", "teslkjwqpr", "examplqzjx7"),
]


@pytest.mark.parametrize("value", STAND_INS)
def test_a_stand_in_is_known(value: str) -> None:
    """Variables, masks, filler, our own replacements and the words of documentation hold no secret."""
    assert is_placeholder(value)


@pytest.mark.parametrize("value", SECRETS)
def test_a_secret_is_no_stand_in(value: str) -> None:
    """Values that somebody could use are not taken for examples."""
    assert not is_placeholder(value)
