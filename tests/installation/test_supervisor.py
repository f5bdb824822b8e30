"""What starts the parts of an installation."""

import signal
from pathlib import Path

from numberplate.installation import Supervisor


def test_a_part_that_the_system_cannot_start_is_tried_again() -> None:
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 3:
            signal.raise_signal(signal.SIGTERM)

    # No system takes so long a command.
    Supervisor(["retention", "actions"], Path("x" * 4_000_000), say).run()
    assert [line.partition(": ")[0] for line in said[:3]] == ["retention", "actions", "retention"]
    assert said[0].startswith("retention: cannot be started (")
    assert said[0].endswith("; started again in 1 s")
    assert said[2].endswith("; started again in 2 s")
