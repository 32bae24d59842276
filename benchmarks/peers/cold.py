# SPDX-License-Identifier: Apache-2.0
"""Runs commands as whole processes, in turns: ``cold.py ROUNDS < COMMANDS.json``.

In comes a JSON list of ``{"command": […], "env": {…}}``; out goes, for each, a list of ``[seconds, peak MiB]``, of
which the first round is left out, or the text that says how it failed. The peak is what the kernel says of the
process and those that it waited for.

On its own, and without NumPy: Linux counts what a parent has resident as its child's, from the time before exec.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any


def run(command: list[str], env: dict[str, str]) -> tuple[float, float] | str:
    start = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ | env
    ) as process:
        assert process.stderr is not None
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        lines = errors.decode(errors="replace").strip().splitlines()
        return f"exit code {process.returncode}: {lines[-1] if lines else 'no message'}"[:300]
    # Linux counts in KiB, macOS in bytes.
    return seconds, usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024)


def main() -> None:
    rounds = int(sys.argv[1])
    commands = json.load(sys.stdin)
    outcomes: list[Any] = [[] for _ in commands]
    for number in range(rounds + 1):
        for i, command in enumerate(commands):
            if isinstance(outcomes[i], str):
                continue
            outcome = run(command["command"], command["env"])
            if isinstance(outcome, str):
                outcomes[i] = outcome
            elif number > 0:
                outcomes[i].append(outcome)
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
