"""Which log sources a command reads: files and folders, buckets, event history and log groups, and for what time."""

import fnmatch
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scanner.aws.options import Account
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.files.log_source import LogSource
    from scanner.log_sources.source import Say

BUCKET = "s3://"
"""How the address of a bucket begins."""

_TIME = re.compile(
    r"\d{4}(-?)\d\d\1\d\d"
    r"(?:[Tt ]\d\d(?::?\d\d(?::?\d\d(?:[.,]\d{1,9})?)?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)
_AGO = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line names: sources, accounts of a bucket, how AWS is reached, and the time wanted."""

    sources: tuple[str, ...]
    account: Account
    accounts: tuple[str, ...] = ()
    event_history: bool = False
    log_groups: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    late: timedelta | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that is read, as it was asked for."""
        history = ("event history",) if self.event_history else ()
        return (*self.sources, *history, *(f"log group {name}" for name in self.log_groups))


@dataclass(slots=True)
class Opened:
    """The sources as they are found; ``passed_over`` and ``caller`` are known when all of them are."""

    sources: "list[LogSource]" = field(default_factory=list)
    passed_over: list[tuple[str, str]] = field(default_factory=list)
    caller: dict[str, Any] = field(default_factory=dict)
    partition: str = "aws"


def moment(text: str | None, option: str, now: datetime, *, end: bool = False) -> datetime | None:
    """A time as ``--since`` and ``--until`` take it: ``2026-11-20``, ``2026-11-20T07:00:00Z``, or ``7d`` before now.

    A day (``20261120`` too) stands for its beginning, and with ``end`` for its end. Times without a zone are UTC. Raises
    UsageError for anything else, such as weeks.
    """
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    if ago:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    hint = "Write 2026-11-20, 2026-11-20T07:00:00Z, or 7d for seven days ago (also m, h, w)."
    if not _TIME.fullmatch(text):
        raise UsageError(f"{option} {text}: this is not a time.", hint)
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise UsageError(f"{option} {text}: this is not a time.", hint) from error
    if end and len(text) in {len("2026-11-20"), len("20261120")}:
        found += timedelta(days=1, microseconds=-1)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def open_sources(asked: Asked, now: datetime) -> Opened:
    """Find every source that was asked for.

    Raises UsageError when nothing was asked for, a path or bucket is not there, or options do not go together, and
    CollectError when AWS cannot be reached.
    """
    _check(asked)
    opened = Opened()

    def say(name: str, why: str) -> None:
        opened.passed_over.append((name, why))

    for source in _found(asked, now, opened, say):
        pattern = _excluded_by(source.name, asked.excluded)
        if pattern:
            say(source.name, f"left out by --exclude {pattern}")
        else:
            opened.sources.append(source)
    if any(name.startswith(BUCKET) for name in asked.sources):
        from scanner.log_sources.bucket import read_ahead

        opened.sources = read_ahead(opened.sources)
    return opened


def lateness(text: str | None) -> timedelta | None:
    """How long after the end of the window deliveries are still read, as ``--late`` takes it: ``30d`` (also m, h, w).

    Raises UsageError.
    """
    if text is None:
        return None
    length = _AGO.fullmatch(text)
    if length is None:
        raise UsageError(f"--late {text}: this is not a length of time.", "Write 30d for thirty days (also m, h, w).")
    return timedelta(**{_UNITS[length[2]]: int(length[1])})


def _excluded_by(name: str, patterns: Sequence[str]) -> str:
    """The pattern that leaves a source out, "" when none does.

    One without a slash is matched with the last part of the name, one with a slash with the whole name; a member of a zip
    file is found by the name of the file, too.
    """
    outer = name.partition("!")[0]
    for pattern in patterns:
        whole = "/" in pattern
        names = {text if whole else re.split(r"[/!]", text)[-1] for text in (name, outer)}
        if any(fnmatch.fnmatchcase(each, pattern) for each in names):
            return pattern
    return ""


def _check_given(asked: Asked) -> None:
    """Refuse what names nothing, as an unset variable of a shell does, and addresses that are none."""
    for option, values, hint in (
        ("A source", asked.sources, "Name a file, a folder or s3://bucket/prefix."),
        ("--exclude", asked.excluded, "Write a name such as '*.md', or drop it."),
        ("--log-group", asked.log_groups, "Write the name or ARN of a log group, or drop it."),
        ("--account", asked.accounts, "Write the twelve digits of an account, or drop it."),
    ):
        if not all(value.strip() for value in values):
            raise UsageError(f"{option} is empty and names nothing.", hint)
    for account in asked.accounts:
        if not re.fullmatch("[0-9]{12}", account):
            raise UsageError(f"--account {account}: this is not the id of an account.", "Write its twelve digits.")
    urls = [name for name in asked.sources if name[: len(BUCKET)].lower() == BUCKET]
    if urls:
        from scanner.log_sources.bucket import bucket_and_prefix

        for url in urls:
            bucket_and_prefix(url)


def _check(asked: Asked) -> None:
    remote = asked.event_history or asked.log_groups or any(name.startswith(BUCKET) for name in asked.sources)
    _check_given(asked)
    if not asked.names:
        raise UsageError(
            "No source of log records is named.",
            "Name files, folders or s3:// addresses, or ask for --event-history or --log-group.",
        )
    if asked.account.given and not remote:
        raise UsageError("AWS options are given, but nothing is read from AWS.", "Drop them.")
    if asked.account.external_id and not asked.account.role_arn:
        raise UsageError("--external-id is given without --role-arn.", "Name the role to assume.")
    buckets = [name for name in asked.sources if name.startswith(BUCKET)]
    others = [name for name in asked.names if name not in buckets]
    local = [name for name in asked.sources if name not in buckets]
    if asked.accounts and not buckets:
        raise UsageError("--account chooses accounts of a bucket, but no s3:// source is named.", "Drop it.")
    if asked.accounts and others:
        raise UsageError(
            f"--account chooses accounts of a bucket, and does not apply to {others[0]}.",
            "Judge them in runs of their own.",
        )
    if asked.account.regions and local:
        raise UsageError(
            f"--region chooses what is read from AWS, and does not apply to {local[0]}.",
            "Judge them in runs of their own.",
        )
    if asked.late is not None and not (asked.until and (buckets or asked.log_groups)):
        raise UsageError(
            "--late is about a bucket or log group, and a window that ends.", "Give --until too, or drop it."
        )
    if asked.since and asked.until and asked.since > asked.until:
        raise UsageError("--since is later than --until.", "Turn them round.")


def _found(asked: Asked, now: datetime, opened: Opened, say: "Say") -> "Iterator[LogSource]":
    from scanner.log_sources.files import local_sources

    local = [name for name in asked.sources if not name.startswith(BUCKET)]
    if local:
        yield from local_sources(local, say, stdin=sys.stdin.buffer)
    urls = [name for name in asked.sources if name.startswith(BUCKET)]
    if urls or asked.event_history or asked.log_groups:
        yield from _from_aws(asked, urls, now, opened, say)


def _from_aws(asked: Asked, urls: Sequence[str], now: datetime, opened: Opened, say: "Say") -> "Iterator[LogSource]":
    from scanner.aws.log_operations import LOG_OPERATIONS
    from scanner.aws.session import open_session
    from scanner.collect import CollectOptions
    from scanner.log_sources.account import log_account
    from scanner.log_sources.aws_answers import history_sources, log_group_sources
    from scanner.log_sources.bucket import BucketScope, bucket_sources
    from scanner.log_sources.source import LATE, Window

    aws = asked.account
    options = CollectOptions(
        profile=aws.profile, role_arn=aws.role_arn, external_id=aws.external_id, regions=aws.regions
    )
    session = open_session(options, LOG_OPERATIONS)
    window = Window(asked.since, asked.until, asked.late or LATE)
    opened.partition = session.partition
    scope = BucketScope(frozenset(asked.accounts), frozenset(aws.regions), window=window)
    for url in urls:
        yield from bucket_sources(session, url, scope, say, now=now)
    if not (asked.event_history or asked.log_groups):
        return
    caller = log_account(session, aws.regions)
    opened.caller = {"account": caller.account, "arn": caller.arn, "user_id": caller.user_id}
    if asked.event_history:
        yield from history_sources(session, caller.account, caller.regions, window, say, now=now)
    for group in asked.log_groups:
        for region in _regions_of(group, aws.regions):
            yield from log_group_sources(session, caller.account, region, group, window)


def _regions_of(group: str, regions: Sequence[str]) -> Sequence[str]:
    """The Region in a log group's ARN, else those asked for."""
    parts = group.split(":")
    if parts[0] == "arn" and len(parts) > 3:
        if regions and parts[3] not in regions:
            raise UsageError(
                f"--log-group {group} is in {parts[3]}, and --region asks for {', '.join(regions)}.",
                "Drop one of the two.",
            )
        return (parts[3],)
    if not regions:
        raise UsageError(f"--log-group {group}: in which Region?", "Name it with --region, or give the group's ARN.")
    return regions
