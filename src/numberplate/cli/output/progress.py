"""How much is done: a bar on a terminal, and what is printed beside it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from numberplate.cli.output.lines import complain, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

T = TypeVar("T")

_EVERY, _REDRAW = 30.0, 0.2
"""Seconds between lines where no terminal shows a bar, and between two drawings of one."""


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
        console=_console(),
        transient=True,
        # Rich would send to the bar's console what is meant for a pipe.
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        yield Progress(bar, bar.add_task(doing, total=total))


@contextmanager
def updates(
    line: Callable[[T], str], share: Callable[[T], tuple[float, float]]
) -> Iterator[Callable[[T], None]]:
    """What shows the state of something, as often as it is called: a bar, or else a line now and then.

    `line`: says a state in words; `share`: how much is done in it, of how much.
    """
    if not sys.stderr.isatty():
        yield _sparing(_EVERY, _EVERY, lambda state: complain(f"numberplate: {line(state)}"))
        return
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    with Live(console=_console(), transient=True, redirect_stdout=False, redirect_stderr=False) as live:

        def show(state: T) -> None:
            done, total = share(state)
            grid = Table.grid(padding=(0, 1))
            grid.add_row(ProgressBar(total=total, completed=done, width=30), Text(line(state)))
            live.update(grid)

        yield _sparing(0.0, _REDRAW, show)


def _sparing(first: float, every: float, show: Callable[[T], None]) -> Callable[[T], None]:
    """Shows a state after `first` seconds, and then every so many at most."""
    due = time.monotonic() + first

    def sparing(state: T) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + every
            show(state)

    return sparing


def _console() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)
