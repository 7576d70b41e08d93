"""Which e-mail addresses are found, and what only looks like one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.data.generate.top_level_domains import top_level_domains
from curation.pii.candidates import Scanner
from curation.pii.context import Context
from curation.pii.detectors.emails import FAMILY, TRIGGERS, find

SCANNER = Scanner(TRIGGERS)


def emails(text: str, scanner: Scanner = SCANNER) -> list[str]:
    spans = find(text, scanner.scan(text).get(FAMILY, []), Context())
    assert all(span.tag == "EMAIL" for span in spans)
    return [text[span.start : span.end] for span in spans]


FOUND = {
    "plain": ("write to jo.roth@uni-ulm.de today", "jo.roth@uni-ulm.de"),
    "mailto": ("mailto:jo@roth-hof.ch?subject=x", "jo@roth-hof.ch"),
    "in angle brackets": ("Jo Roth <jo@roth-hof.ch>", "jo@roth-hof.ch"),
    "copyright line": ("(c) 2014 Jo Roth, jo@roth-hof.ch.", "jo@roth-hof.ch"),
    "git trailer": ("Signed-off-by: Jo <jo+git@roth-hof.ch>\n", "jo+git@roth-hof.ch"),
    "JSON": ('{"email":"jo@roth-hof.ch"}', "jo@roth-hof.ch"),
    "escaped bracket": (r'"Jo \u003cjo@roth-hof.ch\u003e"', "jo@roth-hof.ch"),
    "hexadecimal escape": (r'"\x3cjo@roth-hof.ch"', "jo@roth-hof.ch"),
    "escaped line end": (r'"\njo@roth-hof.ch\n"', "jo@roth-hof.ch"),
    "HTML entity": ("&lt;jo@roth-hof.ch&gt;", "jo@roth-hof.ch"),
    "URL-encoded bracket": ("?to=%3Cjo@roth-hof.ch%3E", "jo@roth-hof.ch"),
    "single quotes with a prefix": ("u'jo@roth-hof.ch'", "jo@roth-hof.ch"),
    "apostrophe in a name": ("o'neill@tcd.ie", "o'neill@tcd.ie"),
    "POD": ("E<lt>jo@roth-hof.chE<gt>", "jo@roth-hof.ch"),
    "upper case": ("JO@ROTH-HOF.CH", "JO@ROTH-HOF.CH"),
    "GitHub's private address": (
        "<81+joroth@users.noreply.github.com>",
        "81+joroth@users.noreply.github.com",
    ),
    "organisation": ("support@roth-hof.ch", "support@roth-hof.ch"),
    "full stop and next sentence": ("Ask jo@roth-hof.ch.Then wait", "jo@roth-hof.ch"),
    "equals sign before": ("emailAddress=jo@roth-hof.ch", "jo@roth-hof.ch"),
    "part of a certificate's subject": ("/CN=x/emailAddress=jo@roth-hof.ch/O=y", "jo@roth-hof.ch"),
    "quotes with a letter before": ("'@', b'jo@roth-hof.ch'", "jo@roth-hof.ch"),
    "dollar sign after": ("jo@roth-hof.ch$x", "jo@roth-hof.ch"),
    "Latin letters with accents": ("jürgen@müller.de", "jürgen@müller.de"),
    "another script": ("иван@почта.рф", "иван@почта.рф"),
    "ASCII form of another script": ("ivan@xn--80a1acny.xn--p1ai", "ivan@xn--80a1acny.xn--p1ai"),
    "one letter of another script": ("jo.r端th@uni-ulm.de", "jo.r端th@uni-ulm.de"),
    "unknown top-level domain in quotes": ("x = 'jo@mx.ulm.rothhof'", "jo@mx.ulm.rothhof"),
    "unknown top-level domain in a comment": ("// jo@mx.ulm.rothhof\n", "jo@mx.ulm.rothhof"),
    "text without spaces": ("请写信给jo@roth-hof.ch谢谢", "jo@roth-hof.ch"),
    "user of a URL that is an address": ("smtp://jo@roth-hof.ch:k3Fq@mx.ulm.de", "jo@roth-hof.ch"),
    "in the path of a URL": ("https://lists.ulm.de/options/jo@roth-hof.ch", "jo@roth-hof.ch"),
    "in the query of a URL": ("https://ulm.de?user=jo@roth-hof.ch", "jo@roth-hof.ch"),
    "unknown top-level domain behind a mail word": ("mailto:jo@mx.rothhof", "jo@mx.rothhof"),
    "attribute-like top-level domain in brackets": ("<jo@roth.name>", "jo@roth.name"),
    "two with a slash": ("jo@ulm.de/al@ulm.de", "jo@ulm.de,al@ulm.de"),
    "longest local part": ("a" * 64 + "@ulm.de", "a" * 64 + "@ulm.de"),
    "brackets around at": ("jo.roth [at] uni-ulm [dot] de", "jo.roth [at] uni-ulm [dot] de"),
    "brackets around at only": ("jo(at)uni-ulm.de", "jo(at)uni-ulm.de"),
    "spelled in capitals": ("jo AT uni-ulm DOT de", "jo AT uni-ulm DOT de"),
    "spelled in small letters": ("<jo dot roth at uni-ulm dot edu>", "jo dot roth at uni-ulm dot edu"),
}

KEPT = {
    "decorator": "@app.route('/x')",
    "decorator on a line end": "x\n@pytest.mark.slow",
    "scope of a package": '"@babel/core": "^7.1.0"',
    "version of a package": "left-pad@1.2.3",
    "version with a letter": "uses: actions/checkout@v2.1",
    "version range": "left-pad@^1.2.3 left-pad@~1.2",
    "lock file": '"core-js@3.1.4", core-js@^2.4.0:',
    "pinned image": "image@sha256:0f3a",
    "git remote": "git@github.com:org/repo.git",
    "git remote with another user": "deploy@code.ulm.de:org/repo.git",
    "git user": "git@github.com",
    "remote folder": "rsync -a x jo@host.ulm.de:/srv",
    "login": "ssh jo@host.ulm.de",
    "login after a substitution": "$(ssh -p 2 jo@host.ulm.de)",
    "host without a dot": "root@localhost jo@host",
    "user of a URL": "https://jo@host.ulm.de/x",
    "password of a URL": "postgres://jo:k3F.q@db.ulm.de/x",
    "password of a URL with a mark": "postgres://jo:k3F!q@db.ulm.de/x",
    "login with a port": "jo:k3Fq@db.ulm.de:5432",
    "thing on a server": "jo@chat.ulm.de/org/net",
    "documentation domain": "user@example.com a@mail.example.org b@example.co.uk",
    "documentation top-level domain": "a@b.test a@b.invalid a@b.example a@b.localhost",
    "the reader of a manual": "you@gmail.com your.name@uni-ulm.de YourEmail@gmail.com",
    "a made-up pair": "test@test.com Test@test.de",
    "our replacement": "<EMAIL> abcdef@example.com",
    "asset": "icon@2x.png logo@3x.jpg",
    "asset with the name of a domain": "icon@2x.zip",
    "media query": "@media (min-width: 3em)",
    "annotation": "foo @Override.x",
    "matrix product": "a@b.T + a@b.data",
    "matrix product and call": "x = w@v.mean() + u@v.info(1)",
    "label of Kotlin": "this@Outer.name return@loop.it",
    "shell variable": "$user@host.ulm.de",
    "template": "${user}@host.ulm.de {name}@ulm.de",
    "format string": "%s@ulm.de user%d@ulm.de",
    "fediverse": "@jo@chat.ulm.social",
    "three parts": "a@b.de@c.de",
    "algorithm": "aes256-gcm@openssh.com,curve25519-sha256@libssh.org",
    "quote before the sign": 'x "@ulm.de y',
    "space after the sign": "jo@ ulm .de",
    "unknown top-level domain": "x@self.weights + x@self.layer.weights",
    "domain with an underscore": "jo@_ulm.de",
    "hyphen at the end of a label": "jo@ulm-.de",
    "too long": "a" * 65 + "@ulm.de",
    "prose with at and dot": "look at the dot in the middle, stop at one dot com",
    "index": "values.at(at) [at] 3",
    "dot at the end of the local part": "jo.@ulm.de",
}


@pytest.mark.parametrize(("text", "wanted"), FOUND.values(), ids=FOUND.keys())
def test_addresses_are_found(text: str, wanted: str) -> None:
    """An address is found with exactly its own characters, whatever stands around it."""
    assert ",".join(emails(text)) == wanted


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_what_is_no_address_is_kept(text: str) -> None:
    """Code, logins, versions, templates and documentation domains are no addresses."""
    assert emails(text) == []


def test_both_scanners_lead_to_the_same_addresses() -> None:
    """RE2 and hyperscan report hits in different ways; what is found does not depend on it."""
    text = "\n".join([*(text for text, _ in FOUND.values()), *KEPT.values()])
    found = emails(text, Scanner(TRIGGERS, backend="re2"))
    assert found == emails(text)
    assert len(found) >= len(FOUND)


@given(st.text(alphabet="a.@-_ '%/:<é中1\\\n", max_size=60))
@example("a@b.de@")
def test_spans_are_sorted_and_inside_the_text(text: str) -> None:
    """Whatever the text, spans are in order, do not overlap, and hold one address."""
    spans = find(text, SCANNER.scan(text).get(FAMILY, []), Context())
    ends = [0] + [span.end for span in spans]
    assert all(end <= span.start < span.end <= len(text) for end, span in zip(ends, spans, strict=False))
    assert all(text[span.start : span.end].count("@") == 1 for span in spans)


@pytest.mark.parametrize(
    "piece",
    ["a.a.a.", "a@a@a@", "a@b.de ", "'a@b.de", "é@é.é", "a [at] b.de ", " dot com", "ssh a@b.de ", "a-@"],
)
def test_time_is_linear_on_crafted_text(piece: str) -> None:
    """The same piece over and over, with an @ at the end, takes no time that grows with its square."""
    with ends_soon(f"looking for mail addresses in {piece!r}"):
        emails(repeated(piece) + "@x.de")


def test_one_sign_in_five_megabytes() -> None:
    """A single @ in a line of 5 MB of base64 costs no more than its surroundings."""
    text = "QUJD" * 625_000 + "@" + "REVG" * 625_000
    with ends_soon("looking for mail addresses in 5 MB of base64"):
        assert emails(text) == []


def test_top_level_domains_come_from_the_public_section_only() -> None:
    """The generator takes names of one label, wildcards included, and stops at the private section."""
    snapshot = "// comment\nde\nco.uk\n*.bd\n!city.bd\n\u0440\u0444\n// ===END ICANN DOMAINS===\nprivate\n"
    assert top_level_domains(snapshot) == ["bd", "de", "xn--p1ai", "\u0440\u0444"]
