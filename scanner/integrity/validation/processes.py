"""Days validated by several processes: most of the work of a GET is the AWS SDK's, and one process has one processor.

Each process opens the store for itself. One ends by itself when the command that started it is gone, whatever ended
that; Ctrl-C is for the command alone.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection

from scanner.integrity.judging.results import DayResult
from scanner.integrity.names import Place
from scanner.integrity.validation.day import Scope, validate_day

DAYS_EACH = 4
"""How many days make a process worth its start."""

END_SECONDS = 5
"""How long the end of processes is waited for when nobody needs them any more."""

Opening = Callable[[int], Scope]
"""Opens the store once more in another process, to which it travels; it is told how many share the work."""

_scope: list[Scope] = []
"""What a worker process looks at, opened once when it starts."""


def worth(days: int, most: int) -> int:
    """How many processes are worth their start for a number of days; 1 means this one."""
    return max(1, min(most, days // DAYS_EACH))


def in_process(place: Place, day: date) -> DayResult:
    """A day, validated by the process that this is called in."""
    return validate_day(place, day, _scope[0])


@contextmanager
def processes(opening: Opening, count: int) -> Iterator[Executor]:
    """Processes that take ``in_process``, each with a store of its own."""
    context = multiprocessing.get_context("spawn")
    needed, no_longer = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_start, initargs=(opening, count, needed))
    try:
        with _without_interrupts():
            # A process is started with each of the first tasks.
            for _ in range(count):
                pool.submit(_ready)
        yield pool
        pool.shutdown()
    finally:
        no_longer.close()
        ending = threading.Thread(target=pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        ending.start()
        ending.join(END_SECONDS)
        needed.close()


def _ready() -> None:
    """Nothing: what it takes to start a process."""


def _start(opening: Opening, count: int, needed: Connection) -> None:
    threading.Thread(target=_end_with, args=(needed,), daemon=True).start()
    _scope[:] = [opening(count)]


def _end_with(needed: Connection) -> None:
    """End at once when the other end is closed, which a command that was killed does too: nobody wants the result."""
    needed.poll(None)
    os._exit(1)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes started here never see Ctrl-C, which a terminal sends to all of them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its own start would undo what is blocked here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
