"""Whose log records are read through an API, and in which Regions: asked once, before event history or log groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.aws.asking import ask
from scanner.aws.identity import unidentified
from scanner.aws.log_operations import LOG_OPERATIONS
from scanner.aws.regions import region_status
from scanner.aws.session import AwsSession

_IDENTITY = LOG_OPERATIONS["sts.GetCallerIdentity"]
_REGIONS = LOG_OPERATIONS["ec2.DescribeRegions"]


@dataclass(frozen=True, slots=True)
class LogAccount:
    """The caller, as ``sts.GetCallerIdentity`` names it, and the Regions to look at."""

    account: str
    arn: str
    user_id: str
    regions: tuple[str, ...]


def log_account(session: AwsSession, asked: Sequence[str] = ()) -> LogAccount:
    """The account of the session's credentials with the Regions ``asked`` for, else every enabled one.

    When EC2 does not list the Regions, or not as it documents them, all that botocore knows are taken: those that are not enabled then turn out to be
    sources that cannot be read. Raises CollectError when AWS does not say whose credentials these are.
    """
    who = ask(session, _IDENTITY, session.global_region, {})
    if who.error is not None:
        raise unidentified(who.error)
    caller: Mapping[str, Any] = who.pages[0]
    regions = tuple(sorted(set(asked))) or _enabled(session)
    return LogAccount(str(caller["Account"]), str(caller.get("Arn", "")), str(caller.get("UserId", "")), regions)


def _enabled(session: AwsSession) -> tuple[str, ...]:
    reply = ask(session, _REGIONS, session.global_region, _REGIONS.arguments)
    status = region_status(reply.pages) if reply.error is None else None
    if status is None:
        return session.known_regions()
    return tuple(sorted(region for region, word in status.items() if word != "not-opted-in"))
