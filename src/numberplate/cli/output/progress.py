"""A bar that shows on a terminal how much is done, and what is printed beside it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from numberplate.cli.output.lines import complain, say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


@dataclass(frozen=True)
class Progress:
    """What `progress` gives. Without a bar its lines are printed as always."""

    bar: "Bar | None" = None
    task: "TaskID | None" = None

    def say(self, line: str) -> None:
        """Prints a line of output."""
        if sys.stdout.isatty():
            self._print(line, say)  # both are the terminal: the output must go around the bar too
        else:
            say(line)

    def complain(self, line: str) -> None:
        """Prints a line on standard error."""
        self._print(line, complain)

    def advance(self, by: int = 1) -> None:
        """So many more are done."""
        if self.bar is not None and self.task is not None:
            self.bar.advance(self.task, by)

    def _print(self, line: str, otherwise: Callable[[str], None]) -> None:
        if self.bar is None:
            otherwise(line)
        else:
            self.bar.console.print(line, soft_wrap=True)  # above the bar, and neither wrapped nor cut


@contextmanager
def progress(doing: str, total: int) -> Iterator[Progress]:
    """Shows a bar while `total` things are done: on a terminal, and if they are several."""
    if total < 2 or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many are done a second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:.1f}/s")

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=Console(stderr=True, highlight=False, markup=False, emoji=False),
        transient=True,
        # Rich would send to the bar's console what is meant for a pipe.
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        yield Progress(bar, bar.add_task(doing, total=total))
