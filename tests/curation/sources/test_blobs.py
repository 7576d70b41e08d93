"""Contents by id: right, or with a reason; an outage is never a reason."""

import asyncio
import gzip
import hashlib
import http.client
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.asyn import AsyncFileSystem
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadInputError
from curation.sources import blobs
from curation.sources.base import Problem
from curation.sources.blobs import Fetcher, Store, in_order, passes, unpack

LIMIT = 1000
HELLO = b"hello\n" * 20


def blob_id(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def put(folder: Path, content: bytes, stored: bytes | None = None) -> str:
    name = blob_id(content)
    (folder / name).write_bytes(gzip.compress(content, mtime=0) if stored is None else stored)
    return name


def fetcher(url: str, **options: Any) -> Fetcher:
    return Fetcher(Store(url=url, first_wait=0.001, **options), LIMIT)


@given(content=st.binary(max_size=LIMIT))
def test_whatever_was_stored_comes_back(content: bytes) -> None:
    """A content survives gzip and the check against its id."""
    assert unpack(gzip.compress(content, mtime=0), blob_id(content), LIMIT) == content


def test_content_of_a_local_store(tmp_path: Path) -> None:
    """A file:// prefix is a store like any other."""
    name = put(tmp_path, HELLO)
    assert fetcher(f"file://{tmp_path}").fetch(name, len(HELLO)) == HELLO
    assert fetcher(str(tmp_path)).fetch(name, None) == HELLO


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        (
            gzip.compress(HELLO, mtime=0)[:-12],
            Problem("blob_corrupt", 21, detail="the gzip stream is cut off"),
        ),
        (gzip.compress(b"other", mtime=0), "the content's SHA-1 is " + blob_id(b"other")),
        (HELLO, "not gzip: Error -3"),
        (b"", "the gzip stream is cut off"),
        (gzip.compress(HELLO, mtime=0)[:-8] + b"\0" * 8, "not gzip: Error -3"),
    ],
)
def test_damaged_object_is_blob_corrupt(tmp_path: Path, stored: bytes, problem: Any) -> None:
    """Cut off, something else, not compressed, empty, or with a wrong checksum: said, not passed on."""
    found = fetcher(str(tmp_path)).fetch(put(tmp_path, HELLO, stored), None)
    assert isinstance(found, Problem)
    assert found.reason == "blob_corrupt"
    assert (problem.detail if isinstance(problem, Problem) else problem) in found.detail


def test_missing_object_is_blob_missing(tmp_path: Path) -> None:
    """What the store does not have is counted, with its name."""
    found = fetcher(str(tmp_path)).fetch("0" * 40, None)
    assert found == Problem("blob_missing", detail=f"{tmp_path} has no {'0' * 40}")


def test_content_above_the_limit_is_not_unpacked(tmp_path: Path) -> None:
    """A gzip bomb stops one byte after the limit; a content of exactly the limit passes."""
    bomb = b"\0" * (50 << 20)
    found = fetcher(str(tmp_path)).fetch(put(tmp_path, bomb), None)
    assert found == Problem("too_large", LIMIT + 1, LIMIT, "decompression stopped here")
    exact = b"x" * LIMIT
    assert fetcher(str(tmp_path)).fetch(put(tmp_path, exact), None) == exact


def test_stated_length_above_the_limit_downloads_nothing(tmp_path: Path) -> None:
    """The length in the row decides before the store is asked."""
    assert fetcher(str(tmp_path / "gone")).fetch("0" * 40, LIMIT + 1) == Problem(
        "too_large", LIMIT + 1, LIMIT
    )


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 39, "0" * 41, "A" * 40, "0" * 40 + "\n"])
def test_id_that_is_none_asks_nothing(tmp_path: Path, name: str) -> None:
    """An id comes from the input, so only 40 hexadecimal digits ever become part of a path."""
    found = fetcher(str(tmp_path)).fetch(name, None)
    assert isinstance(found, Problem)
    assert (found.reason, found.detail) == ("bad_row", "blob_id is not a SHA-1 of 40 hexadecimal digits")


class Plain:
    """The little that a store needs of an fsspec filesystem."""

    async_impl = False

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.partition("://")[2]

    @staticmethod
    def _get_kwargs_from_urls(_: str) -> dict[str, Any]:
        return {}


class Flaky(Plain):
    """Fails as `failures` says, then answers from `objects`."""

    objects: dict[str, list[Any]]
    calls: Counter[str]

    def cat_file(self, path: str, start: Any = None, end: Any = None, **_: Any) -> bytes:
        name = path.rpartition("/")[2]
        self.calls[name] += 1
        answers = self.objects.get(name, [FileNotFoundError(path)])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer[start:end])


@pytest.fixture
def flaky() -> type[Flaky]:
    Flaky.objects, Flaky.calls = {}, Counter()
    fsspec.register_implementation("flaky", Flaky, clobber=True)
    return Flaky


class AnswerError(Exception):
    """An error as aiohttp has it: with a status, and no OSError."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


@pytest.mark.parametrize(
    "failure",
    [TimeoutError("slow"), ConnectionResetError("reset"), OSError(16, "SlowDown"), BrokenPipeError("x")],
)
def test_failure_that_passes_is_tried_again(flaky: type[Flaky], failure: Exception) -> None:
    """Timeouts, connections and overload are tried again, up to the number of retries."""
    flaky.objects[blob_id(HELLO)] = [failure, failure, gzip.compress(HELLO, mtime=0)]
    assert fetcher("flaky://store", retries=2).fetch(blob_id(HELLO), None) == HELLO
    assert flaky.calls[blob_id(HELLO)] == 3


def test_failure_that_does_not_pass_stops_the_unit(flaky: type[Flaky]) -> None:
    """An outage is no missing blob: after the last attempt the error names store, blob and what to do."""
    flaky.objects[blob_id(HELLO)] = [TimeoutError("slow")]
    with pytest.raises(
        BadInputError, match=r"flaky://store failed for \w+ at attempt 3: slow\. Check.*run again"
    ) as caught:
        fetcher("flaky://store", retries=2).fetch(blob_id(HELLO), None)
    assert flaky.calls[blob_id(HELLO)] == 3
    assert isinstance(caught.value.__cause__, TimeoutError)


def test_refusal_is_not_tried_again(flaky: type[Flaky]) -> None:
    """A store that refuses will refuse again."""
    flaky.objects[blob_id(HELLO)] = [PermissionError("403")]
    with pytest.raises(BadInputError, match=r"failed for \w+ at attempt 1: 403\. .*anon: true"):
        fetcher("flaky://store").fetch(blob_id(HELLO), None)


def test_object_damaged_on_its_way_is_fetched_once_more(flaky: type[Flaky]) -> None:
    """A body that does not fit its id is asked for again before it counts as corrupt."""
    whole = gzip.compress(HELLO, mtime=0)
    flaky.objects[blob_id(HELLO)] = [whole[:-5], whole]
    assert fetcher("flaky://store").fetch(blob_id(HELLO), None) == HELLO


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TimeoutError(), True),
        (ConnectionError(), True),
        (AnswerError(503), True),
        (AnswerError(429), True),
        (AnswerError(403), False),
        (AnswerError(400), False),
        (FileNotFoundError(), False),
        (PermissionError(), False),
        (type("NoCredentialsError", (Exception,), {})(), False),
    ],
)
def test_what_passes(error: Exception, expected: bool) -> None:
    """Server errors and connections pass; refusals and missing credentials do not."""
    assert passes(error) is expected


def test_waits_double_up_to_a_limit(flaky: type[Flaky], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wait is twice the one before, jittered down to a half, and never above 30 seconds."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    flaky.objects[blob_id(HELLO)] = [TimeoutError()] * 8 + [gzip.compress(HELLO, mtime=0)]
    Fetcher(Store(url="flaky://s", retries=8, first_wait=1.0), LIMIT).fetch(blob_id(HELLO), None)
    for wait, longest in zip(waits, (1, 2, 4, 8, 16, 30, 30, 30), strict=True):
        assert longest / 2 <= wait <= longest


def test_no_more_is_downloaded_than_a_content_can_need(flaky: type[Flaky]) -> None:
    """An object that is much larger than its row says is read up to the limit only."""
    flaky.objects[blob_id(HELLO)] = [gzip.compress(HELLO, mtime=0) + b"\0" * (1 << 24)]
    asked: list[int] = []
    real = Flaky.cat_file

    class Watched(Flaky):
        def cat_file(self, path: str, start: Any = None, end: Any = None, **options: Any) -> bytes:
            asked.append(end)
            return real(self, path, start, end, **options)

    fsspec.register_implementation("flaky", Watched, clobber=True)
    assert fetcher("flaky://store").fetch(blob_id(HELLO), None) == HELLO
    assert asked == [LIMIT + 1 + blobs.OVERHEAD]


class Slow(AsyncFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """An asynchronous filesystem that does not answer."""

    protocol = "slow"
    cachable = False

    async def _cat_file(self, path: str, start: Any = None, end: Any = None, **_: Any) -> bytes:
        await asyncio.sleep(3600)
        return b""


def test_download_that_does_not_end_is_given_up() -> None:
    """On asynchronous filesystems a download has a time limit, and a timeout is tried again."""
    fsspec.register_implementation("slow", Slow, clobber=True)
    with pytest.raises(BadInputError, match="at attempt 2"):
        fetcher("slow://store", timeout=0.1, retries=1).fetch("0" * 40, None)


class Handler(BaseHTTPRequestHandler):
    """Serves blobs over HTTP; every third request fails, one in three of these after half a body."""

    objects: dict[str, bytes]
    requests = 0
    lock = threading.Lock()

    def do_GET(self) -> None:
        with Handler.lock:
            Handler.requests += 1
            number = Handler.requests
        body = self.objects.get(self.path.rpartition("/")[2])
        if number % 3 == 0 and number % 9:
            self.send_error(503, "SlowDown")
        elif body is None:
            self.send_error(404)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if number % 9 == 0 else body)

    def log_message(self, *_: Any) -> None:
        """Be quiet."""


class Http(Plain):
    """HTTP without aiohttp, which the tests must not need."""

    def cat_file(self, path: str, start: Any = None, end: Any = None, **_: Any) -> bytes:
        url = "http://" + path
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return bytes(answer.read()[start:end])
        except http.client.IncompleteRead as error:
            raise ConnectionError("the body is cut off") from error
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404:
                raise FileNotFoundError(path) from error
            raise OSError(16, "SlowDown") from error


@pytest.fixture
def server() -> Iterator[str]:
    Handler.objects, Handler.requests = {}, 0
    fsspec.register_implementation("plainhttp", Http, clobber=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"plainhttp://127.0.0.1:{running.server_address[1]}/content"
        running.shutdown()
        thread.join()


def test_failing_server_loses_nothing(server: str) -> None:
    """Through 503s and cut bodies, every blob comes out once, in order; what is not there is said."""
    contents = [b"%d" % number * 50 for number in range(60)]
    Handler.objects = {blob_id(content): gzip.compress(content, mtime=0) for content in contents[:50]}
    fetch = fetcher(server, retries=20)
    found = list(in_order(contents, lambda content: fetch.fetch(blob_id(content), None), 8))
    assert found[:50] == contents[:50]
    assert [problem.reason for problem in found[50:] if isinstance(problem, Problem)] == ["blob_missing"] * 10


@given(count=st.integers(0, 40), threads=st.integers(1, 9))
def test_results_keep_the_order_of_the_items(count: int, threads: int) -> None:
    """However long each takes, results come in the order of the items, all of them."""
    delays = [0.0005 if number % 7 == 0 else 0.0 for number in range(count)]

    def job(number: int) -> int:
        time.sleep(delays[number])
        return number

    assert list(in_order(range(count), job, threads)) == list(range(count))


def test_no_more_items_are_ahead_than_threads() -> None:
    """While the first result is waited for, the window bounds what is taken and held."""
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = in_order(items(), lambda number: number, 4)
    assert next(results) == 0
    assert len(taken) == 5
    results.close()


def test_error_in_a_job_reaches_the_caller() -> None:
    """A store that fails stops the unit; no thread is left behind."""

    def job(number: int) -> int:
        if number == 3:
            raise BadInputError("the store failed")
        return number

    seen: list[int] = []
    with pytest.raises(BadInputError, match="the store failed"):
        seen.extend(number for number in in_order(range(100), job, 2))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("blobs")]


@pytest.mark.parametrize("url", ["nosuch://x", "s3://bucket/content"])
def test_store_without_a_filesystem_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store whose filesystem is unknown or not installed is said with what to install."""
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    with pytest.raises(
        BadInputError, match=f"blob store {url} cannot be used: .*Install the fsspec filesystem"
    ):
        Fetcher(Store(url=url), LIMIT)
