"""Plugins of detect-secrets by name: their findings as places in the text, from candidate lines only."""

import random
import string

import pytest
import re2

from curation.errors import BadConfigError
from curation.pii.context import Context
from curation.pii.extra import detect_secrets
from curation.pii.extra.detect_secrets import ANYTHING, DetectSecrets

NOWHERE = Context()
DRAW = random.Random(7)


def drawn(count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(DRAW.choice(alphabet) for _ in range(count))


LOWER = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
TOKEN = drawn(36)
PLANTED = {
    "ArtifactoryDetector": f' AKC{drawn(20)} "',
    "AWSKeyDetector": f"id = AKIA{drawn(16, string.ascii_uppercase)}",
    "AzureStorageKeyDetector": f"AccountKey={drawn(86)}==",
    "Base64HighEntropyString": f"x = '{drawn(44)}'",
    "BasicAuthDetector": "url = http://bob:k3wlP4ss@host.org",
    "CloudantDetector": f'cloudant_password = "{drawn(64, HEX)}"',
    "DiscordBotTokenDetector": f"M{drawn(23)}.{drawn(6)}.{drawn(27)}",
    "GitHubTokenDetector": f"t = ghp_{TOKEN}",
    "GitLabTokenDetector": f"t = glpat-{drawn(20)}",
    "HexHighEntropyString": f'x = "{drawn(40, HEX)}"',
    "IbmCloudIamDetector": f"ibm_cloud_iam_api_key = {drawn(44)}",
    "IbmCosHmacDetector": f"cos_hmac_secret_access_key = {drawn(48, HEX)}",
    "IPPublicDetector": "host 133.52.7.9 up",
    "JwtTokenDetector": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0In0.c2lnbmF0dXJl",
    "KeywordDetector": 'db_password = "k3wlP4ss"',
    "MailchimpDetector": f"k = {drawn(32, LOWER)}-us4",
    "NpmDetector": f"//registry.host/:_authToken=npm_{drawn(36)}",
    "OpenAIDetector": f"sk-{drawn(20)}T3BlbkFJ{drawn(20)}",
    "PypiTokenDetector": f"pypi-AgEIcHlwaS5vcmc{drawn(80)}",
    "SendGridDetector": f"SG.{drawn(22)}.{drawn(43)}",
    "SlackDetector": f"xoxb-{drawn(12, string.digits)}-{drawn(24, LOWER)}",
    "SoftlayerDetector": f"softlayer_api_key = {drawn(64, LOWER)}",
    "SquareOAuthDetector": f"sq0csp-{drawn(43)}",
    "StripeDetector": f"rk_live_{drawn(24)}",
    "TelegramBotTokenDetector": f"{drawn(9, string.digits)}:{drawn(35)}",
    "TwilioKeyDetector": f"AC{drawn(32, LOWER)}",
}
"""One made-up finding for every plugin but PrivateKeyDetector, which only sees a heading."""


def values(plugins: tuple[str, ...], text: str, path: str = "") -> list[str]:
    return [text[span.start : span.end] for span in DetectSecrets(plugins).find(text, Context(path=path))]


@pytest.mark.parametrize("name", sorted(set(detect_secrets._plugin_classes()) - {"PrivateKeyDetector"}))
def test_every_plugin_finds_its_own(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each plugin finds its value on its line, and no less than if it saw every line of the text."""
    lines = [f"héader {number} = None" for number in range(3)]
    text = "\n".join([*lines, *PLANTED.values(), *lines])
    spans = DetectSecrets((name,)).find(text, NOWHERE)
    place = text.index(PLANTED[name])
    assert any(place <= span.start < span.end <= place + len(PLANTED[name]) for span in spans)
    monkeypatch.setattr(detect_secrets, "_candidates", lambda _names: re2.compile(ANYTHING))
    assert DetectSecrets((name,)).find(text, NOWHERE) == spans


@pytest.mark.parametrize(
    ("plugin", "text", "found"),
    [
        ("GitHubTokenDetector", f"a ghp b ghp_{TOKEN} c ghp", [f"ghp_{TOKEN}"]),
        ("GitHubTokenDetector", f"ghp_{TOKEN},gho_{TOKEN}", [f"ghp_{TOKEN}", f"gho_{TOKEN}"]),
        ("BasicAuthDetector", "é http://bob:k3wlP4ss@host.org k3wlP4ss", ["k3wlP4ss"]),
        ("ArtifactoryDetector", '"AKCp7Qx9LmZ2vB4"', ["AKCp7Qx9LmZ2vB4"]),
        ("JwtTokenDetector", "eyJhbGciOiJIUzI1NiJ9.bm90IGpzb24.c2ln", []),
        ("Base64HighEntropyString", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", []),
        ("KeywordDetector", 'password = "k3wlP4ss" # k3wlP4ss', ["k3wlP4ss", "k3wlP4ss"]),
        ("KeywordDetector", 'password = "<PASSWORD>"', []),
        ("IPPublicDetector", "133.52.7.9, 172.32.0.1, 192.0.2.1", ["133.52.7.9", "172.32.0.1"]),
        ("StripeDetector", "\ud800\ud801 rk_live_" + TOKEN[:24], ["rk_live_" + TOKEN[:24]]),
    ],
)
def test_spans_are_the_values(plugin: str, text: str, found: list[str]) -> None:
    """A span is the whole value where it stands: no prefix, no quotes, no other place."""
    assert values((plugin,), text) == found


def test_keyword_detector_goes_by_the_path() -> None:
    """KeywordDetector asks for no quotes in settings files, by their extension."""
    assert values(("KeywordDetector",), "password: k3wlP4ss", "a.yaml") == ["k3wlP4ss"]
    assert values(("KeywordDetector",), "password: k3wlP4ss", "a.py") == []


def test_spans_carry_rule_and_tag() -> None:
    """A finding names the plugin; user and password of a URL are a password, other things keys."""
    spans = DetectSecrets(("BasicAuthDetector", "StripeDetector")).find(
        f"http://bob:k3wlP4ss@host.org {PLANTED['StripeDetector']}", NOWHERE
    )
    assert [(span.rule, span.tag) for span in spans] == [
        ("detect_secrets:BasicAuthDetector", "PASSWORD"),
        ("detect_secrets:StripeDetector", "KEY"),
    ]


def test_unknown_plugin_is_refused() -> None:
    """A name that detect-secrets does not know is refused with the nearest ones."""
    with pytest.raises(
        BadConfigError, match="unknown plugin 'StripDetector'; the nearest are StripeDetector"
    ):
        DetectSecrets(("StripDetector",))


def test_missing_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without detect-secrets the setting is refused, with what to do."""

    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(BadConfigError, match="install detect-secrets or remove the setting"):
        DetectSecrets(("StripeDetector",))


def test_error_of_a_plugin_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that fails makes the search fail."""
    detector = DetectSecrets(("StripeDetector",))

    def broken(_line: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(detector.plugins[0][0], "analyze_string", broken)
    with pytest.raises(ZeroDivisionError):
        detector.find(PLANTED["StripeDetector"], NOWHERE)
