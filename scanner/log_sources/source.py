"""Sources of log records: what one is, the window of time that is asked for, and reading many of them at once.

Where they come from: ``log_files`` (files, folders, globs, zip files, standard input), ``log_bucket`` (``s3://``),
``log_answers`` (event history and log groups).
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from scanner.errors import SourceError
from scanner.files.log_source import LogSource

Say = Callable[[str, str], None]
"""``say(name, why)``: something that was passed over knowingly, so that it is not dropped in silence."""

LATE = timedelta(days=1)
"""How long after an event its delivery is looked for unless more is asked for. CloudTrail delivers within minutes on average
(user guide, "How CloudTrail works"), later during an outage of its own."""

RETRIES = timedelta(days=30)
"""How long CloudTrail tries to deliver to a bucket that refuses it (user guide, "Troubleshooting delivery")."""

_HELD_UP = 0.2


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which records are wanted, by ``eventTime``, both ends included; ``None`` leaves an end open.

    Sources are chosen generously by their time of delivery. They also hold records outside the window: whoever judges
    them looks at ``eventTime``. ``late`` is how long after its end deliveries are looked at.
    """

    since: datetime | None = None
    until: datetime | None = None
    late: timedelta = LATE

    def unlooked(self, now: datetime) -> str:
        """What of late deliveries is not looked at, as a sentence; "" when nothing is."""
        if self.until is None or self.late >= RETRIES or self.until + self.late >= now:
            return ""
        end = self.until + self.late
        return (
            f"what was delivered after {end:%Y-%m-%dT%H:%M:%SZ} is not looked at; CloudTrail tries for 30 days to deliver to a "
            "bucket that refuses it (--late 30d)"
        )

    def delivered(self, moment: datetime) -> bool:
        """Whether what was delivered then may hold records of the window."""
        if self.since is not None and moment < self.since.replace(second=0, microsecond=0):
            return False
        return self.until is None or moment <= self.until + self.late

    def days(self, now: datetime) -> Sequence[date]:
        """The UTC days on which records of the window may have been delivered; none when it has no beginning."""
        if self.since is None:
            return ()
        first = self.since.astimezone(UTC).date()
        last = (min(self.until + self.late, now) if self.until else now).astimezone(UTC).date()
        return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def prefetch(sources: Iterable[LogSource], workers: int) -> Iterator[tuple[LogSource, bytes | SourceError]]:
    """Read sources ahead, ``workers`` at once, and give them in their order with their bytes or the reason for none.

    At most twice as many sources as workers are held.
    """
    waiting: deque[tuple[LogSource, Future[bytes | SourceError]]] = deque()
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="read") as pool:
        try:
            for source in sources:
                waiting.append((source, pool.submit(_read, source)))
                if len(waiting) >= 2 * workers:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _read(source: LogSource) -> bytes | SourceError:
    try:
        return source.read()
    except SourceError as error:
        return error


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
