"""Sources judged in this process or by several: the same result, whatever the number of processes.

Sources are handed out in order of their names, in batches that hold a like number of records, and come back in that
order. Nothing is written: a run that is killed leaves nothing behind, and the next one starts from the beginning.
"""

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection

from scanner.errors import SourceError, TrailwitnessError
from scanner.events.counting.parts import Part, merge
from scanner.events.counting.results import LogResult
from scanner.events.evaluation import Evaluator, Opened
from scanner.events.matching.conditions.compiled_rules import Judged
from scanner.events.memory import keep_memory, memory_kept
from scanner.events.reading.fields.period import ALWAYS, Period
from scanner.events.reading.sources.accounting import SourceAccount, unreadable
from scanner.events.reading.sources.limits import DEFAULT_LIMITS, Limits
from scanner.files.log_source import LogSource, at_hand

BATCH_RECORDS = 25_000
"""About how many records a process is given at a time."""

HERE_RECORDS = 100_000
"""After how many records what was found is put together when there is only this process."""

BATCH_SOURCES = 2_000
"""How many sources at most."""

TOGETHER_RECORDS = 400
"""How many records of small sources are judged together, at least."""

TOGETHER_SOURCES = 250
"""How many sources at most."""

END_SECONDS = 5
"""How long the end of worker processes is waited for when nobody needs them any more."""

_IN_FLIGHT = 3
"""Batches handed out for each process: enough that none waits, few enough that memory stays flat."""


Progress = Callable[[int, int], None]
"""Called with the numbers of sources and records done so far."""


def evaluate_sources(
    rules: Sequence[Judged],
    sources: Iterable[LogSource],
    *,
    workers: int = 1,
    limits: Limits = DEFAULT_LIMITS,
    period: Period = ALWAYS,
    progress: Progress | None = None,
) -> LogResult:
    """Judge the records of all sources that lie in ``period`` by ``rules``, with ``workers`` processes (1: this one).

    A source that cannot be read is accounted for, never left out.
    """
    ordered = sorted(sources, key=lambda source: source.name)
    evaluator = partial(Evaluator, tuple(rules), limits, period)
    with memory_kept():
        parts = _here(evaluator(), ordered) if workers <= 1 else _spread(evaluator, ordered, workers)
        return merge(_watched(parts, progress), rules)


def _watched(parts: Iterable[Part], progress: Progress | None) -> Iterator[Part]:
    sources = records = 0
    for part in parts:
        yield part
        sources += len(part.sources)
        records += sum(account.records for account in part.sources)
        if progress is not None:
            progress(sources, records)


def _here(evaluator: Evaluator, sources: Iterable[LogSource]) -> Iterator[Part]:
    part, records = Part(), 0
    for opened in _opened(evaluator, sources):
        evaluator.judge(opened, part)
        records += sum(each.source.count for each in opened if isinstance(each, Opened))
        if records >= HERE_RECORDS or len(part.sources) >= BATCH_SOURCES:
            yield part
            part, records = Part(), 0
    yield part


def _opened(evaluator: Evaluator, sources: Iterable[LogSource]) -> Iterator[list[Opened | SourceAccount]]:
    """Sources with their records, as many at a time as are judged together."""
    opened: list[Opened | SourceAccount] = []
    records = 0
    for source in sources:
        try:
            data = source.read()
        except SourceError as error:
            opened.append(unreadable(source.name, str(error)))
        else:
            found = evaluator.open(source.name, data)
            opened.append(found)
            records += found.source.count
        if records >= TOGETHER_RECORDS or len(opened) >= TOGETHER_SOURCES:
            yield opened
            opened, records = [], 0
    yield opened


_evaluator: list[Evaluator] = []
"""The evaluator of a worker process, made once when it starts."""


def _start(evaluator: Callable[[], Evaluator], needed: Connection) -> None:
    threading.Thread(target=_end_with, args=(needed,), daemon=True).start()
    keep_memory()
    _evaluator[:] = [evaluator()]


def _end_with(needed: Connection) -> None:
    """End at once when the other end is closed, which a command that was killed does too: nobody wants the result."""
    needed.poll(None)
    os._exit(1)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes started here never see Ctrl-C, which a terminal sends to all of them: the command decides for them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its own start would undo what is blocked here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(sources: Sequence[LogSource]) -> Part:
    part = Part()
    for opened in _opened(_evaluator[0], sources):
        _evaluator[0].judge(opened, part)
    for windows in part.windows.values():
        windows.settle()
    return part


def _spread(evaluator: Callable[[], Evaluator], sources: Sequence[LogSource], workers: int) -> Iterator[Part]:
    """Parts made by worker processes, in the order of the sources."""
    context = multiprocessing.get_context("spawn")
    needed, no_longer = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(evaluator, needed))
    try:
        pending: deque[Future[Part]] = deque()
        at, size = 0, 1
        while at < len(sources) or pending:
            while at < len(sources) and len(pending) < workers * _IN_FLIGHT:
                batch = [_portable(source) for source in sources[at : at + size]]
                with _without_interrupts():
                    pending.append(pool.submit(_work, batch))
                at += size
            part = pending.popleft().result()
            size = _batch_size(part)
            yield part
        pool.shutdown()
    except BrokenProcessPool as error:
        raise TrailwitnessError(
            "A worker process was ended from outside, perhaps for want of memory. No verdict was given.",
            "Run again, with fewer --workers if memory is short.",
        ) from error
    finally:
        no_longer.close()
        ending = threading.Thread(target=pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        ending.start()
        ending.join(END_SECONDS)
        needed.close()


def _batch_size(part: Part) -> int:
    """How many sources like those of ``part`` make a batch."""
    records = sum(account.records for account in part.sources)
    return max(1, min(BATCH_SOURCES, len(part.sources) * 8, BATCH_RECORDS * len(part.sources) // max(1, records)))


def _portable(source: LogSource) -> LogSource:
    """The source itself, or its content when it cannot travel."""
    try:
        pickle.dumps(source)
    except (TypeError, AttributeError, pickle.PicklingError):
        return at_hand(source)
    return source
