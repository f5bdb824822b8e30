"""A real Ray cluster of two workers, one of which is killed."""

import importlib.util
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from .conftest import MakeWeights, rows, write_pictures
from .test_run import COMMAND, parts_done, run, wait_for_parts

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs Ray, of the extra bulk"),
    pytest.mark.skipif(os.name == "nt", reason="processes are looked for as on POSIX"),
]

ENVIRONMENT = {**os.environ, "RAY_worker_niceness": "0"}  # by default those of other programs go first


def actors(session: int) -> list[int]:
    """The processes of Ray's actors that read."""
    shown = subprocess.run(["ps", "-eo", "pid,sess,args"], capture_output=True, text=True, check=True).stdout
    return [
        int(pid)
        for pid, sess in re.findall(r"^ *(\d+) +(\d+) ray::MapWorker", shown, re.M)
        if int(sess) == session
    ]


def test_the_same_as_without_ray_though_a_worker_is_killed(make_weights: MakeWeights, tmp_path: Path) -> None:
    count = 240
    paths = write_pictures(tmp_path / "photos", count)
    paths[7].write_bytes(b"no picture")
    how = [tmp_path / "photos", "--workers", 2, "--part-size", 10, "--weights", make_weights()]
    with_ray, without = tmp_path / "with", tmp_path / "without"
    process = subprocess.Popen(
        [*COMMAND, *map(str, how), "--out", str(with_ray), "--ray", "local"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    wait_for_parts(with_ray, 2, process)
    killed = actors(os.getsid(process.pid))
    assert killed
    os.kill(killed[0], signal.SIGKILL)
    _, complaints = process.communicate(timeout=300)
    assert process.returncode == 0, complaints
    assert parts_done(with_ray) == 24
    assert run(*how, "--out", without).returncode == 0
    for table in ("pictures", "plates", "bad"):
        assert rows(with_ray, table) == rows(without, table)
    assert len(rows(without, "pictures")) == count - 1


def test_no_such_cluster(tmp_path: Path) -> None:
    write_pictures(tmp_path / "photos", 1)
    done = run(
        tmp_path / "photos",
        "--out",
        tmp_path / "out",
        "--ray",
        "auto",
        env={**ENVIRONMENT, "RAY_ADDRESS": "", "HOME": str(tmp_path), "RAY_TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 1
    assert "numberplate: Ray at auto: " in done.stderr
    assert "Traceback" not in done.stderr


def test_what_actors_cannot_do_is_said(tmp_path: Path) -> None:
    write_pictures(tmp_path / "photos", 1)
    how = ["--out", tmp_path / "out", "--ray", "local", "--device", "migraphx"]
    done = run(tmp_path / "photos", *how, env=ENVIRONMENT)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "numberplate: Ray: migraphx: this ONNX Runtime has no MIGraphX"
    )
