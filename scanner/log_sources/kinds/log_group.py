"""CloudWatch Logs log groups, page by page."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from scanner.arns import parse_arn
from scanner.aws.session import AwsSession
from scanner.errors import UsageError
from scanner.files.log_source import LogSource
from scanner.log_sources.kind import Reader, Wanted
from scanner.log_sources.pages import Pace, Pages
from scanner.log_sources.window import Window

LOG_GROUP_PER_SECOND = 5
"""Calls of FilterLogEvents that an account may make in a second and Region (CloudWatch Logs quotas)."""


def log_group_sources(
    session: AwsSession, account: str, region: str, group: str, window: Window, *, pace: Pace | None = None
) -> Iterator[LogSource]:
    """The pages of a log group, by its name or ARN.

    The time of a log event is that of its delivery (CloudTrail user guide, "Sending events to CloudWatch Logs"), so the
    window is extended by its ``late`` at its end.
    """
    identifier = group.removesuffix(":*")
    arn = parse_arn(identifier)
    member = "logGroupIdentifier" if arn else "logGroupName"
    arguments: dict[str, Any] = {member: identifier}
    if window.since is not None:
        arguments["startTime"] = _milliseconds(window.since)
    if window.until is not None:
        arguments["endTime"] = _milliseconds(window.until + window.late)
    pages = Pages(session, "logs.FilterLogEvents", account, region, arguments, pace or Pace(LOG_GROUP_PER_SECOND))
    name = arn.after("log-group:") if arn else identifier
    yield from pages.sources(f"log-group://{account}/{region}/{name}", "events", "nextToken")


def _sources(groups: Sequence[str], wanted: Wanted) -> Iterator[LogSource]:
    session, account = wanted.aws.session, wanted.aws.caller.account
    for group in groups:
        for region in _regions_of(group, wanted.aws.asked_regions):
            yield from log_group_sources(session, account, region, group, wanted.window)


def _regions_of(group: str, regions: Sequence[str]) -> Sequence[str]:
    """The Region in a log group's ARN, else those asked for."""
    arn = parse_arn(group)
    if arn is not None:
        if regions and arn.region not in regions:
            raise UsageError(
                f"--log-group {group} is in {arn.region}, and --region asks for {', '.join(regions)}.",
                "Drop one of the two.",
            )
        return (arn.region,)
    if not regions:
        raise UsageError(f"--log-group {group}: in which Region?", "Name it with --region, or give the group's ARN.")
    return regions


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


LOG_GROUP = Reader(_sources, passing=lambda _text: True)
