# SPDX-License-Identifier: Apache-2.0
"""Downloads against a server on this machine: broken off, resumed, wrong, missing."""

from __future__ import annotations

import hashlib
import io
import socket
import threading
from pathlib import Path

import numpy as np
import pytest

from hub import Hub
from percept_export import download
from percept_export.download import PinnedFile, cache_folder, fetch
from percept_export.errors import DownloadError, FileError

CONTENT = np.random.Generator(np.random.PCG64(1)).bytes(300_000)
PINNED = PinnedFile(
    repository="timm/tiny",
    revision="abc123",
    path="model.safetensors",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="BSD-3-Clause",
    megabytes=1,
)


@pytest.fixture
def tiny(hub: Hub) -> Hub:
    hub.content = CONTENT
    return hub


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


def test_fetches_the_pinned_revision_and_says_how_far_it_is(tiny: Hub, tmp_path: Path) -> None:
    out = io.StringIO()
    path = fetch(PINNED, tmp_path, out)
    assert path.read_bytes() == CONTENT
    assert files_in(tmp_path) == {path.name}
    assert tiny.requests == [("/timm/tiny/resolve/abc123/model.safetensors", None)]
    assert out.getvalue().splitlines()[-1] == "percept-export: timm/tiny: 0.3 of 0.3 MB (100%)"


def test_a_terminal_gets_one_line_that_is_rewritten(tiny: Hub, tmp_path: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    fetch(PINNED, tmp_path, out)
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().startswith("\rtimm/tiny: ")


def test_the_cached_file_is_used_again_without_the_network(tiny: Hub, tmp_path: Path) -> None:
    fetch(PINNED, tmp_path, io.StringIO())
    tiny.requests.clear()
    fetch(PINNED, tmp_path, io.StringIO())
    assert tiny.requests == []


def test_a_cached_file_that_was_changed_is_fetched_again(tiny: Hub, tmp_path: Path) -> None:
    path = fetch(PINNED, tmp_path, io.StringIO())
    path.write_bytes(CONTENT[:-1] + b"?")
    out = io.StringIO()
    assert fetch(PINNED, tmp_path, out).read_bytes() == CONTENT
    assert "is damaged" in out.getvalue()


def test_a_connection_that_keeps_breaking_off_gets_there(tiny: Hub, tmp_path: Path) -> None:
    tiny.cut_after = 70_000
    assert fetch(PINNED, tmp_path, io.StringIO()).read_bytes() == CONTENT
    assert [wanted for _, wanted in tiny.requests] == [None, *(f"bytes={n}-" for n in range(70_000, 300_000, 70_000))]


def test_a_later_run_resumes_what_an_earlier_one_left(tiny: Hub, tmp_path: Path) -> None:
    tiny.cut_after = 100_000
    tiny.statuses = [200, *[503] * 5]
    with pytest.raises(DownloadError, match="HTTP 503"):
        fetch(PINNED, tmp_path, io.StringIO())
    assert files_in(tmp_path) == {f"{PINNED.file_name}.part"}
    tiny.cut_after = None
    tiny.requests.clear()
    assert fetch(PINNED, tmp_path, io.StringIO()).read_bytes() == CONTENT
    assert [wanted for _, wanted in tiny.requests] == ["bytes=100000-"]
    assert files_in(tmp_path) == {PINNED.file_name}


def test_a_server_that_cannot_resume_sends_all_of_it_again(tiny: Hub, tmp_path: Path) -> None:
    tiny.ranges = False
    (tmp_path / f"{PINNED.file_name}.part").write_bytes(b"x" * 200_000)
    assert fetch(PINNED, tmp_path, io.StringIO()).read_bytes() == CONTENT


def test_a_redirect_keeps_the_place_to_resume_at(tiny: Hub, tmp_path: Path) -> None:
    tiny.redirect = True
    (tmp_path / f"{PINNED.file_name}.part").write_bytes(CONTENT[:1000])
    assert fetch(PINNED, tmp_path, io.StringIO()).read_bytes() == CONTENT
    assert tiny.requests[-1] == ("/storage/model.safetensors", "bytes=1000-")


@pytest.mark.parametrize("length", [1000, 300_000, 400_000])
def test_a_damaged_remainder_is_given_up_for_a_clean_attempt(tiny: Hub, tmp_path: Path, length: int) -> None:
    (tmp_path / f"{PINNED.file_name}.part").write_bytes(b"x" * length)
    assert fetch(PINNED, tmp_path, io.StringIO()).read_bytes() == CONTENT


def test_a_remainder_that_is_already_whole_is_taken(tiny: Hub, tmp_path: Path) -> None:
    (tmp_path / f"{PINNED.file_name}.part").write_bytes(CONTENT)
    assert fetch(PINNED, tmp_path, io.StringIO()).read_bytes() == CONTENT
    assert len(tiny.requests) == 1


def test_wrong_bytes_leave_nothing_behind(tiny: Hub, tmp_path: Path) -> None:
    tiny.content = CONTENT[:-1] + b"?"
    with pytest.raises(DownloadError, match=f"not the pinned {PINNED.sha256}; nothing was kept"):
        fetch(PINNED, tmp_path, io.StringIO())
    assert files_in(tmp_path) == set()


def test_a_file_that_is_not_there_fails_at_once(tiny: Hub, tmp_path: Path) -> None:
    tiny.path_end = "other"
    out = io.StringIO()
    with pytest.raises(DownloadError, match="HTTP 404 Not Found"):
        fetch(PINNED, tmp_path, out)
    assert len(tiny.requests) == 1
    assert out.getvalue() == ""
    assert files_in(tmp_path) == set()


def test_no_network_names_address_folder_and_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    out = io.StringIO()
    with pytest.raises(DownloadError) as caught:
        fetch(PINNED, tmp_path, out)
    text = str(caught.value)
    assert f"{endpoint}/timm/tiny/resolve/abc123/model.safetensors" in text
    assert str(tmp_path / PINNED.file_name) in text
    assert "--weights PATH.safetensors" in text
    assert "\n" not in text
    assert out.getvalue() == ""


def test_two_at_once_fetch_it_once(tiny: Hub, tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    threads = [threading.Thread(target=fetch, args=(PINNED, tmp_path, io.StringIO())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / PINNED.file_name).read_bytes() == CONTENT
    assert len(tiny.requests) == 1


def test_a_cache_that_cannot_be_made_is_one_clear_error(tiny: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot keep the weights in"):
        fetch(PINNED, tmp_path / "file" / "weights", io.StringIO())


def test_the_cache_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERCEPT_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path / "weights"
    monkeypatch.delenv("PERCEPT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "percept" / "weights"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "percept" / "weights"


def test_the_source_in_a_description_is_the_hub_even_when_a_mirror_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://mirror.example/")
    assert PINNED.url == "http://mirror.example/timm/tiny/resolve/abc123/model.safetensors"
    assert PINNED.source == f"{download._HUB}/timm/tiny/resolve/abc123/model.safetensors"
