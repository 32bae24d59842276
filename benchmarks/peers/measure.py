# SPDX-License-Identifier: Apache-2.0
"""Measures subjects in turns: each round all of them score the same new pictures."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pictures
from plan import EXACT, PERCEPT, Case
from processes import PeerError, Subject

PAUSE = 0.05
"""Seconds between two measurements, in which thread pools stop spinning."""


class Bench:
    """All subjects that are there, and what went wrong with those that aren't."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._subjects: dict[str, Subject] = {}
        self._seed = 0
        self.failed: dict[str, str] = {}
        self.versions: dict[str, str] = {}

    def start(self, name: str, command: Sequence[str]) -> None:
        log = self._work / f"{name.replace(' ', '-')}.log"
        environment = {"ORT_DISABLE_TELEMETRY": "1", "PERCEPT_CACHE": str(self._work / "cache")}
        self._subjects[name] = Subject(name, command, log, environment)

    def describe(self) -> list[str]:
        """Waits until all are there; the layers that Percept scores."""
        layers: list[str] = []
        for name in list(self._subjects):
            answer = self._ask(name, do="describe")
            if answer is None:
                continue
            self.versions |= answer["versions"]
            if name == PERCEPT:
                layers = [layer["name"] for layer in answer["layers"]]
        return layers

    def measure(self, cases: Sequence[Case], rounds: int) -> dict[str, Any]:
        """By case and subject, the seconds of each round."""
        outcome: dict[str, Any] = {
            case.key: {
                "title": case.title,
                "pixels": case.size[0] * case.size[1],
                "pairs": case.pairs,
                "seconds": {},
                "execution": {},
            }
            for case in cases
        }
        for case in cases:
            for _ in range(case.warmups):
                self._round(case, 0)
            say(f"warmed up: {case.title}")
        for number in range(rounds):
            for case in cases:
                for name, answer in self._round(case, number).items():
                    outcome[case.key]["seconds"].setdefault(name, []).append(answer["seconds"])
                    if "execution" in answer:
                        outcome[case.key]["execution"][name] = answer["execution"]
            say(f"round {number + 1} of {rounds}: {', '.join(case.title for case in cases)}")
        return outcome

    def agreement(self, cases: Sequence[Case]) -> dict[str, Any]:
        """By case and subject, each pair's layers."""
        outcome: dict[str, Any] = {}
        for case in cases:
            # Double precision takes gigabytes for large pictures.
            left_out = () if case.size[0] < 500 else (EXACT,)
            names = [name for name in self._subjects if case.concerns(name) and name not in left_out]
            answers = self._ask_all(names, case)
            outcome[case.key] = {
                "title": case.title,
                "layers": {name: answer["layers"] for name, answer in answers.items()},
            }
            say(f"agreement: {case.title}")
        return outcome

    def peaks(self) -> dict[str, float]:
        return {name: subject.peak_mib for name, subject in self._subjects.items()}

    def close(self) -> None:
        for subject in self._subjects.values():
            subject.close()

    def _round(self, case: Case, number: int) -> dict[str, dict[str, Any]]:
        names = [name for name in self._subjects if case.concerns(name) and name != EXACT]
        # Whoever comes first finds other caches than whoever comes last.
        turned = names[number % len(names) :] + names[: number % len(names)]
        return self._ask_all(turned, case)

    def _ask_all(self, names: Sequence[str], case: Case) -> dict[str, dict[str, Any]]:
        # New pictures each time: results that somebody kept don't count.
        self._seed += 1
        file = self._work / "pictures.bin"
        references = 1 if case.way == "shared" else case.pairs
        pictures.write(file, case.size, references, case.pairs, case.change, case.square, self._seed)
        answers = {}
        for name in names:
            time.sleep(PAUSE)
            width, height = case.size
            answer = self._ask(
                name, do="measure", way=case.way, pairs=case.pairs, width=width, height=height, file=str(file)
            )
            if answer is not None:
                answers[name] = answer
        return answers

    def _ask(self, name: str, **request: object) -> dict[str, Any] | None:
        """What a subject answers; None if it fails, which ends its part."""
        try:
            return self._subjects[name].ask(**request)
        except PeerError as e:
            self.failed[name] = str(e)
            say(f"{name} failed: {e}")
            self._subjects.pop(name).close()
            return None


def say(text: str) -> None:
    print(f"peers: {text}", file=sys.stderr, flush=True)
