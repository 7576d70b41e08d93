"""Contents from a Software Heritage blob store: blob id -> bytes, or why there are none.

    fetch(store, "9c1185a5c5e9fc54612808977ee8f548b2258d31", None) -> b""
    not there -> Problem("blob_missing")    not what its id says -> Problem("blob_corrupt")

An object is named by the SHA-1 of its content and stored with gzip, as in s3://softwareheritage/content.
Failures that pass (timeouts, connections, overload) are tried again with growing, jittered waits; if they
do not pass, the unit stops, because an outage is no reason to leave a file out. Nothing is cached.
"""

import hashlib
import random
import re
import sys
import time
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import fsspec
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

from curation.errors import BadInputError
from curation.sources.base import Problem
from curation.sources.inputs import Options, describe

T = TypeVar("T")
R = TypeVar("R")

BLOB_ID = re.compile(r"[0-9a-f]{40}")
GZIP = 31
"""zlib's number for the largest window with a gzip header."""
OVERHEAD = 64 * 1024
"""Bytes that gzip may add to a content that does not compress, with room to spare."""
LONGEST_WAIT = 30.0
"""Seconds."""
PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP answers after which it is worth to try again."""
LASTING = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
"""OSErrors that trying again does not cure."""


class Store(BaseModel):
    """A blob store, and how patiently it is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = "s3://softwareheritage/content"
    """fsspec URL under which an object's name is its blob id; https:// and file:// serve as well."""
    storage_options: Options = Field(default_factory=dict)
    """Arguments of its fsspec filesystem; {"anon": true} reads a public S3 bucket without keys."""
    threads: PositiveInt = 16
    """Downloads at a time, also the number of contents held: 16 x 10 MiB, and as much again compressed."""
    retries: NonNegativeInt = 5
    """Further attempts after a failure that may pass; 0 tries once."""
    first_wait: PositiveFloat = 0.5
    """Seconds before the second attempt; doubled each time up to 30, and multiplied by 0.5 to 1 at random."""
    timeout: PositiveFloat = 60.0
    """Seconds for one download, on filesystems that are asynchronous (s3, gs, http); others use their own."""


class Fetcher:
    """Downloads from one store; one per process and unit, used by many threads."""

    def __init__(self, store: Store, max_file_bytes: int) -> None:
        """Connect to nothing yet.

        Args:
            store: Where the objects are.
            max_file_bytes: A longer content becomes the problem too_large.

        Raises:
            BadInputError: If there is no filesystem for the URL.
        """
        self.store, self.limit = store, max_file_bytes
        try:
            self.filesystem, self.root = fsspec.core.url_to_fs(store.url, **store.storage_options)
        except (ImportError, ValueError, OSError) as error:
            raise BadInputError(
                f"blob store {store.url} cannot be used: {describe(error)}. Install the fsspec filesystem "
                f"that it names (s3fs for s3://, aiohttp for https://) or give another blobs.url."
            ) from error

    def fetch(self, blob_id: str, length: int | None) -> bytes | Problem:
        """The content of a blob, checked against its id.

        Args:
            blob_id: SHA-1 of the content, 40 lower-case hexadecimal digits.
            length: Bytes that the input says it has; above the limit nothing is downloaded.

        Raises:
            BadInputError: If the store refuses, or fails more often than it may.
        """
        if not BLOB_ID.fullmatch(blob_id):
            return Problem("bad_row", detail="blob_id is not a SHA-1 of 40 hexadecimal digits")
        if length is not None and length > self.limit:
            return Problem("too_large", value=length, limit=self.limit)
        try:
            content = unpack(self._download(blob_id), blob_id, self.limit)
            if isinstance(content, Problem) and content.reason == "blob_corrupt":  # perhaps only on its way
                content = unpack(self._download(blob_id), blob_id, self.limit)
        except FileNotFoundError:
            return Problem("blob_missing", detail=f"{self.store.url} has no {blob_id}")
        return content

    def _download(self, blob_id: str) -> bytes:
        """The stored bytes, at most as many as a content of allowed size can have.

        Raises:
            BadInputError: If the store refuses, or fails more often than it may.
            FileNotFoundError: If the store does not have it.
        """
        options: dict[str, Any] = {"end": self.limit + self.limit // 1000 + OVERHEAD}
        if getattr(self.filesystem, "async_impl", False):
            options["timeout"] = self.store.timeout
        attempt = 0
        while True:
            try:
                return bytes(self.filesystem.cat_file(f"{self.root}/{blob_id}", **options))
            except FileNotFoundError:
                raise
            except _network_errors() as error:
                if attempt >= self.store.retries or not passes(error):
                    raise BadInputError(
                        f"blob store {self.store.url} failed for {blob_id} at attempt {attempt + 1}: "
                        f"{describe(error)}. Check the connection and blobs.storage_options (a public S3 "
                        f"bucket needs anon: true), then run again: what is finished is kept."
                    ) from error
                wait = min(self.store.first_wait * 2**attempt, LONGEST_WAIT)
                time.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, keeps no secret
                attempt += 1


def _network_errors() -> tuple[type[BaseException], ...]:
    """What a filesystem may raise: OSError, and the own errors of the libraries that are loaded."""
    found: list[type[BaseException]] = [OSError, TimeoutError]
    for module, name in (("aiohttp", "ClientError"), ("botocore.exceptions", "BotoCoreError")):
        if module in sys.modules:
            found.append(getattr(sys.modules[module], name))
    return tuple(found)


def passes(error: BaseException) -> bool:
    """Whether an error may be gone at the next attempt: by HTTP status where it has one, else by its type."""
    status = getattr(error, "status", None)
    if isinstance(status, int) and status >= 100:
        return status in PASSING_STATUS
    return not isinstance(error, LASTING) and "Credentials" not in type(error).__name__


def unpack(stored: bytes, blob_id: str, limit: int) -> bytes | Problem:
    """Decompress an object, never beyond `limit` + 1 bytes, and compare it with its id."""
    decompressor = zlib.decompressobj(GZIP)
    try:
        content = decompressor.decompress(stored, limit + 1)
    except zlib.error as error:
        return Problem("blob_corrupt", value=len(stored), detail=f"not gzip: {describe(error)}")
    if len(content) > limit:
        return Problem("too_large", value=len(content), limit=limit, detail="decompression stopped here")
    if not decompressor.eof:
        return Problem("blob_corrupt", value=len(stored), detail="the gzip stream is cut off")
    if (found := hashlib.sha1(content, usedforsecurity=False).hexdigest()) != blob_id:
        return Problem("blob_corrupt", value=len(content), detail=f"the content's SHA-1 is {found}")
    return content


def in_order(items: Iterable[T], job: Callable[[T], R], threads: int) -> Generator[R, None, None]:
    """Run `job` on every item in threads; results in the order of the items, at most `threads` ahead."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="blobs")
    ahead: deque[Future[R]] = deque()
    try:
        for item in items:
            if len(ahead) >= threads:
                yield ahead.popleft().result()
            ahead.append(pool.submit(job, item))
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
