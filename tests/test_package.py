"""The package as a whole."""

import os
import subprocess
import sys
from pathlib import Path


def test_nothing_is_reported_to_anybody(tmp_path: Path) -> None:
    # ONNX Runtime keeps an identifier of the machine, and what it has still to report, in the user's folder.
    program = "import numberplate; numberplate.PlateReader()"
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert not list(tmp_path.iterdir())
