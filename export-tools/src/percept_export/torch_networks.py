# SPDX-License-Identifier: Apache-2.0
"""Where PyTorch networks come from: a function of somebody's, or timm; and parameters for them from a file.

torch, torchvision, timm and ONNX Runtime come with the ``torch`` extra; nothing is imported before it is needed.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from percept_export.errors import DownloadError, ExtraMissingError, FileError, UsageError, WeightsError
from percept_export.graph_shapes import near
from percept_export.tensor_files import read_state

EXTRA_NETWORKS = (
    "exporting PyTorch networks needs torch, torchvision, timm and onnxruntime (about 5.7 GB with CUDA on Linux): "
    "pip install 'percept-export[torch]'"
)


def made(factory: str, arguments: Mapping[str, Any]) -> Any:
    """Calls what makes a network.

    Args:
        factory: ``MODULE:NAME``, where MODULE is importable or a ``.py`` file and NAME may have dots.
        arguments: passed by name.

    Returns:
        The network, in evaluation mode.

    Raises:
        UsageError: there is no such module or name, it refuses the arguments, or what it makes is no network.
        ExtraMissingError: torch is not installed.
    """
    torch = torch_of_extra()
    module_name, colon, name = factory.rpartition(":")
    if not colon or not module_name or not name:
        raise UsageError(f"'{factory}' is not MODULE:FACTORY, such as torchvision.models:resnet18 or mine.py:make")
    found: Any = _module(module_name)
    for part in name.split("."):
        if not hasattr(found, part):
            names = [entry for entry in dir(found) if not entry.startswith("_")]
            raise UsageError(f"{module_name} has no '{part}'{near(part, names)}")
        found = getattr(found, part)
    try:
        # Weights that nobody trained are at least the same every time; and what the code prints is no result.
        torch.manual_seed(0)
        with contextlib.redirect_stdout(sys.stderr):
            network = found(**arguments)
    except Exception as error:  # Whatever somebody's code raises.
        raise UsageError(f"{factory} fails: {type(error).__name__}: {error}") from error
    if not isinstance(network, torch.nn.Module):
        raise UsageError(f"{factory} makes {type(network).__name__}, which is no torch.nn.Module")
    return network.eval()


def made_by_timm(name: str, *, pretrained: bool) -> tuple[Any, dict[str, Any]]:
    """Makes one of timm's networks.

    Args:
        name: such as ``resnet18`` or ``vit_tiny_patch16_224.augreg_in21k``.
        pretrained: whether timm fetches its weights from the hub.

    Returns:
        The network, in evaluation mode, and timm's data configuration: ``input_size``, ``mean``, ``std``.

    Raises:
        UsageError: timm has no such network, or cannot make it so.
        DownloadError: its weights cannot be fetched.
        ExtraMissingError: timm or torch is not installed.
    """
    torch = torch_of_extra()
    try:
        timm: Any = importlib.import_module("timm")
    except ImportError as error:
        raise ExtraMissingError(EXTRA_NETWORKS) from error
    if not timm.is_model(name):
        raise UsageError(f"timm has no network '{name}'{near(name.partition('.')[0], timm.list_models())}")
    try:
        torch.manual_seed(0)
        with contextlib.redirect_stdout(sys.stderr):
            network = timm.create_model(name, pretrained=pretrained)
    except OSError as error:  # The hub's errors and those of HTTP libraries are such.
        raise DownloadError(
            f"timm cannot fetch the weights of '{name}': {error}; fetch them by some other way and say --state FILE"
        ) from error
    except Exception as error:  # Whatever the network's constructor raises.
        raise UsageError(f"timm cannot make '{name}': {type(error).__name__}: {error}") from error
    return network.eval(), dict(timm.data.resolve_model_data_config(network))


def load_state(network: Any, path: Path) -> None:
    """Puts parameters from a ``.pth`` or ``.safetensors`` file into a network; every one of its tensors must be there.

    Raises:
        FileError: there is no such file.
        WeightsError: it holds no plain tensors, or not those of this network; the message names one.
    """
    torch = torch_of_extra()
    if not path.is_file():
        raise FileError(f"there is no weights file {path}")
    state = read_state(path, torch)
    wanted = network.state_dict()
    for name, tensor in wanted.items():
        if name not in state:
            raise WeightsError(f"tensor '{name}' is missing from {path}: these are another network's weights")
        if state[name].shape != tensor.shape:
            shapes = f"{tuple(state[name].shape)}, the network's has {tuple(tensor.shape)}"
            raise WeightsError(f"tensor '{name}' of {path} has shape {shapes}")
    for name in state:
        if name not in wanted:
            raise WeightsError(f"tensor '{name}' of {path} is none of the network's: these are another one's weights")
    network.load_state_dict(state)


def parse_argument(text: str) -> tuple[str, Any]:
    """Splits ``KEY=VALUE``; VALUE is JSON, or text as it stands.

    Raises:
        UsageError: there is no ``=``.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.isidentifier():
        raise UsageError(f"'{text}' is not KEY=VALUE")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def torch_of_extra() -> Any:
    """Imports torch, and makes sure that all is there that exporting needs.

    Raises:
        ExtraMissingError: something is not.
    """
    try:
        for name in ("onnxruntime", "torchvision"):
            importlib.import_module(name)
        return importlib.import_module("torch")
    except ImportError as error:
        raise ExtraMissingError(EXTRA_NETWORKS) from error


def _module(name: str) -> Any:
    path = Path(name)
    if path.suffix == ".py" and not path.is_file():
        raise FileError(f"there is no file {path}")
    try:
        with contextlib.redirect_stdout(sys.stderr):
            if path.suffix != ".py":
                return importlib.import_module(name)
            description = importlib.util.spec_from_file_location(path.stem, path)
            assert description is not None and description.loader is not None  # So it is for files that end in .py.
            module = importlib.util.module_from_spec(description)
            sys.modules[path.stem] = module
            description.loader.exec_module(module)
            return module
    except Exception as error:  # Whatever somebody's code raises.
        raise UsageError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
