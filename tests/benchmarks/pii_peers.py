"""One tool over one part of a corpus, in a process of its own; prints one JSON object. Called by pii.py.

    python tests/benchmarks/pii_peers.py ours /path/to/corpus --part 0 --parts 3 --megabytes 70

ours                 every detector of the default profile, then redaction
presidio + detect    presidio's AnalyzerEngine without a language model (EmailRecognizer, IpRecognizer,
                     CryptoRecognizer) and detect-secrets' scan_file with its default plugins and filters
bigcode              detect-secrets as The Stack's pipeline used it: 18 plugins, four filters, a temporary
                     file per document, findings kept if gibberish_detector says so and looked up in the text
                     by value; keys only, as its mail and address patterns are not part of detect-secrets.
                     gibberish_detector runs on the model that detect-secrets ships.

Seconds are those of the processor, of this process; imports, compilation and reading are not counted.
"""

import argparse
import contextlib
import importlib
import json
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pii_corpus import texts

from curation.language.identify import name_facts
from curation.pii.context import Context
from curation.pii.engine import Detector, DetectorError
from curation.pii.presidio import offline_engine, presidio_analyzer
from curation.pii.redact import redact
from curation.pii.settings import PiiSettings
from curation.pii.spans import Span

Find = Callable[[str, Context], list[Span]]
OURS, PACKAGED, BIGCODE = "ours", "presidio + detect", "bigcode"
TOOLS = (OURS, PACKAGED, BIGCODE)
BIGCODE_PLUGINS = (
    *("ArtifactoryDetector", "AWSKeyDetector", "Base64HighEntropyString", "HexHighEntropyString"),
    *("AzureStorageKeyDetector", "CloudantDetector", "DiscordBotTokenDetector", "GitHubTokenDetector"),
    *("IbmCloudIamDetector", "IbmCosHmacDetector", "JwtTokenDetector", "MailchimpDetector", "NpmDetector"),
    *("SendGridDetector", "SlackDetector", "SoftlayerDetector", "StripeDetector", "TwilioKeyDetector"),
)
BIGCODE_FILTERS = ("is_potential_uuid", "is_likely_id_string", "is_templated_secret", "is_sequential_string")
HASH_WORDS = re.compile(r"sha|md5|hash|byte", re.IGNORECASE)
HASH_LENGTHS = (32, 40, 64)
FILE_HASHES = 0.02
"""Share of lines that name a hash from which a file's keys are not believed."""
PASSWORDS = ("Secret Keyword", "Basic Auth Credentials")
STAYING = contextlib.ExitStack()
"""Settings of detect-secrets, which are global, for as long as the process lives."""
PRESIDIO_TAGS = {"EMAIL_ADDRESS": "EMAIL", "IP_ADDRESS": "IP_ADDRESS"}


def our_find() -> Find:
    """Every detector of the default profile."""
    detector = Detector(PiiSettings())
    return detector.find


def packaged_find() -> Find:
    """presidio's pattern recognizers, then detect-secrets with all of its plugins."""
    presidio_analyzer()
    module: Any = importlib.import_module("presidio_analyzer.predefined_recognizers")
    names = ("EmailRecognizer", "IpRecognizer", "CryptoRecognizer")
    engine = offline_engine([getattr(module, name)() for name in names])
    suffixes = importlib.import_module("tldextract").TLDExtract(suffix_list_urls=(), cache_dir=None)
    engine.registry.recognizers[0].validate_result = lambda address: bool(suffixes(address).fqdn)
    settings: Any = importlib.import_module("detect_secrets.settings")
    STAYING.enter_context(settings.default_settings())

    def find(text: str, _context: Context) -> list[Span]:
        results = engine.analyze(text, "en")
        spans = [
            Span(
                each.start, each.end, PRESIDIO_TAGS.get(each.entity_type, "KEY"), each.entity_type, each.score
            )
            for each in results
        ]
        return spans + located(text, scan_file(text))

    return find


def bigcode_find() -> Find:
    """Keys by detect-secrets with BigCode's plugins, filters and checks."""
    settings: Any = importlib.import_module("detect_secrets.settings")
    gibberish: Any = importlib.import_module("detect_secrets.filters.gibberish")
    detector: Any = importlib.import_module("gibberish_detector.detector")
    model = Path(gibberish.__file__).with_name("rfc.model")
    random_looking = detector.create_from_model(str(model)).is_gibberish
    configuration = {
        "plugins_used": [{"name": name} for name in BIGCODE_PLUGINS],
        "filters_used": [{"path": f"detect_secrets.filters.heuristic.{name}"} for name in BIGCODE_FILTERS],
    }
    STAYING.enter_context(settings.transient_settings(configuration))

    def find(text: str, _context: Context) -> list[Span]:
        found = [each for each in scan_file(text) if random_looking(each.secret_value.lower())]
        lines = text.split("\n")
        if sum(bool(re.search("sha|hash", line, re.IGNORECASE)) for line in lines) > FILE_HASHES * len(lines):
            return []
        return [
            span
            for span in located(text, found)
            if span.end - span.start not in HASH_LENGTHS or not HASH_WORDS.search(line_of(text, span))
        ]

    return find


def scan_file(text: str) -> list[Any]:
    """What detect-secrets finds in a temporary file, as its users call it."""
    collection: Any = importlib.import_module("detect_secrets.core.secrets_collection").SecretsCollection()
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8", errors="replace") as file:
        file.write(text)
        file.flush()
        collection.scan_file(file.name)
        return [secret for _, secret in collection]


def located(text: str, found: list[Any]) -> list[Span]:
    """Findings of detect-secrets, which are values, wherever they stand in the text."""
    values = {each.secret_value: each.type for each in found}
    return [
        Span(match.start(), match.end(), "PASSWORD" if kind in PASSWORDS else "KEY", kind, 1.0)
        for value, kind in sorted(values.items())
        if value
        for match in re.finditer(re.escape(value), text)
    ]


def line_of(text: str, span: Span) -> str:
    """The line that a span begins in."""
    return text[text.rfind("\n", 0, span.start) + 1 : span.end]


def finder(tool: str) -> Find:
    """How a tool finds."""
    return {OURS: our_find, PACKAGED: packaged_find, BIGCODE: bigcode_find}[tool]()


def language_of(name: str) -> str:
    """Programming language by the name of a file, as far as that tells."""
    return next(iter(name_facts(name).candidates), "")


def run(tool: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Time a tool over a part of a corpus."""
    find = finder(tool)
    find("warm up: ann.lee@uni-ulm.de 'aB3dE6gH9jK2mN5pQ8sT1vW4'", Context())
    settings = PiiSettings()
    seconds, size, files, spans, aside = 0.0, 0, 0, Counter[str](), Counter[str]()
    corpus = texts(
        arguments.corpus, part=arguments.part, parts=arguments.parts, megabytes=arguments.megabytes
    )
    for name, text in corpus:
        context = Context(language_of(name), name)
        begun = time.process_time()
        try:
            found = find(text, context)
            if tool == OURS:
                edit = redact(text, found, settings=settings, key=b"k", language=context.language, path=name)
                aside[edit.problem] += bool(edit.problem)
        except DetectorError as error:
            aside[error.reason] += 1
            found = []
        seconds += time.process_time() - begun
        size += len(text.encode())
        files += 1
        spans.update(span.tag for span in found)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = {"spans": dict(spans), "aside": {reason: n for reason, n in aside.items() if n}}
    return {"seconds": seconds, "bytes": size, "files": files, "peak": peak, **counts}


def main() -> None:
    """Run one tool once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("corpus", type=Path, nargs="+", help="folders of text files or parquet shards")
    parser.add_argument("--part", type=int, default=0, help="which part of the corpus (default 0)")
    parser.add_argument("--parts", type=int, default=1, help="how many parts there are (default 1)")
    parser.add_argument("--megabytes", type=float, default=0, help="stop after so much (default 0: all)")
    arguments = parser.parse_args()
    with STAYING:
        sys.stdout.write(json.dumps(run(arguments.tool, arguments)) + "\n")


if __name__ == "__main__":
    main()
