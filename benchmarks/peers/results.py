# SPDX-License-Identifier: Apache-2.0
"""Writes what was measured: ratios first, then what they are made of."""

from __future__ import annotations

import datetime
import os
import platform
import shlex
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from plan import (
    AGREE_WITHIN,
    COLD_MIB,
    COLD_RATIO,
    COLD_SECONDS,
    EXACT,
    GOALS,
    HUGE_MIB,
    HUGE_PER_PIXEL,
    ORACLE,
    PERCEPT,
    VARIANTS,
    Goal,
)

PYTORCH = ("PyTorch", "PyTorch channels_last", "torch.compile")
BEST = "best PyTorch"


def head(root: Path, arguments: Sequence[str], threads: int) -> dict[str, Any]:
    """Where and how this runs."""
    return {
        "command": shlex.join(["benchmarks/peers/run", *arguments]),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "commit": commit(root),
        "machine": {
            "processor": processor(),
            "threads": threads,
            "memory_gib": memory_gib(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def commit(root: Path) -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    try:
        head = git("rev-parse", "--short", "HEAD")
        changed = git("status", "--porcelain", "--untracked-files=no")
    except OSError:
        return "unknown"
    return f"{head or 'unknown'}{' and changes' if changed else ''}"


def processor() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    text = info.read_text()
    lines = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in text.splitlines())}
    flags = set(lines.get("flags", "").split())
    notable = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_tile") if flag in flags]
    return f"{lines.get('model name', platform.machine())} ({', '.join(notable) or 'no AVX2'})"


def memory_gib() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30), 1)


def markdown(report: dict[str, Any]) -> str:
    machine = report["machine"]
    lines = [
        "# Results",
        "",
        f"Written by `{report['command']}` on {report['date']}, at commit {report['commit']}.",
        "",
    ]
    if report["quick"]:
        lines += ["**A quick run: it shows that everything runs, and nothing else. Its figures mean nothing.**", ""]
    lines += [*ratios(report), *agreement(report), *figures(report), *cold(report)]
    versions = {"Python": report["python"], **report.get("versions", {})}
    lines += [
        "## Machine and versions",
        "",
        f"{machine['processor']}, {machine['threads']} threads, {machine['memory_gib']} GiB, {machine['system']}; "
        f"load average {report['load_before']:.2f} before and {report['load_after']:.2f} after.",
        "",
        ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
        "",
    ]
    if report.get("failed"):
        lines += ["Not measured:", ""]
        lines += [f"- {name}: {reason}" for name, reason in report["failed"].items()] + [""]
    return "\n".join(lines)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return []
    return [f"| {' | '.join(header)} |", "|" + "---|" * len(header), *body, ""]


def seconds(report: dict[str, Any], place: tuple[str, str]) -> list[float] | None:
    """The rounds of a case and a subject; of PyTorch's, whichever was fastest."""
    case, subject = place
    rounds: dict[str, list[float]] = report.get("cases", {}).get(case, {}).get("seconds", {})
    names = [name for name in PYTORCH if name in rounds] if subject == BEST else [subject]
    found = [rounds[name] for name in names if name in rounds]
    return min(found, key=min) if found else None


def ratios(report: dict[str, Any]) -> list[str]:
    rows = [row for goal in [*GOALS, *variants(report)] if (row := ratio(report, goal))]
    rows += huge(report) + cold_ratios(report)
    if not rows:
        return []
    return [
        "## Ratios",
        "",
        "Of the fastest rounds; beside it the median of the rounds' own ratios, and their range.",
        "",
        *table(["", "ratio", "median", "range", "wanted", "met"], rows),
    ]


def verdict(report: dict[str, Any], met: bool) -> str:
    return "" if report["quick"] else "yes" if met else "no"


def variants(report: dict[str, Any]) -> list[Goal]:
    """Percept's other variants, against the fastest runtime there is."""
    names = report.get("cases", {}).get("batch", {}).get("seconds", {})
    return [
        Goal(f"OpenVINO f32 : {name}, 224² by 8", ("batch", "OpenVINO f32"), ("batch", name))
        for name in names
        if name.startswith(PERCEPT) and name not in VARIANTS
    ]


def ratio(report: dict[str, Any], goal: Goal) -> list[str] | None:
    slow, fast = seconds(report, goal.slow), seconds(report, goal.fast)
    if not slow or not fast:
        return None
    value = min(slow) / min(fast)
    each = sorted(a / b for a, b in zip(slow, fast, strict=False))
    wanted = goal.wanted
    return [
        goal.text,
        f"**{value:.2f}**",
        f"{median(each):.2f}",
        f"{each[0]:.2f}–{each[-1]:.2f}",
        wanted,
        "" if not wanted else verdict(report, goal.met(value)),
    ]


def agreement(report: dict[str, Any]) -> list[str]:
    """A row for each subject, a column for each kind of pair."""
    cases: dict[str, Any] = report.get("agreement", {})
    names = list(dict.fromkeys(name for case in cases.values() for name in case["layers"] if name != ORACLE))
    if not names:
        return []
    rows = [[name, *(distances(case["layers"], name) for case in cases.values())] for name in names]
    limits = [f"≤ {AGREE_WITHIN[key]:.0e}" if key in AGREE_WITHIN else "" for key in cases]
    met = ["" if report["quick"] else agrees(case["layers"], AGREE_WITHIN.get(key)) for key, case in cases.items()]
    return [
        "## Agreement",
        "",
        f"Largest relative difference of a pair's loss from that of {ORACLE} in fp32 / in double.",
        "",
        *table(["", *(case["title"] for case in cases.values())], [*rows, ["wanted", *limits], ["met", *met]]),
    ]


def distances(layers: dict[str, Any], name: str) -> str:
    others = [other for other in (ORACLE, EXACT) if other in layers and other != name]
    if name not in layers:
        return ""
    return " / ".join(f"{difference(layers[name], layers[other]):.1e}" for other in others)


def agrees(layers: dict[str, Any], limit: float | None) -> str:
    """Whether all of Percept's variants agree with the oracle."""
    ours = [name for name in layers if name.startswith(PERCEPT)]
    if limit is None or not ours or ORACLE not in layers:
        return ""
    return "yes" if all(difference(layers[name], layers[ORACLE]) <= limit for name in ours) else "no"


def difference(pairs: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> float:
    """Of sums over layers, since not all say more."""
    return max(abs(sum(a) - sum(b)) / abs(sum(b)) for a, b in zip(pairs, others, strict=True))


def figures(report: dict[str, Any]) -> list[str]:
    rows = [
        [
            case["title"],
            name,
            f"{1000 * min(rounds) / case['pairs']:.1f}",
            f"{1000 * median(rounds) / case['pairs']:.1f}",
            f"{case['pairs'] / min(rounds):.2f}",
            str(len(rounds)),
        ]
        for case in report.get("cases", {}).values()
        for name, rounds in sorted(case["seconds"].items(), key=lambda item: min(item[1]))
    ]
    if not rows:
        return []
    executions: dict[str, list[str]] = {}
    for case in report["cases"].values():
        for name, text in case["execution"].items():
            executions.setdefault(f"{name}: `{text}`", []).append(case["title"])
    peaks = [[name, f"{mib:.0f}"] for name, mib in report.get("peaks_mib", {}).items() if name != EXACT]
    return [
        "## Figures",
        "",
        "A pair's two pictures in memory to its loss, in milliseconds for each pair.",
        "",
        *table(["pairs", "", "fastest", "median", "pairs/s", "rounds"], rows),
        "What Percept ran:",
        "",
        *[f"- {text}: {'; '.join(titles)}" for text, titles in executions.items()],
        "",
        "Peak resident memory of the processes over all of this, in MiB:",
        "",
        *table(["", "MiB"], peaks),
    ]


def huge(report: dict[str, Any]) -> list[list[str]]:
    """Time for each pixel, and memory, of a pair of 24 megapixels."""
    large, far = seconds(report, ("large", PERCEPT)), seconds(report, ("huge", PERCEPT))
    rows = []
    if large and far:
        cases = report["cases"]
        value = min(far) / cases["huge"]["pixels"] / (min(large) / cases["large"]["pixels"])
        limit = f"≤ {HUGE_PER_PIXEL:g}"
        text = f"{cases['huge']['title']} : {cases['large']['title']}, time for each pixel"
        rows.append([text, f"**{value:.2f}**", "", "", limit, verdict(report, value <= HUGE_PER_PIXEL)])
    if report.get("huge_mib"):
        mib = report["huge_mib"]
        text = f"{report['cases']['huge']['title']}, peak MiB of the process"
        rows.append([text, f"{mib:.0f}", "", "", f"≤ {HUGE_MIB:g}", verdict(report, mib <= HUGE_MIB)])
    return rows


def cold_ratios(report: dict[str, Any]) -> list[list[str]]:
    outcomes: dict[str, Any] = report.get("cold", {})
    measured = {name: rounds for name, rounds in outcomes.items() if not isinstance(rounds, str)}
    lpips = [rounds for name, rounds in measured.items() if name.startswith("lpips")]
    if not lpips:
        return []
    slow = min(lpips, key=lambda rounds: min(r[0] for r in rounds))
    rows = []
    for name, rounds in measured.items():
        if name.startswith("percept"):
            value = min(r[0] for r in slow) / min(r[0] for r in rounds)
            each = sorted(a[0] / b[0] for a, b in zip(slow, rounds, strict=True))
            rows.append(
                [
                    f"lpips' faster start : {name}, whole processes",
                    f"**{value:.2f}**",
                    f"{median(each):.2f}",
                    f"{each[0]:.2f}–{each[-1]:.2f}",
                    f"≥ {COLD_RATIO:g}",
                    verdict(report, value >= COLD_RATIO),
                ]
            )
    return rows


def cold(report: dict[str, Any]) -> list[str]:
    rows = []
    for name, rounds in report.get("cold", {}).items():
        if isinstance(rounds, str):
            rows.append([name, rounds, "", "", "", ""])
            continue
        times, mib = [r[0] for r in rounds], max(r[1] for r in rounds)
        limit = next((COLD_SECONDS[model] for model in COLD_SECONDS if f"percept, {model}" in name), None)
        met = limit is None or (min(times) <= limit and mib <= COLD_MIB)
        rows.append(
            [
                name,
                f"{min(times):.2f}",
                f"{median(times):.2f}",
                f"{mib:.0f}",
                "" if limit is None else f"≤ {limit:g} s, ≤ {COLD_MIB:g} MiB",
                "" if limit is None else verdict(report, met),
            ]
        )
    if not rows:
        return []
    return [
        "## Cold start",
        "",
        "One scoring of a 224² pair of PNG files as a whole process, files in the page cache: seconds, and peak MiB.",
        "",
        *table(["", "fastest", "median", "peak", "wanted", "met"], rows),
    ]
