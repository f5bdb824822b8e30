"""Processes that answer: what they tell, and how they end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from numberplate.processes.cores import cores
from numberplate.processes.process import Process, ProcessEndedError, ProcessFailedError

sys.path.append(str(Path(__file__).parent))
from answering import LocalError, make

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and processes are looked at as on POSIX")


@pytest.fixture(scope="module")
def shared() -> Iterator[Process]:
    process = Process(make, "hello")
    yield process
    process.end()


def is_there(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pid: int) -> None:
    end = time.monotonic() + 20
    while is_there(pid):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_answers_in_order_and_what_is_told_before(shared: Process) -> None:
    told: list[object] = []
    assert shared.ask("one", on_progress=told.append) == "hello, one"
    assert shared.ask("tell", on_progress=told.append) == "hello, tell"
    assert told == [0, 1, 2]


@pytest.mark.parametrize("seconds", [1e10, float("inf")])
def test_any_time_may_be_allowed(seconds: float) -> None:
    process = Process(make, "hello")
    assert process.ask("one", seconds=seconds) == "hello, one"  # warnings of threads that end are errors
    with pytest.raises(TimeoutError):
        process.ask("sleep", seconds=0.2)


def test_what_it_prints_is_no_answer(shared: Process) -> None:
    assert shared.ask("print") == "hello, print"
    assert shared.ask("after") == "hello, after"


def test_what_is_in_the_folder_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of pictures may be a stranger's."""
    for module in ("pickle", "struct", "numberplate"):
        (tmp_path / f"{module}.py").write_text("open('imported', 'w')")
    monkeypatch.chdir(tmp_path)
    process = Process(make, "hello")
    assert process.ask("one") == "hello, one"
    process.end()
    assert not (tmp_path / "imported").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_to_a_whole_group_do_not_end_it(shared: Process, number: int) -> None:
    """Whoever asked it finishes what is under way, and ends it."""
    os.kill(shared.pid, number)
    assert shared.ask("one") == "hello, one"


def test_variables_are_given_besides_those_that_are_there() -> None:
    process = Process(make, "hello", environment={"NUMBERPLATE_TRIED": "1"})
    assert process.ask("environment") == {"NUMBERPLATE_TRIED": "1", "PATH": os.environ["PATH"]}
    process.end()


def test_an_error_while_it_is_made() -> None:
    with pytest.raises(LocalError, match="no greeting"):
        Process(make, "")


@pytest.mark.parametrize(
    ("message", "error", "text"),
    [("fail", LocalError, "failed"), ("fail oddly", ProcessFailedError, "raise error")],
)
def test_an_error_in_an_answer_has_its_traceback(message: str, error: type[Exception], text: str) -> None:
    process = Process(make, "hello")
    with pytest.raises(error, match=text) as raised:
        process.ask(message)
    process.end()
    assert any("Traceback" in note for note in getattr(raised.value, "__notes__", [str(raised.value)]))


def test_one_that_dies() -> None:
    process = Process(make, "hello")
    with pytest.raises(ProcessEndedError, match=f"status -{signal.SIGKILL:d}"):
        process.ask("die")
    with pytest.raises(ProcessEndedError):
        process.ask("again")
    process.end()


def test_one_that_takes_too_long_is_ended() -> None:
    process = Process(make, "hello")
    with pytest.raises(TimeoutError, match=r"longer than 0\.3 s"):
        process.ask("sleep", 0.3)
    wait_until_gone(process.pid)
    process.end()


def test_one_that_hangs_is_ended_while_another_thread_waits_for_it() -> None:
    process = Process(make, "hello")
    ended = []

    def wait() -> None:
        try:
            process.ask("hang")
        except ProcessEndedError as error:
            ended.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    process.end()
    waiting.join(20)
    assert len(ended) == 1
    wait_until_gone(process.pid)


def test_it_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from numberplate.processes.process import Process\n"
        "import answering\n"
        "process = Process(answering.make, 'hello')\n"
        "print(process.pid, flush=True)\n"
        "process.ask('sleep')"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    assert is_there(pid)
    starter.kill()
    starter.wait()
    starter.stdout.close()
    wait_until_gone(pid)


@pytest.mark.parametrize(
    ("text", "granted"),
    [
        ("50000 100000", 1),
        ("100000 100000", 1),
        ("100001 100000", 2),
        ("150000 100000", 2),
        ("99900000 100000", 999),
        ("max 100000", None),
        ("100000 0", None),
        ("", None),
        ("odd words", None),
    ],
)
def test_no_more_cores_than_a_container_is_granted(tmp_path: Path, text: str, granted: int | None) -> None:
    bound = cores(tmp_path / "none")
    assert 1 <= bound <= (os.cpu_count() or 1)
    file = tmp_path / "cpu.max"
    file.write_text(text)
    assert cores(file) == (bound if granted is None else min(bound, granted))


def test_cores() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
