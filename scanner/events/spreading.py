"""One thing done for each log source, by several processes: what comes of them comes in the order of the sources."""

import multiprocessing
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TypeVar

from scanner.errors import TrailwitnessError
from scanner.files.log_source import LogSource, at_hand

BATCH_SOURCES = 200
"""How many sources a process is given at a time, at most."""

_T = TypeVar("_T")


def spread(work: Callable[[LogSource], _T], sources: Sequence[LogSource], workers: int) -> Iterator[_T]:
    """What ``work`` makes of each source, in their order, by so many processes (1: this one).

    Raises TrailwitnessError when a process was ended from outside.
    """
    if workers <= 1:
        yield from map(work, sources)
        return
    size = max(1, min(BATCH_SOURCES, len(sources) // (4 * workers)))
    batches = [sources[at : at + size] for at in range(0, len(sources), size)]
    try:
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            for made in pool.map(partial(_each, work), (list(map(_portable, batch)) for batch in batches)):
                yield from made
    except BrokenProcessPool as error:
        raise TrailwitnessError(
            "A worker process was ended from outside, perhaps for want of memory. Nothing was counted.",
            "Run again, with fewer --workers if memory is short.",
        ) from error


def _each(work: Callable[[LogSource], _T], batch: Sequence[LogSource]) -> list[_T]:
    return list(map(work, batch))


def _portable(source: LogSource) -> LogSource:
    """The source itself, or its content when it cannot travel to another process."""
    try:
        pickle.dumps(source)
    except (TypeError, AttributeError, pickle.PicklingError):
        return at_hand(source)
    return source
