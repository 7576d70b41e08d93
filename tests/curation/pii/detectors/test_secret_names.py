"""Identifiers say what the value they are given is."""

import pytest

from curation.pii.detectors.secret_names import kind_of

KINDS = {
    "PASSWORD": (
        "password MYSQL_ROOT_PASSWORD dbPassword db.password smtp-passwd userPwd pgpassword root_pass PASS "
        "ADM_PWD keystorePass passphrase password1 password_value motdepasse bmcPassword admin_password_test"
    ),
    "KEY": (
        "token api_key apiKey API-KEY APIKEY awsSecretAccessKey AWS_ACCESS_KEY_ID client_secret authToken "
        "X-HockeyAppToken secret_key_base SECRET_KEY jwt_secret privateKey consumerKey oauth_token_secret "
        "repotoken validationKey nkey encryptionKeyBase64 github_token_prod credentials Authorization"
    ),
    "WEAK": "key cacheKey sort_key seed auth monkey max_tokens",
    "": (
        "password_field passwordLabel token_type tokenUrl secret_name password_hash pwd_path passwordPolicy "
        "token_count access_token_url api_key_name user name value x password_reset public_key_fingerprint "
        "salt min_password_length passes compass bypass tokenizer authors"
    ),
}


@pytest.mark.parametrize(
    ("identifier", "kind"), [(name, kind) for kind, names in KINDS.items() for name in names.split()]
)
def test_the_last_words_decide(identifier: str, kind: str) -> None:
    """What an identifier ends with is what its value is; words such as name, url or field say: no secret."""
    assert kind_of(identifier) == kind
