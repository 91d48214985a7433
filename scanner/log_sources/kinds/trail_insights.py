"""The Insights events of a trail that logs data events, page by page.

Those of management events are in event history. Source: CloudTrail API reference, ``ListInsightsData``.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product

from scanner.arns import parse_arn
from scanner.aws.log_operations import LOG_OPERATIONS
from scanner.aws.session import AwsSession
from scanner.errors import UsageError
from scanner.files.log_source import BrokenSource, LogSource
from scanner.log_sources.kind import Reader, Wanted
from scanner.log_sources.pages import Pace, Pages
from scanner.log_sources.streams import merged
from scanner.log_sources.window import Window

INSIGHTS_PER_SECOND = 2
"""Calls of ListInsightsData that an account may make in a second and Region (CloudTrail API reference)."""


_HELD = timedelta(days=90)
"""How far back they go (CloudTrail API reference)."""


def trail_insights(
    session: AwsSession,
    account: str,
    regions: Sequence[str],
    trails: Sequence[str],
    window: Window,
    *,
    now: datetime,
    pace: Pace | None = None,
) -> Iterator[LogSource]:
    """The pages of the Insights events of trails, by their ARNs, in each Region: those of the last 90 days.

    A window that begins earlier gives a source that cannot be read.
    """
    oldest = now - _HELD
    if window.since is not None and window.since < oldest:
        yield BrokenSource(
            f"trail-insights://{account}/before/{oldest:%Y-%m-%dT%H:%M:%SZ}",
            f"Insights events of trails go back 90 days, to {oldest:%Y-%m-%d}; the window begins on "
            f"{window.since:%Y-%m-%d}.",
        )
    arguments = {**LOG_OPERATIONS["cloudtrail.ListInsightsData"].arguments}
    if window.since is not None:
        arguments["StartTime"] = max(window.since, oldest)
    if window.until is not None:
        arguments["EndTime"] = window.until
    paced = pace or Pace(INSIGHTS_PER_SECOND)
    streams = [
        Pages(
            session, "cloudtrail.ListInsightsData", account, region, {**arguments, "InsightSource": trail}, paced
        ).sources(f"trail-insights://{account}/{region}/{_name(trail)}", "Events", "NextToken")
        for region, trail in product(sorted(set(regions)), sorted(set(trails)))
    ]
    if streams:
        yield from merged(streams, len(streams))


def _name(trail: str) -> str:
    """The name of a trail; raises UsageError for what is not the ARN of one."""
    arn = parse_arn(trail)
    name = arn.after("trail/") if arn is not None and arn.service == "cloudtrail" else ""
    if not name:
        raise UsageError(
            f"--trail-insights {trail}: this is not the ARN of a trail.",
            "Write it as `aws cloudtrail describe-trails` prints it (TrailARN).",
        )
    return name


def _sources(trails: Sequence[str], wanted: Wanted) -> Iterator[LogSource]:
    for trail in trails:
        _name(trail)
    aws = wanted.aws
    yield from trail_insights(aws.session, aws.caller.account, aws.regions, trails, wanted.window, now=wanted.now)


TRAIL_INSIGHTS = Reader(_sources, passing=lambda _text: True)
