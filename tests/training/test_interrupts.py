import os
import signal
import threading

import pytest

from numberplate.training.interrupts import Interrupts, Stopped


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_held_is_finished_first(number: int) -> None:
    before = signal.getsignal(number)
    done = []

    def work() -> None:
        with Interrupts() as interrupts:
            with interrupts.held():
                os.kill(os.getpid(), number)
                done.append("the step")
            done.append("after")

    with pytest.raises(Stopped) as raised:
        work()
    assert done == ["the step"]
    assert raised.value.signal == number
    assert signal.getsignal(number) == before


def test_it_is_raised_at_once_where_nothing_is_held() -> None:
    with pytest.raises(KeyboardInterrupt), Interrupts():
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_second_signal_is_not_held() -> None:
    done = []

    def work() -> None:
        with Interrupts() as interrupts, interrupts.held():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("once")
            os.kill(os.getpid(), signal.SIGINT)
            done.append("twice")

    with pytest.raises(Stopped):
        work()
    assert done == ["once"]


def test_another_thread_leaves_signals_alone() -> None:
    found = []

    def work() -> None:
        with Interrupts() as interrupts, interrupts.held():
            found.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [before]
