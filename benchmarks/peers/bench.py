#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares Percept with its peers on the CPU and writes the results. What ``benchmarks/peers/run`` calls."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import results
from measure import Bench
from peer import NAMES
from plan import AGREEMENT, EXACT, GROUPS, HUGE_CASE, ORACLE, PERCEPT, VARIANTS, quick
from whole import measure_whole

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "benchmarks/target/peers"
LAYERS = ["relu2_1", "relu4_1", "relu5_1"]


def main() -> None:
    arguments = parse()
    WORK.mkdir(parents=True, exist_ok=True)
    model = arguments.model or export()
    whole = not (arguments.quick or arguments.only or arguments.peer)
    out = arguments.out or (ROOT / "benchmarks/RESULTS.md" if whole else WORK / "RESULTS.md")
    only = set(arguments.only or [*(group.name for group in GROUPS), "agreement", "cold"])
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    report: dict[str, Any] = results.head(ROOT, sys.argv[1:], threads)
    report |= {"quick": arguments.quick, "cases": {}, "failed": {}}
    bench = Bench(WORK)
    try:
        if only != {"cold"}:
            start(bench, arguments, model, threads)
            report["layers"] = bench.describe()
            if report["layers"] != LAYERS:
                sys.exit(f"peers: the model scores {report['layers']}, and the peers {LAYERS}")
            report["versions"] = bench.versions
        for group in GROUPS:
            if group.name in only:
                rounds = arguments.rounds or (2 if arguments.quick else group.rounds)
                cases = [quick(case) if arguments.quick else case for case in group.cases]
                report["cases"] |= bench.measure(cases, rounds)
        if "agreement" in only:
            cases = [quick(case) if arguments.quick else case for case in AGREEMENT]
            report["agreement"] = bench.agreement(cases)
        report["peaks_mib"] = bench.peaks()
        report["failed"] |= bench.failed
    finally:
        bench.close()
    if arguments.huge:
        report["cases"] |= huge(arguments, model, report)
    if "cold" in only:
        report["cold"] = measure_whole(ROOT, WORK, model, 2 if arguments.quick else arguments.rounds or 7)
    report["load_after"] = os.getloadavg()[0]
    (WORK / "results.json").write_text(json.dumps(report, indent=1))
    out.write_text(results.markdown(report))
    print(f"peers: {out}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks/peers/run", description="Compares Percept with its peers on the CPU."
    )
    parser.add_argument(
        "--quick", action="store_true", help="small pictures, few rounds: that it runs is what is shown"
    )
    parser.add_argument("--rounds", type=int, help="how often everything is measured")
    parser.add_argument(
        "--only",
        action="append",
        choices=[*(group.name for group in GROUPS), "agreement", "cold"],
        help="only this part; can be given again",
    )
    parser.add_argument("--huge", action="store_true", help="also a pair of 24 megapixels, by Percept only")
    parser.add_argument("--peer", action="append", choices=list(NAMES), help="only this peer; can be given again")
    parser.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="NAME=OPTION…",
        help="Percept once more, with options for its Java, as in --variant 'plain=-Dx=y'; can be given again",
    )
    parser.add_argument("--model", type=Path, help="VGG19; by default one with the weights random:0 is written")
    parser.add_argument(
        "--out", type=Path, help="default: benchmarks/RESULTS.md; of parts and quick runs, one in target"
    )
    return parser.parse_args()


def export() -> Path:
    """VGG19 with seeded weights, written by Percept's own tools."""
    model = WORK / "vgg19.onnx"
    if not model.exists():
        command = [sys.executable, "-m", "percept_export", "vgg19", "--weights", "random:0", "--out", str(model)]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "export-tools/src")}
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return model


def huge(arguments: argparse.Namespace, model: Path, report: dict[str, Any]) -> dict[str, Any]:
    """The largest pair, in a new process, since memory is a question there."""
    bench = Bench(WORK)
    try:
        # As the command line does: a parallel collector takes heap as long as there is memory.
        bench.start(PERCEPT, percept(model, ("-XX:+UseSerialGC",)))
        cases = bench.measure([quick(HUGE_CASE) if arguments.quick else HUGE_CASE], 1)
        report["huge_mib"] = bench.peaks().get(PERCEPT)
        report["failed"] |= {f"{name}, {HUGE_CASE.title}": reason for name, reason in bench.failed.items()}
    finally:
        bench.close()
    return cases


def percept(model: Path, options: Sequence[str]) -> list[str]:
    """Percept's driver, with options for its Java."""
    java = str(Path(os.environ["JAVA_HOME"]) / "bin/java") if "JAVA_HOME" in os.environ else "java"
    release = sorted(ROOT.glob("dist/target/percept-*/lib"))
    driver = sorted(ROOT.glob("benchmarks/target/percept-benchmarks-*.jar"))
    if not release or not driver:
        sys.exit("peers: there are no jars: build them with mvn package")
    path = os.pathsep.join([str(driver[-1]), str(release[-1] / "*")])
    return [java, *options, "-Dfile.encoding=UTF-8", "-cp", path, "dev.percept.benchmarks.peers.Driver", str(model)]


def start(bench: Bench, arguments: argparse.Namespace, model: Path, threads: int) -> None:
    variants = dict(VARIANTS)
    for variant in arguments.variant:
        name, _, options = variant.partition("=")
        variants[f"{PERCEPT}, {name}"] = tuple(options.split())
    for name, options in variants.items():
        bench.start(name, percept(model, options))
    for name in NAMES:
        if not arguments.peer or name in arguments.peer or name in (EXACT, ORACLE):
            bench.start(
                name, [sys.executable, str(Path(__file__).with_name("peer.py")), name, str(model), str(threads)]
            )


if __name__ == "__main__":
    main()
