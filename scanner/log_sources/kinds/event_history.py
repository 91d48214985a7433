"""CloudTrail's event history, page by page."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product

from scanner.aws.log_operations import LOG_OPERATIONS
from scanner.aws.session import AwsSession
from scanner.files.log_source import BrokenSource, LogSource
from scanner.log_sources.kind import Reader, Say, Wanted
from scanner.log_sources.pages import Pace, Pages
from scanner.log_sources.streams import merged
from scanner.log_sources.window import Window

HISTORY_PER_SECOND = 2
"""Calls of LookupEvents that an account may make in a second and Region (CloudTrail API reference)."""

HISTORY_HOLDS = timedelta(days=90)
"""How far back event history goes (CloudTrail user guide)."""


def history_sources(
    session: AwsSession,
    account: str,
    regions: Sequence[str],
    window: Window,
    say: Say,
    *,
    now: datetime,
    pace: Pace | None = None,
    insights: bool = False,
) -> Iterator[LogSource]:
    """The pages of event history of an account in each Region, Regions at once, at two calls a second in each.

    Event history holds management events of the last 90 days only: ``say`` is told so, and a window that begins earlier
    gives a source that cannot be read. With ``insights`` its Insights events are read as well, which AWS gives only to
    whoever asks for them (CloudTrail API reference, ``LookupEvents``, ``EventCategory``).
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
    asked = {"": arguments, **({"/insight": {**arguments, "EventCategory": "insight"}} if insights else {})}
    streams = [
        Pages(session, "cloudtrail.LookupEvents", account, region, asked[kind], paced).sources(
            f"event-history://{account}/{region}{kind}", "Events", "NextToken"
        )
        for region, kind in product(sorted(set(regions)), asked)
    ]
    if streams:
        yield from merged(streams, len(streams))


def _sources(_texts: Sequence[str], wanted: Wanted) -> Iterator[LogSource]:
    aws = wanted.aws
    yield from history_sources(
        aws.session,
        aws.caller.account,
        aws.regions,
        wanted.window,
        wanted.say,
        now=wanted.now,
        insights=wanted.insights,
    )


EVENT_HISTORY = Reader(_sources, passing=lambda _text: True)
