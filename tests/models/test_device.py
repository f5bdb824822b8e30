"""Devices that networks run on: one that is not there, or does not start, is said."""

from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest

from numberplate.models.bundle import load_detector
from numberplate.models.device import DEVICES, DeviceError, candidates, device_named

MakeWeights = Callable[..., Path]

THERE = onnxruntime.get_available_providers()

MISSING = [device for device in DEVICES.values() if device.provider not in THERE]


def test_the_processor_is_always_there(make_weights: MakeWeights) -> None:
    assert device_named("cpu").provider in THERE
    assert "cpu" in candidates("auto")
    load_detector(make_weights(), device="cpu")


def test_auto_names_what_this_onnx_runtime_has() -> None:
    assert {DEVICES[name].provider for name in candidates("auto")} <= {*THERE}


@pytest.mark.parametrize("device", MISSING, ids=lambda device: device.name)
def test_one_that_is_missing_is_said_with_the_package_that_has_it(device: object) -> None:
    name, provider, package = device.name, device.provider, device.package  # type: ignore[attr-defined]
    with pytest.raises(DeviceError, match=f"^{name}: .* no {provider}, .*CPUExecutionProvider.* {package} "):
        load_detector(device=name)


def test_no_such_device() -> None:
    with pytest.raises(DeviceError, match=r"^gpu: no such device; there are auto, cuda, .*cpu"):
        candidates("gpu")


@pytest.mark.filterwarnings("ignore:Specified provider:UserWarning")
def test_one_that_does_not_start_is_no_other(
    make_weights: MakeWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    # ONNX Runtime goes on without a provider whose libraries are missing, as without one that it lacks.
    missing = MISSING[0]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [missing.provider, *THERE])
    with pytest.raises(DeviceError, match=f"^{missing.name}: {missing.provider} does not start"):
        load_detector(make_weights(), device=missing.name)
