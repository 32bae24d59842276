# SPDX-License-Identifier: Apache-2.0
"""Fetches pinned files: with progress, resumed where it broke off, and never used unverified.

A file lies in the cache under its final name only after its SHA-256 was right, and it is checked
again every time it is used. What has arrived so far is kept beside it as ``NAME.part``.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from percept_export import __version__
from percept_export.errors import DownloadError, FileError

_HUB = "https://huggingface.co"
_ATTEMPTS = 5
_PAUSE_S = 1.0
_TIMEOUT_S = 30.0
_CHUNK = 1 << 20
_WITHIN_PROCESS = threading.Lock()


class _BrokenOffError(Exception):
    """A connection that may be tried again."""


@dataclass(frozen=True)
class PinnedFile:
    """One file of one revision of a repository on the Hugging Face hub, and what it must be."""

    repository: str
    revision: str
    path: str
    sha256: str
    licence: str
    megabytes: int

    @property
    def source(self) -> str:
        """The canonical address, whichever mirror the file is really fetched from."""
        return self._address(_HUB)

    @property
    def url(self) -> str:
        """The address to fetch from; ``HF_ENDPOINT`` names a mirror of the hub."""
        return self._address(os.environ.get("HF_ENDPOINT") or _HUB)

    @property
    def file_name(self) -> str:
        """The name in the cache: repository and digest, so that two revisions never collide."""
        stem = self.repository.rpartition("/")[2]
        return f"{stem}-{self.sha256[:8]}{Path(self.path).suffix}"

    def _address(self, endpoint: str) -> str:
        return f"{endpoint.rstrip('/')}/{self.repository}/resolve/{self.revision}/{self.path}"


def cache_folder() -> Path:
    """Returns where weights are kept: ``$PERCEPT_CACHE``, ``$XDG_CACHE_HOME/percept`` or
    ``~/.cache/percept``, and in there ``weights``. The folder need not exist.

    Raises:
        FileError: none of them is set and there is no home folder.
    """
    if own := os.environ.get("PERCEPT_CACHE"):
        return Path(own) / "weights"
    # The XDG specification says to ignore a relative path.
    if (base := os.environ.get("XDG_CACHE_HOME")) and Path(base).is_absolute():
        return Path(base) / "percept" / "weights"
    try:
        return Path.home() / ".cache" / "percept" / "weights"
    except RuntimeError as error:
        raise FileError("there is no home folder for the cache; set PERCEPT_CACHE to a folder") from error


def sha256_of(path: Path) -> str:
    """Returns the SHA-256 of a file's bytes, 64 lower-case hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def fetch(pinned: PinnedFile, folder: Path | None = None, out: TextIO | None = None) -> Path:
    """Returns the verified file, from the cache or over the network.

    Args:
        pinned: which file.
        folder: where to keep it; :func:`cache_folder` if absent.
        out: where progress goes, stderr if absent. Nothing is written before the first byte came.

    Raises:
        DownloadError: no network, no such file, or the bytes are not the pinned ones (then nothing
            is left of them). A download that broke off is kept and resumed by the next call.
        FileError: the folder cannot be made, or the disk is full.
    """
    folder = cache_folder() if folder is None else folder
    target = folder / pinned.file_name
    progress = _Progress(pinned, sys.stderr if out is None else out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(target.with_name(target.name + ".lock")):
            if target.exists():
                if sha256_of(target) == pinned.sha256:
                    return target
                progress.say(f"{target} is damaged; fetching it again")
                target.unlink()
            _download(pinned, target, progress)
    except OSError as error:
        name = error.filename or target
        raise FileError(f"cannot keep the weights in {name}: {error.strerror or error}") from error
    return target


def _download(pinned: PinnedFile, target: Path, progress: _Progress) -> None:
    part = target.with_name(target.name + ".part")
    resumed = part.exists() and part.stat().st_size > 0
    _transfer(pinned, target, part, progress)
    if sha256_of(part) != pinned.sha256 and resumed:
        # What an earlier run left may be at fault, or the server; one clean attempt tells.
        part.unlink()
        _transfer(pinned, target, part, progress)
    actual = sha256_of(part)
    if actual != pinned.sha256:
        part.unlink()
        raise DownloadError(
            f"{pinned.url} has SHA-256 {actual}, not the pinned {pinned.sha256}; nothing was kept. {_way_round(target)}"
        )
    part.replace(target)


def _transfer(pinned: PinnedFile, target: Path, part: Path, progress: _Progress) -> None:
    """Brings ``part`` to its full length, going on where a connection broke off."""
    failures = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            if _receive(pinned.url, part, progress):
                return
            reason = "the connection ended early"
        except urllib.error.HTTPError as error:
            if error.code == 416 and before > 0:  # The part is as long as the file, or longer.
                if sha256_of(part) != pinned.sha256:
                    part.unlink()
                    continue
                return
            reason = f"HTTP {error.code} {error.reason}"
            if error.code < 500 and error.code not in (408, 429):
                raise _unreachable(pinned, target, reason) from error
        except urllib.error.URLError as error:
            reason = str(error.reason)
        except (_BrokenOffError, http.client.HTTPException, ConnectionError, TimeoutError, ValueError) as error:
            reason = str(error) or type(error).__name__
        after = part.stat().st_size if part.exists() else 0
        # Whoever gets on, however slowly, is not given up.
        failures = 0 if after > before else failures + 1
        if failures >= (_ATTEMPTS if after > 0 else 1):
            progress.end()
            raise _unreachable(pinned, target, reason)
        time.sleep(_PAUSE_S)


def _receive(url: str, part: Path, progress: _Progress) -> bool:
    """Appends to ``part`` what one connection delivers; returns whether the file is complete."""
    start = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": f"percept-export/{__version__}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
        if response.status == 206:
            sent = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
            if sent is None or int(sent[1]) != start:
                raise _BrokenOffError("the server sent another range than was asked for")
            total = None if sent[2] == "*" else int(sent[2])
        else:
            start = 0  # The server does not resume: this is the file from its beginning.
            length = response.headers.get("Content-Length")
            total = None if length is None else int(length)
        with part.open("r+b" if start else "wb") as stream:
            stream.seek(start)
            stream.truncate()
            done = start
            while chunk := _next_chunk(response):
                stream.write(chunk)
                done += len(chunk)
                progress.at(done, total)
    return total is None or done >= total


def _next_chunk(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read1(_CHUNK)
    except OSError as error:  # Told apart here from a disk that is full.
        raise _BrokenOffError(str(error) or type(error).__name__) from error


def _unreachable(pinned: PinnedFile, target: Path, reason: str) -> DownloadError:
    return DownloadError(f"cannot fetch {pinned.url}: {reason}. {_way_round(target)}")


def _way_round(target: Path) -> str:
    return f"Fetch it by hand and put it at {target}, or pass --weights PATH.safetensors"


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Keeps two processes from writing the same file; where the system has no such lock, does not."""
    with path.open("ab") as stream:
        try:
            import fcntl
        except ImportError:
            yield
            return
        # The kind of lock that Java takes, since percept models install keeps weights in the same files. It holds
        # between processes only.
        with _WITHIN_PROCESS:
            fcntl.lockf(stream, fcntl.LOCK_EX)
            yield


class _Progress:
    """Says how far a download is: one line that is rewritten on a terminal, else one per tenth."""

    def __init__(self, pinned: PinnedFile, out: TextIO) -> None:
        self._pinned = pinned
        self._out = out
        self._terminal = out.isatty()
        self._tenth = -1
        self._open_line = False

    def say(self, text: str) -> None:
        self.end()
        print(f"percept-export: {text}", file=self._out, flush=True)

    def at(self, done: int, total: int | None) -> None:
        size = total or self._pinned.megabytes * 1_000_000
        share = min(done / size, 1.0) if size else 1.0
        text = f"{self._pinned.repository}: {done / 1e6:,.1f} of {size / 1e6:,.1f} MB ({share:.0%})"
        if self._terminal:
            self._out.write(f"\r{text}\x1b[K")
            self._out.flush()
            self._open_line = True
            if share == 1.0:
                self.end()
        elif int(share * 10) > self._tenth:
            self._tenth = int(share * 10)
            self.say(text)

    def end(self) -> None:
        if self._open_line:
            self._open_line = False
            print(file=self._out, flush=True)
