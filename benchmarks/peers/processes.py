# SPDX-License-Identifier: Apache-2.0
"""The processes that are measured. Each answers requests, a JSON object a line, and is idle in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


class PeerError(Exception):
    """What a process answered or how it ended, in one line."""


class Subject:
    """One of those that are compared, in a process of its own."""

    def __init__(self, name: str, command: Sequence[str], log: Path, env: dict[str, str]) -> None:
        self.name = name
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=os.environ | env, text=True
            )
        self.peak_mib = 0.0

    def ask(self, **request: object) -> dict[str, Any]:
        """What it answers.

        Raises:
            PeerError: it failed, or is no longer there.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise PeerError(f"it ended: {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PeerError(str(answer["error"]))
        self.peak_mib = self._high_water_mark()
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            self._process.wait(20)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def _high_water_mark(self) -> float:
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return 0.0
        return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0.0)

    def _last_words(self) -> str:
        lines = [line for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].strip()[:200] if lines else f"see {self._log.name}"


def serve(describe: dict[str, object], measure: Callable[[dict[str, Any]], dict[str, object]]) -> None:
    """Answers requests on standard input until it ends."""
    with os.fdopen(os.dup(1), "w") as out:
        # Nothing that a library prints may get among the answers.
        os.dup2(2, 1)
        for line in sys.stdin:
            answer: dict[str, object]
            try:
                request = json.loads(line)
                answer = describe if request["do"] == "describe" else measure(request)
            except Exception as e:  # Whatever a peer throws is an answer.
                answer = {"error": f"{type(e).__name__}: {e}".splitlines()[0][:300]}
            out.write(json.dumps(answer) + "\n")
            out.flush()
