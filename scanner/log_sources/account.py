"""Whose log records are read through an API, and which Regions are on."""

from collections.abc import Mapping
from typing import Any

from scanner.aws.asking import ask
from scanner.aws.identity import unidentified
from scanner.aws.log_operations import LOG_OPERATIONS
from scanner.aws.regions import region_status
from scanner.aws.session import AwsSession
from scanner.model import Caller

_IDENTITY = LOG_OPERATIONS["sts.GetCallerIdentity"]
_REGIONS = LOG_OPERATIONS["ec2.DescribeRegions"]


def caller_of(session: AwsSession) -> Caller:
    """Whose the credentials of a session are. Raises CollectError when AWS does not say."""
    who = ask(session, _IDENTITY, session.global_region, {})
    if who.error is not None:
        raise unidentified(who.error)
    caller: Mapping[str, Any] = who.pages[0]
    return Caller(str(caller["Account"]), str(caller.get("Arn", "")), str(caller.get("UserId", "")))


def enabled_regions(session: AwsSession) -> tuple[str, ...]:
    """The Regions that are enabled in the account of a session, by name.

    When EC2 does not list the Regions, or not as it documents them, all that botocore knows are taken: those that are
    not enabled then turn out to be sources that cannot be read.
    """
    reply = ask(session, _REGIONS, session.global_region, _REGIONS.arguments)
    status = region_status(reply.pages) if reply.error is None else None
    if status is None:
        return session.known_regions()
    return tuple(sorted(region for region, word in status.items() if word != "not-opted-in"))
