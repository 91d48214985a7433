"""Several streams of sources followed at once."""

import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from scanner.files.log_source import LogSource

_HELD_UP = 0.2
"""Seconds after which a thread whose source nobody takes looks whether anybody still reads."""


class _Merging:
    """Where the threads that follow streams leave what they find; None from each that has ended."""

    def __init__(self, most: int) -> None:
        self.ready: Final[queue.Queue[LogSource | None]] = queue.Queue(maxsize=most)
        self.stopped: Final = threading.Event()

    def follow(self, stream: Iterable[LogSource]) -> None:
        """Leave every source of a stream, until nobody reads any more."""
        try:
            for source in stream:
                self._put(source)
                if self.stopped.is_set():
                    return
        finally:
            self._put(None)

    def _put(self, item: LogSource | None) -> None:
        while not self.stopped.is_set():
            try:
                self.ready.put(item, timeout=_HELD_UP)
            except queue.Full:
                continue
            return


def merged(streams: Sequence[Iterable[LogSource]], workers: int) -> Iterator[LogSource]:
    """The sources of several streams as they come, each stream followed in a thread of its own.

    An error of a stream is raised here. A reader that stops early also stops the threads.
    """
    merging = _Merging(2 * workers)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="list") as pool:
        futures = [pool.submit(merging.follow, stream) for stream in streams]
        try:
            for _ in futures:
                while (item := merging.ready.get()) is not None:
                    yield item
            for future in futures:
                future.result()
        finally:
            merging.stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)
