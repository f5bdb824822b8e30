"""What a process of the tests does: a module that it can import by its name alone."""

import ctypes
import os
import signal
import time

from numberplate.processes.process import Answer, Tell


class LocalError(Exception):
    """Raised by a process, and understood here."""


def make(greeting: str) -> Answer:
    if not greeting:
        raise LocalError("no greeting")

    def answer(message: str, tell: Tell) -> object:
        match message:
            case "tell":
                for i in range(3):
                    tell(i)
            case "print":
                print("not an answer")
                os.write(1, b"nor this")
            case "environment":
                return {name: os.environ.get(name) for name in ("NUMBERPLATE_TRIED", "PATH")}
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "sleep":
                time.sleep(60)
            case "hang":
                # No thread of it runs any more, and so none sees that it is to end.
                ctypes.PyDLL(None).sleep(60)
            case "fail":
                raise LocalError("failed")
            case "fail oddly":
                error = ValueError()
                error.args = (lambda: None,)
                raise error
        return f"{greeting}, {message}"

    return answer
