import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from numberplate.training.pool import PoolError, SamplePool

# A module that the pool's processes, being fresh interpreters, can import.
MAKERS = '''
import time

import numpy as np

FIELDS = {"number": ((), "int64"), "picture": ((3, 5), "uint8")}


def sample(index):
    return {"number": np.int64(index), "picture": np.full((3, 5), index % 251, np.uint8)}


def counting():
    """Sample i holds the number i, and a picture that belongs to it."""
    return sample


class Slow:
    """An array that takes a while to be written."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        time.sleep(0.005)
        return self.values


def slowly():
    def make(index):
        whole = sample(index)
        return whole | {"picture": Slow(whole["picture"])}
    return make


def failing_at_ten():
    def make(index):
        if index == 10:
            raise RuntimeError("no more samples")
        return sample(index)
    return make


def not_starting():
    raise RuntimeError("no fonts")
'''


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("makers")
    (folder / "pool_makers.py").write_text(MAKERS)
    sys.path.insert(0, str(folder))
    try:
        import pool_makers  # type: ignore[import-not-found]

        yield pool_makers
    finally:
        sys.path.remove(str(folder))


Pool = Callable[..., SamplePool]


@pytest.fixture
def pool(makers, tmp_path: Path) -> Pool:  # type: ignore[no-untyped-def]
    def make(recipe: str = "counting", **settings: object) -> SamplePool:
        given = {"capacity": 64, "reuse": 4.0, "workers": 1, **settings}
        return SamplePool(tmp_path / "pool", makers.FIELDS, getattr(makers, recipe), **given)

    return make


@pytest.mark.parametrize("workers", [1, 2])
def test_samples_are_the_makers(pool: Pool, workers: int) -> None:
    rng = np.random.default_rng(0)
    with pool(workers=workers, first=1000) as samples:
        drawn = []
        for _ in range(60):
            batch = samples.batch(16, rng, least=8)
            assert batch["picture"].shape == (16, 3, 5)
            # Each array's row i is of the same sample.
            assert (batch["picture"] == (batch["number"] % 251)[:, None, None]).all()
            drawn.append(batch["number"])
            assert samples.consumed <= samples.reuse * samples.made
    numbers = np.concatenate(drawn)
    # From the first on, whatever the number of processes. Drawn at random, one in fifty is never used.
    assert len(set(range(1000, 1000 + 150)) & set(numbers.tolist())) > 130
    assert numbers.min() == 1000
    # The pool has moved on: the last batches hold none of the first samples, which newer ones replaced.
    assert drawn[-1].min() >= numbers.max() - 1.5 * samples.capacity
    assert drawn[-1].min() > 1000 + samples.capacity


def test_a_sample_that_is_being_written_is_not_drawn(pool: Pool) -> None:
    rng = np.random.default_rng(0)
    with pool("slowly") as samples:
        for _ in range(80):  # each waits for some samples, and is drawn while the next is written
            batch = samples.batch(16, rng)
            assert (batch["picture"] == (batch["number"] % 251)[:, None, None]).all()


def test_batches_are_copies(pool: Pool) -> None:
    with pool() as samples:
        batch = samples.batch(8, np.random.default_rng(0))
        before = {name: array.copy() for name, array in batch.items()}
        for array in batch.values():
            array[:] = 0
        again = samples.batch(64, np.random.default_rng(1))
    assert before["number"].max() > 0
    assert (again["picture"] == (again["number"] % 251)[:, None, None]).all()


@pytest.mark.parametrize(
    ("capacity", "size", "reuse"),
    [
        (4, 32, 4.0),  # a batch larger than the pool
        (1, 3, 1.0),
        (64, 64, 1.0),  # each sample once on average
        (64, 5, 100.0),
    ],
)
def test_it_never_waits_for_what_nobody_makes(pool: Pool, capacity: int, size: int, reuse: float) -> None:
    rng = np.random.default_rng(0)
    with pool(capacity=capacity, reuse=reuse) as samples:
        for _ in range(5):
            batch = samples.batch(size, rng)
            assert len(batch["number"]) == size
            assert samples.consumed <= reuse * samples.made


def test_makers_do_not_run_ahead(pool: Pool) -> None:
    with pool() as samples:
        samples.batch(8, np.random.default_rng(0), least=8)
        time.sleep(0.3)
        # An eighth of the pool more than what keeps it fresh; they share the cores with the training.
        assert samples.made <= 8 / 4 + 64 / 8 + 1


@pytest.mark.parametrize("recipe", ["failing_at_ten", "not_starting"])
def test_a_maker_that_raises_ends_the_training(
    pool: Pool, recipe: str, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)

    def train() -> None:
        with pool(recipe) as samples:
            for _ in range(100):
                samples.batch(8, rng, least=4)

    with pytest.raises(PoolError, match="has died"):
        train()
    assert ("no more samples" if recipe == "failing_at_ten" else "no fonts") in capfd.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_a_maker_that_is_killed_is_said_to_be(pool: Pool) -> None:
    with pool() as samples:
        (maker,) = multiprocessing.active_children()
        maker.kill()
        with pytest.raises(PoolError, match="was ended by SIGKILL; is memory short"):
            samples.wait(1000)


def test_processes_end_with_it(pool: Pool) -> None:
    before = set(multiprocessing.active_children())
    started = set()

    def train() -> None:
        with pool(workers=2) as samples:
            samples.batch(8, np.random.default_rng(0))
            started.update(set(multiprocessing.active_children()) - before)
            raise ArithmeticError("the loss is not a number")

    with pytest.raises(ArithmeticError):
        train()
    assert len(started) == 2
    assert set(multiprocessing.active_children()) == before
    assert not any(process.is_alive() for process in started)


def test_makers_need_no_keras() -> None:
    """A backend in each process would take 600 MB and seconds; what is sent to it must not import one."""
    script = """
import sys
from numberplate.training.makers import Maker
from numberplate.training.pool import SamplePool
print(sorted({"keras", "tensorflow", "jax", "torch"} & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_processes_end_when_the_trainer_is_killed(makers, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    script = f"""
import sys, time
sys.path.insert(0, {str(Path(makers.__file__).parent)!r})
from pathlib import Path
import numpy as np
import pool_makers
from numberplate.training.pool import SamplePool
if __name__ == "__main__":
    pool = SamplePool(Path("pool"), pool_makers.FIELDS, pool_makers.counting, 64, 4.0, 2)
    with pool:
        pool.batch(8, np.random.default_rng(0))
        print("ready", flush=True)
        time.sleep(60)
"""
    (tmp_path / "trainer.py").write_text(script)
    trainer = subprocess.Popen(
        [sys.executable, "trainer.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert trainer.stdout is not None
    assert trainer.stdout.readline() == "ready\n"
    trainer.kill()
    # They hold its standard output: it comes to its end when the last of them has ended.
    trainer.communicate(timeout=20)


@pytest.mark.skipif(sys.platform != "linux", reason="needs posix_fallocate")
def test_its_disk_is_taken_at_once(pool: Pool, tmp_path: Path) -> None:
    """Where the disk is too small, that is known before training, and no process dies of it."""
    pool(capacity=5000)
    for file in tmp_path.rglob("*.npy"):
        assert file.stat().st_blocks * 512 >= file.stat().st_size
