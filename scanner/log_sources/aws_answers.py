"""Log records that an API gives page by page: CloudTrail's event history and CloudWatch Logs log groups.

Each page is a source of its own, so that what was read before a refusal is still judged and the rest accounted for.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from scanner.aws.asking import CALL_FAILURES, call_once
from scanner.aws.failures import words_of
from scanner.aws.log_operations import LOG_OPERATIONS
from scanner.aws.session import AwsSession
from scanner.files.log_source import BrokenSource, HeldSource, LogSource
from scanner.log_sources.source import Say, Window, merged
from scanner.snapshot.raw_json import line, plain

HISTORY_PER_SECOND = 2
"""Calls of LookupEvents that an account may make in a second and Region (CloudTrail API reference)."""

LOG_GROUP_PER_SECOND = 5
"""Calls of FilterLogEvents that an account may make in a second and Region (CloudWatch Logs quotas)."""

HISTORY_HOLDS = timedelta(days=90)
"""How far back event history goes (CloudTrail user guide)."""

_SENDING = "before-send"
"""What botocore emits before each attempt of a call."""

MAX_PAGES = 1_000_000
"""Where one series of pages is given up: an endpoint that never ends is not believed."""


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


def history_sources(
    session: AwsSession,
    account: str,
    regions: Sequence[str],
    window: Window,
    say: Say,
    *,
    now: datetime,
    pace: Pace | None = None,
) -> Iterator[LogSource]:
    """The pages of event history of an account in each Region, Regions at once, at two calls a second in each.

    Event history holds management events of the last 90 days only: ``say`` is told so, and a window that begins earlier
    gives a source that cannot be read.
    """
    say(f"event-history://{account}/", "event history holds management events only, no data events")
    oldest = now - HISTORY_HOLDS
    if window.since is not None and window.since < oldest:
        yield BrokenSource(
            f"event-history://{account}/before/{oldest:%Y-%m-%dT%H:%M:%SZ}",
            f"Event history goes back 90 days, to {oldest:%Y-%m-%d}; the window begins on {window.since:%Y-%m-%d}.",
        )
    arguments = {**LOG_OPERATIONS["cloudtrail.LookupEvents"].arguments}
    if window.since is not None:
        arguments["StartTime"] = max(window.since, oldest)
    if window.until is not None:
        arguments["EndTime"] = window.until
    paced = pace or Pace(HISTORY_PER_SECOND)
    streams = [
        _Pages(session, "cloudtrail.LookupEvents", account, region, arguments, paced).sources(
            f"event-history://{account}/{region}", "Events", "NextToken"
        )
        for region in sorted(set(regions))
    ]
    if streams:
        yield from merged(streams, len(streams))


def log_group_sources(
    session: AwsSession, account: str, region: str, group: str, window: Window, *, pace: Pace | None = None
) -> Iterator[LogSource]:
    """The pages of a log group, by its name or ARN.

    The time of a log event is that of its delivery (CloudTrail user guide, "Sending events to CloudWatch Logs"), so the
    window is extended by its ``late`` at its end.
    """
    identifier = group.removesuffix(":*")
    member = "logGroupIdentifier" if identifier.startswith("arn:") else "logGroupName"
    arguments: dict[str, Any] = {member: identifier}
    if window.since is not None:
        arguments["startTime"] = _milliseconds(window.since)
    if window.until is not None:
        arguments["endTime"] = _milliseconds(window.until + window.late)
    pages = _Pages(session, "logs.FilterLogEvents", account, region, arguments, pace or Pace(LOG_GROUP_PER_SECOND))
    name = identifier.rpartition(":log-group:")[2]
    yield from pages.sources(f"log-group://{account}/{region}/{name}", "events", "nextToken")


class _Pages:
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


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
