"""Sources judged in this process or by several: the same result, whatever the number of processes.

Sources are handed out in order of their names, in batches that hold a like number of records, and come back in that
order. Nothing is written: a run that is killed leaves nothing behind, and the next one starts from the beginning.
"""

import multiprocessing
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from scanner.errors import TrailwitnessError
from scanner.events.accounting import unreadable
from scanner.events.evaluation import Evaluator, Judged, Part, merge
from scanner.events.limits import DEFAULT_LIMITS, Limits
from scanner.events.period import ALWAYS, Period
from scanner.events.results import LogResult

BATCH_RECORDS = 25_000
"""About how many records a process is given at a time, and after how many what was found is put together."""

BATCH_SOURCES = 2_000
"""How many sources at most."""

_IN_FLIGHT = 3
"""Batches handed out for each process: enough that none waits, few enough that memory stays flat."""


class LogSource(Protocol):
    """One file, object or answer that holds records."""

    @property
    def name(self) -> str:
        """What it is called in findings and evidence."""
        ...

    def read(self) -> bytes:
        """Its bytes as stored; raises OSError or a TrailwitnessError when they cannot be had."""
        ...


Progress = Callable[[int, int], None]
"""Called with the numbers of sources and records done so far."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A source that was read already, for one that cannot travel to another process."""

    name: str
    data: bytes

    def read(self) -> bytes:
        return self.data


@dataclass(frozen=True, slots=True)
class _Failed:
    """A source that could not be read where it had to be."""

    name: str
    why: str

    def read(self) -> bytes:
        raise OSError(self.why)


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
    for source in sources:
        _judge(evaluator, source, part)
        records += part.sources[-1].records
        if records >= BATCH_RECORDS or len(part.sources) >= BATCH_SOURCES:
            yield part
            part, records = Part(), 0
    yield part


def _judge(evaluator: Evaluator, source: LogSource, part: Part) -> None:
    try:
        data = source.read()
    except (OSError, TrailwitnessError) as error:
        part.leave_out(unreadable(source.name, str(error)))
    else:
        evaluator.evaluate(source.name, data, part)


_evaluator: list[Evaluator] = []
"""The evaluator of a worker process, made once when it starts."""


def _start(evaluator: Callable[[], Evaluator]) -> None:
    _evaluator[:] = [evaluator()]


def _work(sources: Sequence[LogSource]) -> Part:
    part = Part()
    for source in sources:
        _judge(_evaluator[0], source, part)
    for windows in part.windows.values():
        windows.settle()
    return part


def _spread(evaluator: Callable[[], Evaluator], sources: Sequence[LogSource], workers: int) -> Iterator[Part]:
    """Parts made by worker processes, in the order of the sources."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(evaluator,)) as pool:
        pending: deque[Future[Part]] = deque()
        at, size = 0, 1
        while at < len(sources) or pending:
            while at < len(sources) and len(pending) < workers * _IN_FLIGHT:
                pending.append(pool.submit(_work, [_portable(source) for source in sources[at : at + size]]))
                at += size
            part = pending.popleft().result()
            size = _batch_size(part)
            yield part


def _batch_size(part: Part) -> int:
    """How many sources like those of ``part`` make a batch."""
    records = sum(account.records for account in part.sources)
    return max(1, min(BATCH_SOURCES, len(part.sources) * 8, BATCH_RECORDS * len(part.sources) // max(1, records)))


def _portable(source: LogSource) -> LogSource:
    """The source itself, or its content when it cannot travel."""
    try:
        pickle.dumps(source)
    except (TypeError, AttributeError, pickle.PicklingError):
        try:
            return _Read(source.name, source.read())
        except (OSError, TrailwitnessError) as error:
            return _Failed(source.name, str(error))
    return source
