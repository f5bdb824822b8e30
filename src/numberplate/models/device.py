"""What networks run on: the processor, or another device that ONNX Runtime has a provider for."""

from dataclasses import dataclass

import onnxruntime

CPU, AUTO = "cpu", "auto"


@dataclass(frozen=True)
class Device:
    """What networks may run on.

    `provider`: ONNX Runtime's name of it; `package`: the one on the index that has it, in place of
    `onnxruntime`.
    """

    name: str
    provider: str
    package: str


DEVICES = {
    device.name: device
    for device in (
        Device("cuda", "CUDAExecutionProvider", "onnxruntime-gpu"),
        Device("migraphx", "MIGraphXExecutionProvider", "onnxruntime-migraphx"),
        Device("directml", "DmlExecutionProvider", "onnxruntime-directml"),
        Device("coreml", "CoreMLExecutionProvider", "onnxruntime"),
        Device("openvino", "OpenVINOExecutionProvider", "onnxruntime-openvino"),
        Device(CPU, "CPUExecutionProvider", "onnxruntime"),
    )
}
"""By name."""


class DeviceError(RuntimeError):
    """A device that networks cannot run on here; the message says which, and why."""


def device_named(name: str) -> Device:
    """The device of a name. Raises DeviceError where there is none, or this ONNX Runtime lacks it."""
    if name not in DEVICES:
        raise DeviceError(f"{name}: no such device; there are {', '.join([AUTO, *DEVICES])}")
    device, there = DEVICES[name], onnxruntime.get_available_providers()
    if device.provider not in there:
        raise DeviceError(
            f"{name}: this ONNX Runtime has no {device.provider}, but {', '.join(there)}; "
            f"the package {device.package} has it, where there is one for this system, in place of any other "
            "ONNX Runtime"
        )
    return device


def candidates(name: str) -> list[str]:
    """The devices to try: the one named, or for "auto" all that this ONNX Runtime has.

    Raises DeviceError.
    """
    if name != AUTO:
        return [device_named(name).name]
    there = onnxruntime.get_available_providers()
    return [device.name for device in DEVICES.values() if device.provider in there]
