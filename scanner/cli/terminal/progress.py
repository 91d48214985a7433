"""One progress bar on stderr."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scanner.cli.terminal.printing import printable
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
