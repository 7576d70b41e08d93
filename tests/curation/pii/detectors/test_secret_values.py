"""The value must bear out what its name says."""

import pytest

from curation.pii.detectors.secret_values import is_secret

PASSWORDS = [
    "73914658",
    "tulip-Falcon83",
    "vT9#qmlw",
    "Q1GH7wt2R!",
    "dklrjnsebwxgtdqk",
    "r5nk8f",
    "correct9horse",
    "W2@o.bzN$Xj2",
    "p@ssw0rd!x",
]
NO_PASSWORDS = [
    "73914658",
    *("password", "secret", "changeme", "userPassword", "credentials.password", "get_password()", "${PASS}"),
    *(
        "Please enter your password",
        "_PasswordType",
        "required",
        "password:",
        "/etc/passwd",
        "abc",
        "12",
        "None",
    ),
    *("self.password", "os.environ['PW']", "string", "<password>", "*/and", "a->b"),
]
KEYS = ["4f9a81c27be05d", "eoKW7e9UgSsiSKhWEfzCVvL6A2hjELC4", "tlygowzjdipeybho", "2frgf584441qc5"]
NO_KEYS = [
    *("favorite_character", "access_denied", "bearer", "app123id", "somekey", "google", "token_value"),
    *(
        "[a-zA-Z](?:[a-z0-9-]*)",
        "0x1f",
        "1234567890",
        "/run/secrets/token",
        "https://x.org/k3j2h1g4",
        "a b c d e f g h",
    ),
    *("config.get", "com.example.security.Token", "client_credentials", "application/json", "true"),
]


@pytest.mark.parametrize("value", PASSWORDS)
def test_a_password_is_what_mixes_or_is_no_word(value: str) -> None:
    """With the name of a password, digits or signs among letters suffice, or letters that form no word."""
    assert is_secret(value, "PASSWORD", "password", quoted=True)


@pytest.mark.parametrize("value", NO_PASSWORDS)
def test_what_is_no_password(value: str) -> None:
    """Words, sentences, references, types and paths are no passwords."""
    assert not is_secret(value, "PASSWORD", "password", quoted=False)


@pytest.mark.parametrize("value", KEYS)
def test_a_key_looks_generated(value: str) -> None:
    """With the name of a key or token the value must look generated."""
    assert is_secret(value, "KEY", "client_secret", quoted=True)


@pytest.mark.parametrize("value", NO_KEYS)
def test_what_is_no_key(value: str) -> None:
    """Words, numbers, patterns, paths and addresses are no keys."""
    assert not is_secret(value, "KEY", "token", quoted=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cache_key", "k3jx9q"),
        ("key", "123e4567-e89b-42d3-a456-426614174000"),
        ("sha256_key", "9f86d081884c7d659a2feaa0c55ad015"),
    ],
)
def test_a_weak_name_needs_more(name: str, value: str) -> None:
    """Where the name only might mean a secret, short values, UUIDs and hashes are none."""
    assert not is_secret(value, "WEAK", name, quoted=True)


def test_a_weak_name_with_a_long_generated_value() -> None:
    """A long generated value is a secret even if the name only might mean one."""
    assert is_secret("9fQ86d0Kx818Z84c7wd659aL2f", "WEAK", "key", quoted=True)


def test_a_value_that_repeats_its_name_is_none() -> None:
    """A setting that names itself holds no secret."""
    assert not is_secret("mail-pw-9x", "PASSWORD", "mail_pw_9x_password", quoted=True)
