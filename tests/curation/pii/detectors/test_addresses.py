"""Which IP addresses are found, and which numbers with dots or colons are something else."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.pii.candidates import Scanner
from curation.pii.context import Context
from curation.pii.detectors.addresses import FAMILY, TRIGGERS, find, is_public

SCANNER = Scanner(TRIGGERS)


def addresses(text: str, scanner: Scanner = SCANNER) -> list[str]:
    spans = find(text, scanner.scan(text).get(FAMILY, []), Context())
    assert all(span.tag == "IP_ADDRESS" for span in spans)
    return [text[span.start : span.end] for span in spans]


FOUND = {
    "assignment": ('host = "93.184.216.34"', "93.184.216.34"),
    "without any word": ("93.184.216.34", "93.184.216.34"),
    "small numbers behind an address word": ('"ip": "5.6.7.8"', "5.6.7.8"),
    "name that ends in ip": ("KV_IP=5.9.8.1", "5.9.8.1"),
    "camel case": ('remoteHost: "5.9.8.1"', "5.9.8.1"),
    "URL": ("http://5.9.8.1/x", "5.9.8.1"),
    "login": ("ssh root@5.9.8.1", "5.9.8.1"),
    "two words": ("allow from 5.9.8.1", "5.9.8.1"),
    "port": ("5.9.8.1:8080", "5.9.8.1"),
    "network": ("5.9.8.0/24", "5.9.8.0"),
    "list": ("93.184.216.34,93.184.216.35", "93.184.216.34,93.184.216.35"),
    "range": ("93.184.216.34-93.184.216.35", "93.184.216.34,93.184.216.35"),
    "end of a sentence": ("It is 93.184.216.34. So", "93.184.216.34"),
    "hosts file": ("93.184.216.34 host.ulm.de", "93.184.216.34"),
    "word later in the line": ("5.9.28.71 is our gateway", "5.9.28.71"),
    "no network byte is small, so it is no version": ("gem (= 93.184.216.34)", "93.184.216.34"),
    "column of a table": ("17,93.184.216.34,200", "93.184.216.34"),
    "last of a list": ("93.184.216.34,93.184.216.35,80", "93.184.216.34,93.184.216.35"),
    "path": ("logs/93.184.216.34/today", "93.184.216.34"),
    "alone in a comment": ("x\n  # 5.9.8.1\ny", "5.9.8.1"),
    "wildcard name": ("93.184.216.34.nip.io", "93.184.216.34"),
    "escaped line end": (r'"a\n93.184.216.34"', "93.184.216.34"),
    "word with a colon": ("server:93.184.216.34", "93.184.216.34"),
    "IPv6": ("allow 2a01:4f8:c17:b0f::2;", "2a01:4f8:c17:b0f::2"),
    "IPv6 in full": ("2a01:4f8:c17:b0f:1:2:3:4", "2a01:4f8:c17:b0f:1:2:3:4"),
    "IPv6 in brackets with a port": ("http://[2a01:4f8::2]:80/", "2a01:4f8::2"),
    "IPv6 network": ("route 2a01:4f8::/32", "2a01:4f8::"),
    "IPv6 before a colon": ("2a01:4f8::2: unreachable", "2a01:4f8::2"),
    "IPv6 at the end of a sentence": ("It is 2a01:4f8::2. So", "2a01:4f8::2"),
    "IPv6 of digits behind an address word": ("ip 2001:4000::1", "2001:4000::1"),
    "mapped": ("::ffff:93.184.216.34", "::ffff:93.184.216.34"),
    "NAT64": ("64:ff9b::93.184.216.34", "64:ff9b::93.184.216.34"),
    "once site-local": ("ip fec0::1", "fec0::1"),
}

KEPT = {
    "private": "10.1.2.3 172.16.5.4 192.168.0.7",
    "this host": "127.0.0.1 127.42.0.9 0.0.0.0",
    "link-local and shared": "169.254.3.4 100.64.7.7",
    "documentation": "192.0.2.5 198.51.100.7 203.0.113.9",
    "benchmarks": "198.18.44.55",
    "name servers of private zones": "192.175.48.7 2620:4f:8000::7",
    "multicast and reserved": "224.1.1.1 240.7.7.7 255.255.255.255",
    "masks": "255.255.255.0 255.255.240.0 0.0.0.255",
    "public DNS servers": "8.8.8.8 8.8.4.4 1.1.1.1 9.9.9.9 208.67.222.222 94.140.14.14",
    "replacements": "172.16.31.10 172.16.58.3 172.16.17.32 192.168.127.12 192.168.3.11",
    "assembly": '[assembly: AssemblyVersion("93.184.216.34")]',
    "version": "version 5.9.8.1",
    "version in JSON": '"version": "5.9.8.1",',
    "private version": "self._version = '8.4.4.2'",
    "version of something": 'assert version("foo") == "5.9.8.1"',
    "letter before": "v5.9.8.1",
    "short for version": "Ver. 5.9.8.1",
    "requirement": "foo>=5.9.8.1 bar==1.2.3.4",
    "gem": "  nokogiri (= 1.10.9.1)",
    "package file": "foo-5.9.8.1.tar.gz",
    "library": "libfoo 93.184.216.34.dll",
    "snapshot": "93.184.216.34-SNAPSHOT",
    "user agent": "Mozilla/5.0 Chrome/9.1.4.12 Safari/5.9.8.1",
    "large number": "Chrome/91.0.4472.124",
    "image": "database/client:9.2.0.1",
    "nothing but small numbers": "x = '1.0.0.0'",
    "OID": "1.3.6.1.4.1.311",
    "short OID": "OID = ['1.2.840.10045.2.1', '1.3.101.112']",
    "OID of four numbers": "1.3.14.7",
    "five numbers": "93.184.216.34.5",
    "three numbers": "93.184.216",
    "leading zeros": "093.184.216.34 93.184.216.01",
    "more than a byte": "93.184.216.256",
    "date": "2014.10.11.12",
    "section": "see Section 4.3.2.1",
    "heading": "4.3.2.1 Scope",
    "section of a standard": "See C++14 20.10.4.2, type properties",
    "section in a comment": "/* 5.3.1.2 SCTP_PEER_ADDR_CHANGE",
    "upgrade": "deps: upgrade to V8 5.0.71.54 (Jo) [#7]",
    "four numbers of a curve": "15A4 4 0 0111 18c0 1.52-.87 2.83-2.12 3.51.98.32 2.03.5 3.11",
    "path of an SVG": "M10 5.5.2.7.1 3.5l1.5.6.2.8 2.4",
    "decimals": "2.5 1.2.3.4 0.5",
    "word around": "x93.184.216.34 93.184.216.34y",
    "other digits": "\u0669\u0663.18\u0664.216.34",
    "private IPv6": "::1 fe80::1 fd00:c2b6:b24b::1 ff02::1",
    "documentation IPv6": "2001:db8::1 2001:DB8:1:2::3 3fff::1",
    "public DNS servers over IPv6": "2001:4860:4860::8888 2606:4700:4700::1111 2620:fe::fe",
    "private mapped": "::ffff:192.168.1.1",
    "IPv4 behind a group": "2001:93.184.216.34:5.6.7.8",
    "slice": "a[2000::2] b[2001:3000:2]",
    "step of numbers": "range 2000::2",
    "scope": "x2abc::foo a2abc::def",
    "time and date": "2019:12:31 12:34:56",
    "MAC address": "2a:01:4f:08:c1:7b",
    "too many groups": "2a01:1:1:1:1:1:1:1:1",
    "two gaps": "2a01::1::2",
    "long run": "2a01:" * 30,
    "word after an IPv6 address": "2a01:4f8::2x",
    "name after an IPv6 address": "3ffe::7.org",
}


@pytest.mark.parametrize(("text", "wanted"), FOUND.values(), ids=FOUND.keys())
def test_public_addresses_are_found(text: str, wanted: str) -> None:
    """A public address is found with exactly its own characters, without port, mask or bracket."""
    assert ",".join(addresses(text)) == wanted


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_what_is_no_public_address_is_kept(text: str) -> None:
    """Private and documentation addresses, versions, identifiers and numbers are left alone."""
    assert addresses(text) == []


def test_both_scanners_lead_to_the_same_addresses() -> None:
    """RE2 and hyperscan report hits in different ways; what is found does not depend on it."""
    text = "\n".join([*(text for text, _ in FOUND.values()), *KEPT.values()])
    found = addresses(text, Scanner(TRIGGERS, backend="re2"))
    assert found == addresses(text)
    assert len(found) >= len(FOUND)


@given(st.ip_addresses())
def test_closed_networks_agree_with_the_standard_library(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """What counts as public is global, neither multicast nor reserved, as Python's ipaddress says."""
    holds_another = address.version == 6 and int(address) >> 32 in (0xFFFF, 0x64FF9B << 64)
    if is_public(str(address)) and not holds_another:
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.text(alphabet="1.2a3:[]f/\n ", max_size=80))
def test_spans_are_sorted_and_inside_the_text(text: str) -> None:
    """Whatever the text, spans are in order, do not overlap, and each holds a public address."""
    spans = find(text, SCANNER.scan(text).get(FAMILY, []), Context())
    ends = [0] + [span.end for span in spans]
    assert all(end <= span.start < span.end <= len(text) for end, span in zip(ends, spans, strict=False))
    assert all(is_public(text[span.start : span.end]) for span in spans)


@pytest.mark.parametrize(
    "piece",
    ["1.1.1.1.1.1", "11.22.33.44,", "(= 1.2.3.4)", "2001:2001:", "2a01::1 ", "::ffff:5.9.8.1 ", "1.3.6.1.4 "],
)
def test_time_is_linear_on_crafted_text(piece: str) -> None:
    """The same piece over and over is read in time that does not grow with its square."""
    with ends_soon(f"looking for addresses in {piece!r}"):
        addresses(repeated(piece))
