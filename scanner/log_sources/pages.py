"""Log records that an API gives page by page, at the pace that its quota allows.

Each page is a source of its own, so that what was read before a refusal is still judged and the rest accounted for.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scanner.aws.asking import CALL_FAILURES, call_once
from scanner.aws.failures import words_of
from scanner.aws.log_operations import LOG_OPERATIONS
from scanner.aws.session import AwsSession
from scanner.files.log_source import BrokenSource, HeldSource, LogSource
from scanner.snapshot.raw_json import line, plain

MAX_PAGES = 1_000_000
"""Where one series of pages is given up: an endpoint that never ends is not believed."""

_SENDING = "before-send"
"""What botocore emits before each attempt of a call."""


class Pace:
    """Lets calls through at most ``per_second`` times a second, each key (an account and Region) on its own.

    ``clock`` and ``sleep`` are in seconds.
    """

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next: dict[tuple[str, str], float] = {}

    def wait(self, key: tuple[str, str]) -> None:
        """Return when the next call under this key may be made."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next.get(key, now))
            self._next[key] = turn + self._interval
        if turn > now:
            self._sleep(turn - now)


class Pages:
    """One paginated call, followed page by page at a pace."""

    def __init__(
        self, session: AwsSession, operation: str, account: str, region: str, arguments: Mapping[str, Any], pace: Pace
    ) -> None:
        self._session = session
        self._operation = LOG_OPERATIONS[operation]
        self._account = account
        self._region = region
        self._arguments = arguments
        self._pace = pace

    def sources(self, name: str, member: str, mark: str) -> Iterator[LogSource]:
        """A source for each page that holds anything, at least one; ``mark`` is the member that names the next page."""
        following: str | None = None
        given = 0
        for number in range(MAX_PAGES):
            label = f"{name}/{number:06}"
            try:
                answer = self._page({**self._arguments, mark: following} if following else self._arguments)
                items = answer.get(member) or []
                data = line(plain({member: items}))
                further = answer.get(mark)
            except CALL_FAILURES as error:
                yield BrokenSource(label, f"Page {number} of {name} and all after it are missing: {words_of(error)}.")
                return
            if items or (not further and not given):
                given += 1
                yield HeldSource(label, data)
            if not further:
                return
            if further == following:
                yield BrokenSource(
                    label, f"The pages of {name} after {number} are missing: the same one is named again."
                )
                return
            following = str(further)
        yield BrokenSource(name, f"{name} has more than {MAX_PAGES} pages; the rest is missing.")

    def _page(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        client = self._session.client(self._operation.service, self._region)
        # Before every attempt: botocore repeats what was throttled, and those calls count as any other.
        client.meta.events.register(_SENDING, self._wait)
        try:
            return call_once(client, self._operation, arguments)
        finally:
            client.meta.events.unregister(_SENDING, self._wait)

    def _wait(self, **_request: Any) -> None:
        self._pace.wait((self._account, self._region))
