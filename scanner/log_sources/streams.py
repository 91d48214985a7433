"""Several streams of sources followed at once."""

import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from scanner.files.log_source import LogSource

_HELD_UP = 0.2
"""Seconds after which a thread whose source nobody takes looks whether anybody still reads."""


def merged(streams: Sequence[Iterable[LogSource]], workers: int) -> Iterator[LogSource]:
    """The sources of several streams as they come, each stream followed in a thread of its own.

    An error of a stream is raised here. A reader that stops early also stops the threads.
    """
    ready: queue.Queue[LogSource | None] = queue.Queue(maxsize=2 * workers)
    stopped = threading.Event()

    def put(item: LogSource | None) -> None:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=_HELD_UP)
            except queue.Full:
                continue
            return

    def follow(stream: Iterable[LogSource]) -> None:
        try:
            for source in stream:
                put(source)
                if stopped.is_set():
                    return
        finally:
            put(None)

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="list") as pool:
        futures = [pool.submit(follow, stream) for stream in streams]
        try:
            for _ in futures:
                while (item := ready.get()) is not None:
                    yield item
            for future in futures:
                future.result()
        finally:
            stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)
