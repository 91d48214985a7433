"""Sources that are fetched over a network are read ahead: several at once, while the one before is judged."""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from scanner.files.log_source import LogSource


class Fetched:
    """Marks sources that are worth reading ahead, because most of the time of reading one is waiting."""

    __slots__ = ()


def read_ahead(sources: Iterable[LogSource], workers: int = 16) -> list[LogSource]:
    """The sources by name; those that are fetched are read ahead by ``workers`` threads, if read in this order."""
    ordered = sorted(sources, key=lambda source: source.name)
    fetched = [source for source in ordered if isinstance(source, Fetched)]
    queue = _Ahead(fetched, workers)
    places = {id(source): place for place, source in enumerate(fetched)}
    return [
        AheadSource(source.name, queue, places[id(source)]) if isinstance(source, Fetched) else source
        for source in ordered
    ]


@dataclass(frozen=True, slots=True)
class AheadSource:
    """A source whose successors are fetched while it is read."""

    name: str
    queue: "_Ahead" = field(repr=False)
    place: int

    def read(self) -> bytes:
        """Its bytes, at most one more than the limit."""
        return self.queue.read(self.place)


class _Ahead:
    """Sources that are fetched before they are asked for, at most twice as many as there are threads."""

    def __init__(self, sources: Sequence[LogSource], workers: int) -> None:
        self._sources = sources
        self._workers = workers
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: dict[int, Future[bytes]] = {}
        self._begun = 0

    def read(self, place: int) -> bytes:
        with self._lock:
            until = min(len(self._sources), place + 2 * self._workers)
            if self._begun < until and self._pool is None:
                self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="read")
            for number in range(max(self._begun, place), until):
                if self._pool is not None:
                    self._under_way[number] = self._pool.submit(self._sources[number].read)
            self._begun = max(self._begun, until)
            future = self._under_way.pop(place, None)
            if self._begun == len(self._sources) and not self._under_way and self._pool is not None:
                self._pool.shutdown(wait=False)
                self._pool = None
        # What was read once, or jumped over, is read again by itself.
        return self._sources[place].read() if future is None else future.result()
