"""How far a detector in integers is from the one in floats, by how its weights are rounded.

    python experiments/2026-11-28-integers-from-the-start/run.py --run RUN --pictures RUN/pool/picture.npy

`--run` is a folder of `numberplate train detector`, `--pictures` uint8 (n, height, width): the first 64 set
the ranges, the next 150 are compared.
"""

import argparse
import json
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import onnxruntime

from numberplate.models.codec.detector import in_blocks
from numberplate.models.spec import BLOCKS_ZERO, CORNER_SCALE
from numberplate.networks.detector import blocks_network
from numberplate.training import quantization
from numberplate.training.checkpoints import load_run
from numberplate.training.graph import write_onnx

RANGES, COMPARED = 64, 150


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    given = parser.parse_args()
    recipe, network, _ = load_run(given.run)
    pictures = np.load(given.pictures, mmap_mode="r")[: RANGES + COMPARED]
    blocks = in_blocks(np.ascontiguousarray(pictures))
    floats = blocks.astype(np.float32)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "floats.onnx"
        bare = blocks_network(network, recipe.width)
        write_onnx(bare, whole)
        expected = _grids(whole, floats[RANGES:])
        figures = {}
        for name, rounding, percentile in (
            ("each weight on its own", False, 100.0),
            ("weights rounded together", True, 100.0),
            ("and ranges to the 99.999th percentile", True, 99.999),
            ("and ranges to the 99.99th percentile", True, 99.99),
        ):
            path = Path(scratch) / "integers.onnx"
            path.write_bytes(whole.read_bytes())
            kept = quantization.round_weights if rounding else (lambda *_: None)
            with (
                patch.object(quantization, "round_weights", kept),
                patch.object(quantization, "_PERCENTILE", percentile),
            ):
                quantization.quantize(path, floats[:RANGES, None], 0, BLOCKS_ZERO)
            off = _grids(path, blocks[RANGES:]) - expected
            looked_at, plates = expected[..., 0] > -2, expected[..., 0] > 0
            figures[name] = {
                "logit": round(float(np.sqrt((off[looked_at][:, 0] ** 2).mean())), 3),
                "corners": round(float(np.sqrt((off[plates][:, 1:] ** 2).mean()) * CORNER_SCALE), 3),
            }
            print(name, figures[name], flush=True)
    if given.out:
        given.out.write_text(json.dumps(figures, indent=2) + "\n")


def _grids(path: Path, pictures: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: picture[None]})[0] for picture in pictures])


if __name__ == "__main__":
    main()
