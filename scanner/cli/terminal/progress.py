"""Progress on stderr: one bar for each phase, or one with an estimate for a run that takes long."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scanner.cli.terminal.printing import printable, say
from scanner.runs.watching import Progress


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar with counts on stderr when it is a terminal and not a CI log; silent otherwise."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield lambda _phase, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                for ended in [name for name, task in tasks.items() if bar.tasks[bar.task_ids.index(task)].finished]:
                    bar.remove_task(tasks.pop(ended))  # accounts of an organization are many
                tasks[phase] = bar.add_task(printable(phase), total=total)
            bar.update(tasks[phase], completed=done, total=total)

        yield show


QUIET_SECONDS = 30.0
"""How often a run that takes long says how far it is where no bar can be shown, in seconds."""

Estimate = Callable[[int, int, str], None]
"""``estimate(done, total, words)``; ``words`` say what was looked at so far."""


@contextmanager
def estimating(clock: Callable[[], float] = time.monotonic) -> Iterator[Estimate]:
    """Counts and the time that is left: a bar on a terminal, elsewhere a line now and then."""
    if sys.stderr.isatty() and not os.environ.get("CI"):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        with Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("days", total=None)
            yield lambda done, total, words: bar.update(
                task, completed=done, total=total, description=printable(f"days: {words}")
            )
        return
    begun = told = clock()

    def line(done: int, total: int, words: str) -> None:
        nonlocal told
        now = clock()
        if now - told >= QUIET_SECONDS and done:
            told = now
            left = (now - begun) / done * (total - done)
            say(f"{done} of {total} days: {words}; about {duration(left)} left")

    yield line


def duration(seconds: float) -> str:
    """``40 s``, ``12 min`` or ``3 h 20 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
