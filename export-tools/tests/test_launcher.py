# SPDX-License-Identifier: Apache-2.0
"""The launcher, with a stand-in for Python that installs nothing and writes down what it was asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the launcher is a POSIX shell script")

# Root can write everywhere, and CI often is root.
NOBODY = 65534 if hasattr(os, "geteuid") and os.geteuid() == 0 else None
FOLDER = Path(__file__).parents[1]
STAND_IN = """\
#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
*version_info*) exit "${STUB_OLD:-0}" ;;
*ensurepip*) exit "${STUB_NO_VENV:-0}" ;;
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
*"pip install"*)
    sleep "${STUB_SLOW:-0}"
    if [ -n "${STUB_PIP_FAILS:-}" ]; then
        echo "ERROR: No matching distribution found"
        echo "more of it"
        exit 1
    fi
    case "$*" in *"[torch]"*) touch "$TORCH" ;; esac ;;
*percept_export*pth*) [ -f "$TORCH" ] || exit 69; echo "exported" ;;
*percept_export*) echo "ran"; exit "${STUB_CODE:-0}" ;;
esac
"""


class Launcher:
    """A copy of the launcher in a folder of its own, and what it makes the stand-in do."""

    def __init__(self, folder: Path, user: int | None = None) -> None:
        self._user = user
        self.folder = folder / "export tools"
        self.folder.mkdir()
        for name in ("percept-export", "find-python.sh", "pyproject.toml"):
            shutil.copy(FOLDER / name, self.folder / name)
        self.environment = self.folder / ".venv"
        self._python = folder / "python3"
        self._python.write_text(STAND_IN)
        self._python.chmod(0o755)
        self._calls = folder / "calls"
        self._torch = folder / "torch"

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        environment = {"PYTHON": str(self._python), "CALLS": str(self._calls), "TORCH": str(self._torch), "LC_ALL": "C"}
        return subprocess.Popen(
            [self.folder / "percept-export", *arguments],
            env=environment | variables,
            user=self._user,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *arguments: str, **variables: str) -> tuple[int, str, str]:
        process = self.start(*arguments, **variables)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def calls(self, what: str) -> int:
        """How often the stand-in was asked for ``what`` since the last time."""
        text = self._calls.read_text() if self._calls.exists() else ""
        self._calls.unlink(missing_ok=True)
        return sum(what in line for line in text.splitlines())


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """A folder outside pytest's own, which is closed to other users."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture
def launcher(tmp_path: Path) -> Launcher:
    return Launcher(tmp_path)


def test_makes_its_environment_once_and_says_so_in_one_line(launcher: Launcher) -> None:
    code, out, err = launcher.run("check", "x.onnx")
    assert (code, out, err.count("\n")) == (0, "ran\n", 1)
    assert "making a Python environment for the export tools on first use (about" in err
    assert launcher.calls("pip install") == 1
    assert launcher.run("check", "x.onnx") == (0, "ran\n", "")
    assert launcher.calls("pip install") == 0


def test_passes_arguments_and_exit_codes_on(launcher: Launcher) -> None:
    assert launcher.run("check", "a  b", "", STUB_CODE="4")[0] == 4
    assert launcher.calls("-I -X utf8 -m percept_export check a  b ") == 1


def test_a_changed_pyproject_is_installed_into_what_is_there(launcher: Launcher) -> None:
    launcher.run("check")
    launcher.calls("")
    with (launcher.folder / "pyproject.toml").open("a") as stream:
        stream.write("# changed\n")
    code, _, err = launcher.run("check")
    assert (code, err.count("\n")) == (0, 1)
    assert "up to date" in err
    assert launcher.calls("-m venv") == 0


def test_a_half_made_environment_is_made_again(launcher: Launcher) -> None:
    launcher.run("check")
    (launcher.environment / "percept-stamp").unlink()
    (launcher.environment / "rest").touch()
    launcher.calls("")
    assert launcher.run("check")[0] == 0
    assert launcher.calls("-m venv") == 1
    assert not (launcher.environment / "rest").exists()


def test_an_environment_that_was_moved_is_made_again(launcher: Launcher) -> None:
    launcher.run("check")
    moved = launcher.folder.with_name("elsewhere")
    launcher.folder.rename(moved)
    launcher.folder = moved
    launcher.calls("")
    assert launcher.run("check")[0] == 0
    assert launcher.calls("-m venv") == 1


def test_two_at_once_make_it_once(launcher: Launcher) -> None:
    processes = [launcher.start("check", STUB_SLOW="2") for _ in range(3)]
    assert [process.communicate(timeout=60)[0] for process in processes] == ["ran\n"] * 3
    assert launcher.calls("pip install") == 1
    assert not launcher.environment.with_name(".venv.lock").exists()


def test_a_lock_of_a_process_that_is_gone_is_taken_over(launcher: Launcher) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    lock = launcher.environment.with_name(".venv.lock")
    lock.mkdir()
    (lock / "pid").write_text(f"{gone.pid}\n")
    assert launcher.run("check")[0] == 0
    assert not lock.exists()


def test_an_interrupted_start_leaves_no_lock(launcher: Launcher) -> None:
    process = launcher.start("check", STUB_SLOW="2")
    lock = launcher.environment.with_name(".venv.lock")
    while not lock.exists():
        time.sleep(0.02)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert launcher.run("check")[0] == 0
    assert not lock.exists()


def test_torch_is_installed_when_it_is_asked_for(launcher: Launcher) -> None:
    launcher.run("check")
    launcher.calls("")
    code, out, err = launcher.run("vgg19", "--weights", "w.pth")
    assert (code, out, err.count("\n")) == (0, "exported\n", 1)
    assert "installing torch (about 5.7 GB" in err
    assert launcher.calls("[torch]") == 1
    assert launcher.run("vgg19", "--weights", "w.pth") == (0, "exported\n", "")


def test_torch_that_cannot_be_installed_leaves_the_rest_in_order(launcher: Launcher) -> None:
    launcher.run("check")
    code, out, err = launcher.run("vgg19", "--weights", "w.pth", STUB_PIP_FAILS="1")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith("percept: cannot install torch: ERROR: No matching distribution found (")
    assert launcher.run("check") == (0, "ran\n", "")


@pytest.mark.parametrize(
    ("variable", "reason"),
    [
        ("STUB_OLD", "no Python 3.10 or newer found"),
        ("STUB_NO_VENV", "has no venv module; install it (Debian, Ubuntu: apt-get install python3-venv)"),
        ("STUB_PIP_FAILS", "cannot install the export tools (is there a network?): ERROR: No matching distribution"),
    ],
)
def test_what_stands_in_the_way_is_one_line(launcher: Launcher, variable: str, reason: str) -> None:
    code, out, err = launcher.run("check", **{variable: "1"})
    assert (code, out) == (1, "")
    assert reason in err.splitlines()[-1]
    assert len(err.splitlines()) == (2 if variable == "STUB_PIP_FAILS" else 1)
    assert launcher.run("check")[0] == 0


def test_a_read_only_folder_sends_the_environment_to_the_cache(everybodys: Path) -> None:
    launcher = Launcher(everybodys, user=NOBODY)
    cache = everybodys / "cache"
    launcher.folder.chmod(0o555)
    try:
        code, out, err = launcher.run("check", PERCEPT_CACHE=str(cache))
        assert (code, out) == (0, "ran\n"), err
        assert (cache / "export-venv" / "percept-stamp").is_file()
        assert launcher.run("check")[0] == 1
    finally:
        launcher.folder.chmod(0o755)
