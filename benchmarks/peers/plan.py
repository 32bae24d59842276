# SPDX-License-Identifier: Apache-2.0
"""What is measured, and what is hoped for."""

from __future__ import annotations

from dataclasses import dataclass, replace

PERCEPT = "Percept"
ORACLE = "PyTorch"
"""The one that losses are compared with."""
EXACT = "PyTorch float64"
"""Says whose error a difference is. Not timed."""

STANDARD = f"{PERCEPT}, standard operators"

VARIANTS: dict[str, tuple[str, ...]] = {PERCEPT: (), STANDARD: ("-Dpercept.kernels.form=standard",)}
"""
Percept's own processes, with the options that their Java gets; ``--variant`` adds others. The first is measured
everywhere, the rest where kernels matter.
"""


SMALL = (224, 224)
LARGE = (1024, 1024)
HUGE = (6000, 4000)


@dataclass(frozen=True)
class Case:
    """Pairs that are measured once a round.

    Attributes:
        key: what results call it
        what: what people call it, after the size
        size: width and height of the pictures, in pixels
        pairs: how many at once
        way: how they are handed over: ``pairs`` in one call, ``each`` in its own, ``shared`` one reference for all
        change: what candidates differ in, see pictures.py
        warmups: calls before any counts; so many that what a run of pairs switches in is in
        alone: whether only Percept is measured
        square: side of what differs, for ``patch`` and ``corners``
    """

    key: str
    what: str
    size: tuple[int, int]
    pairs: int
    way: str = "each"
    change: str = "noise 2"
    warmups: int = 2
    alone: bool = False
    square: int = 64

    def concerns(self, subject: str) -> bool:
        """Whether a subject is measured: variants of Percept differ in kernels that large pictures don't run on."""
        if subject == PERCEPT:
            return True
        return not self.alone and (self.size <= SMALL or not subject.startswith(PERCEPT))

    @property
    def title(self) -> str:
        width, height = self.size
        size = f"{width}²" if width == height else f"{width}×{height}"
        return f"{size}, {self.what.format(pairs=self.pairs, square=self.square)}"


@dataclass(frozen=True)
class Group:
    """Cases that take turns within each round."""

    name: str
    cases: tuple[Case, ...]
    rounds: int


GROUPS = (
    Group(
        "pairs",
        (
            Case("batch", "batch of {pairs}", SMALL, 8, "pairs", warmups=4),
            Case("single", "one pair", SMALL, 1, warmups=8),
        ),
        rounds=9,
    ),
    Group(
        "large",
        (
            Case("large", "noise everywhere", LARGE, 1),
            Case("patch", "one patch of {square}²", LARGE, 1, change="patch", alone=True),
            Case("corners", "{square}² in two far corners", LARGE, 1, change="corners", alone=True),
        ),
        rounds=5,
    ),
    Group(
        "reuse",
        (
            Case("shared", "1 reference, {pairs} candidates", SMALL, 32, "shared", alone=True),
            Case("separate", "{pairs} pairs in one call", SMALL, 32, "pairs", alone=True),
            Case("each", "{pairs} pairs, a call each", SMALL, 32, "each", alone=True),
        ),
        rounds=5,
    ),
)

HUGE_CASE = Case("huge", "noise everywhere", HUGE, 1, warmups=0, alone=True)
"""In a process of its own, whose memory is then its own, too."""

AGREEMENT = (
    Case("σ 2", "noise of σ = 2", SMALL, 8, "pairs"),
    Case("σ 0.5", "noise of σ = 0.5", SMALL, 8, "pairs", "noise 0.5"),
    Case("patch", "one patch of {square}²", LARGE, 1, change="patch"),
    Case("corners", "{square}² in two far corners", LARGE, 1, change="corners"),
)


def quick(case: Case) -> Case:
    """The same, small: that it runs is what is shown."""
    return replace(
        case,
        size=(64, 64) if case.size == SMALL else (160, 160 * case.size[1] // case.size[0]),
        pairs=min(case.pairs, 4),
        warmups=min(case.warmups, 1),
        square=case.square // 4,
    )


@dataclass(frozen=True)
class Goal:
    """A ratio of two times that should be at least, or at most, something.

    Attributes:
        slow: case and subject whose time is divided
        fast: case and subject by whose time
        text: what people call it
        least: what is hoped for, or None if ``most`` is
    """

    text: str
    slow: tuple[str, str]
    fast: tuple[str, str]
    least: float | None = None
    most: float | None = None

    def met(self, ratio: float) -> bool:
        return ratio >= self.least if self.least is not None else self.most is None or ratio <= self.most

    @property
    def wanted(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}"
        return "" if self.most is None else f"≤ {self.most:g}"


GOALS = (
    Goal("OpenVINO f32 : Percept, 224² by 8", ("batch", "OpenVINO f32"), ("batch", PERCEPT), 1.7),
    Goal("PyTorch's best fp32 : Percept, 224² by 8", ("batch", "best PyTorch"), ("batch", PERCEPT), 1.9),
    Goal("piq : Percept, 224² by 8", ("batch", "piq ContentLoss"), ("batch", PERCEPT), 2.7),
    Goal("ONNX Runtime in Python : Percept, 224² by 8", ("batch", "ONNX Runtime (Python)"), ("batch", PERCEPT)),
    Goal("OpenVINO f32 : Percept without blocked operators", ("batch", "OpenVINO f32"), ("batch", STANDARD), 1.4),
    Goal("1 reference with 32 candidates : 32 pairs", ("shared", PERCEPT), ("separate", PERCEPT), most=0.56),
    Goal("1024² noise everywhere : one patch of 64²", ("large", PERCEPT), ("patch", PERCEPT), 7),
    Goal("1024² noise everywhere : two far corners", ("large", PERCEPT), ("corners", PERCEPT), 5),
)

AGREE_WITHIN = {"σ 2": 1e-5, "σ 0.5": 2e-4}
HUGE_MIB = 2500.0
HUGE_PER_PIXEL = 1.35
COLD_SECONDS = {"nlpd": 0.45, "VGG19": 0.65}
COLD_RATIO = 8.0
COLD_MIB = 400.0
