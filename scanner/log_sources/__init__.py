"""Where log bytes come from: files, buckets, and answers of AWS.

A kind of source is a module and its line in ``SOURCES``: help texts, checks of what does not go together, the IAM
policy and the errors that list what is accepted derive from the line.
"""

from collections.abc import Mapping
from typing import Final

from scanner.log_sources.kind import Choice, Kind, Option

SOURCES: Final[Mapping[str, Kind]] = {
    "files": Kind(
        "a file",
        "scanner.log_sources.kinds.files:FILES",
        forms=("files", "folders", "globs", "zip files", "standard input (-)"),
    ),
    "s3": Kind(
        "a bucket",
        "scanner.log_sources.kinds.bucket:BUCKET",
        forms=("s3://bucket/prefix",),
        prefix="s3://",
        calls=("s3.ListObjectsV2", "s3.GetObject", "s3.HeadBucket"),
        choices=frozenset({Choice.ACCOUNT, Choice.LATE}),
    ),
    "event-history": Kind(
        "event history",
        "scanner.log_sources.kinds.event_history:EVENT_HISTORY",
        option=Option(
            "--event-history", "Read CloudTrail's event history (90 days, 2 calls per second).", "event history"
        ),
        calls=("sts.GetCallerIdentity", "ec2.DescribeRegions", "cloudtrail.LookupEvents"),
    ),
    "trail-insights": Kind(
        "Insights events of a trail",
        "scanner.log_sources.kinds.trail_insights:TRAIL_INSIGHTS",
        option=Option(
            "--trail-insights",
            "Read the Insights events on data events of this trail (90 days; repeatable).",
            "Insights events of {}",
            metavar="ARN",
            hint="Write the ARN of a trail, or drop it.",
        ),
        calls=("sts.GetCallerIdentity", "ec2.DescribeRegions", "cloudtrail.ListInsightsData"),
    ),
    "log-group": Kind(
        "a log group",
        "scanner.log_sources.kinds.log_group:LOG_GROUP",
        option=Option(
            "--log-group",
            "Read this log group (repeatable).",
            "log group {}",
            metavar="NAME",
            hint="Write the name or ARN of a log group, or drop it.",
        ),
        calls=("sts.GetCallerIdentity", "logs.FilterLogEvents"),
        choices=frozenset({Choice.LATE}),
    ),
}
"""Every kind of log source, in the order in which they are opened."""


def kind_of(address: str) -> str:
    """The kind of source that an address names, by its beginning in any letter case."""
    beginnings = {name: kind.prefix for name, kind in SOURCES.items() if kind.forms}
    marked = (name for name, prefix in beginnings.items() if prefix and address.lower().startswith(prefix))
    return next(marked, next(name for name, prefix in beginnings.items() if not prefix))


def forms() -> tuple[str, ...]:
    """What an address may be."""
    return tuple(form for kind in SOURCES.values() for form in kind.forms)


def options() -> tuple[str, ...]:
    """The options that name sources."""
    return tuple(kind.option.name for kind in SOURCES.values() if kind.option)


def choosing(choice: Choice) -> tuple[Kind, ...]:
    """The kinds among which an option chooses."""
    return tuple(kind for kind in SOURCES.values() if choice in kind.choices)
