# SPDX-License-Identifier: Apache-2.0
"""One scoring as a whole process: Percept's command line, and lpips in Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import pictures

SIDE = 224
CLASS_DATA_SECONDS = 120
WARM_UP = 10
"""Runs until what is kept of a model is there: its digest, its graph, and at the eighth that for Winograd's kernels."""
CHECKPOINT = "vgg16-397923af.pth"
"""torchvision's name for VGG16's weights."""

LPIPS = """
import sys, lpips, numpy, torch
from PIL import Image
loss = lpips.LPIPS(net='vgg', verbose=False, pnet_rand=sys.argv[1] == 'random')
left, right = (lpips.im2tensor(numpy.asarray(Image.open(path))) for path in sys.argv[2:])
with torch.no_grad():
    print(float(loss(left, right)))
"""


def measure_whole(root: Path, work: Path, model: Path, rounds: int) -> dict[str, Any]:
    """By command, seconds and peak MiB of each round, or why there are none."""
    reference, candidate = pair(work)
    release = unpacked(root, work)
    environment = {"PERCEPT_CACHE": str(work / "cache")}
    commands: dict[str, dict[str, Any]] = {}
    for place, percept in (("release", release / "bin/percept"), ("checkout", root / "percept")):
        for name, backbone in (("nlpd", "nlpd"), ("VGG19", str(model))):
            command = [str(percept), "score", "--model", backbone, reference, candidate]
            commands[f"percept, {name}, {place}"] = {"command": command, "env": environment}
    torch_home = work / "torch"
    if prepare_checkpoint(torch_home):
        lpips = [sys.executable, "-W", "ignore", "-c", LPIPS]
        commands["lpips, VGG16 from its file"] = {
            "command": [*lpips, "file", reference, candidate],
            "env": {"TORCH_HOME": str(torch_home)},
        }
        commands["lpips, VGG16 random"] = {"command": [*lpips, "random", reference, candidate], "env": {}}
    for name in list(commands):
        print(f"peers: as a whole process: {name}", file=sys.stderr, flush=True)
    # Builds where need be, and archives class data, which the release does aside.
    for percept in (root / "percept", release / "bin/percept"):
        subprocess.run([str(percept), "--version"], check=True, stdout=subprocess.DEVNULL)
    await_class_data(release)
    warm_up = commands["percept, VGG19, release"]
    for _ in range(WARM_UP):
        subprocess.run(
            warm_up["command"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | warm_up["env"],
        )
    cold = subprocess.run(
        [sys.executable, "-I", str(Path(__file__).with_name("cold.py")), str(rounds)],
        input=json.dumps(list(commands.values())),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return dict(zip(commands, json.loads(cold.stdout), strict=True))


def await_class_data(release: Path) -> None:
    deadline = time.monotonic() + CLASS_DATA_SECONDS
    while not any(release.glob("*.jsa")) or any(release.glob("*.jsa.part")):
        if time.monotonic() > deadline:
            sys.exit(f"peers: {release} has archived no class data in {CLASS_DATA_SECONDS} s")
        time.sleep(0.2)


def pair(work: Path) -> tuple[str, str]:
    rng = np.random.default_rng(0)
    left = pictures.smooth(SIDE, SIDE, rng)
    files = []
    for name, picture in (("reference", left), ("candidate", pictures.noisy(left, 8, rng))):
        file = work / f"{name}.png"
        Image.fromarray(picture).save(file)
        files.append(str(file))
    return files[0], files[1]


def unpacked(root: Path, work: Path) -> Path:
    """The release as a user has it after unpacking: without what a checkout leaves in its own copy."""
    release = work / "release"
    shutil.rmtree(release, ignore_errors=True)
    archives = sorted(root.glob("dist/target/percept-*.tar.gz"))
    if not archives:
        sys.exit("peers: there is no release archive: build it with mvn package")
    with tarfile.open(archives[-1]) as archive:
        archive.extractall(release, filter="data")
    return next(release.iterdir())


def prepare_checkpoint(torch_home: Path) -> bool:
    """Random numbers where torchvision keeps what it downloads: lpips then starts as it does with trained ones."""
    file = torch_home / "hub/checkpoints" / CHECKPOINT
    if file.exists():
        return True
    code = "import sys, torch, torchvision; torch.save(torchvision.models.vgg16().state_dict(), sys.argv[1])"
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    done = subprocess.run([sys.executable, "-c", code, str(part)], check=False)
    if done.returncode == 0:
        part.replace(file)
    return done.returncode == 0
