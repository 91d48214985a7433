"""What CloudTrail writes for an API name: the event sources it occurs with, and whether it is a read.

The names and services come from the data file ``event_sources.json``, made from botocore's service models by
``scanner.aws.botocore_tables.event_sources`` and read once, when first asked. A name that is not in it is free: it may
occur with any event source, as a read or not.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from scanner.pattern.cloudtrail.unpublished import UNPUBLISHED, UNPUBLISHED_NAMES

SIGN_IN = "signin.amazonaws.com"
SIGN_IN_NAMES = frozenset({"ConsoleLogin", "CheckMfa", "SwitchRole"})
"""Events of the sign-in process, not API calls, which always have the eventType AwsConsoleSignIn.

Source: AWS CloudTrail user guide, "AWS Management Console sign-in events" and the eventType of the record contents.
Other events of the same source are of other types as well: see ``scanner.pattern.cloudtrail.recorded``.
"""
RETIRED = frozenset({"AttachClassicLinkVpc", "DetachClassicLinkVpc", "DisableVpcClassicLink", "EnableVpcClassicLink"})
"""API calls that cannot be made any more: AWS retired EC2-Classic, and with it ClassicLink, in August 2022."""

_COMMON = ("iam", "ec2", "s3", "cloudtrail", "kms", "config", "organizations", "sts", "logs", "monitoring", "lambda")
_READS = frozenset({"BatchDescribe", "BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Search"})
_WRITES = frozenset(
    {
        *("Accept", "Activate", "Add", "Allocate", "Associate", "Attach", "Authorize", "Cancel", "Change", "Copy"),
        *("Create", "Deactivate", "Decline", "Delete", "Deregister", "Detach", "Disable", "Disassociate", "Enable"),
        *("Import", "Invite", "Leave", "Modify", "Move", "Purchase", "Put", "Reboot", "Register", "Reject", "Release"),
        *("Remove", "Replace", "Reset", "Restore", "Revoke", "Rotate", "Run", "Schedule", "Set", "Start", "Stop"),
        *("Tag", "Terminate", "Transfer", "Untag", "Update"),
    }
)
_VERB = re.compile(r"(?:Batch)?[A-Z][a-z]+")
# Names whose verb misleads: handing out credentials is a write, starting a query is a read.
_UNSURE = re.compile(r"Token|Credential|Session|Query|Presigned|LiveTail")


class ApiName(NamedTuple):
    """``sources`` are the event sources it occurs with, the likeliest first; ``read_only`` None means either."""

    sources: tuple[str, ...]
    read_only: bool | None


@cache
def _table() -> dict[str, str]:
    """Per name the hosts of its sources, joined by blanks."""
    text = (files("scanner.pattern.cloudtrail") / "event_sources.json").read_text("utf-8")
    return {name: hosts for hosts, names in json.loads(text)["names"].items() for name in names.split()}


def api_names() -> frozenset[str]:
    """Every name that an API call of AWS is known to have."""
    return frozenset(_table())


@cache
def api_name(name: str) -> ApiName | None:
    """What is known of a name; None when no AWS service is known to have it.

    Source of the read-only rule: the CloudTrail record reference says which operations are read-only, by their verb in
    almost all cases; where the verb does not tell, both are possible.
    """
    if name in SIGN_IN_NAMES:
        return ApiName((SIGN_IN,), False)
    hosts = _table().get(name)
    if hosts is None:
        return None
    ordered = sorted(hosts.split(), key=lambda host: (_COMMON.index(host) if host in _COMMON else len(_COMMON), host))
    more = (source for source, names in UNPUBLISHED.items() if name in names)
    return ApiName((*(f"{host}.amazonaws.com" for host in ordered), *more), _read_only(name))


def _read_only(name: str) -> bool | None:
    verb = _VERB.match(name)
    if verb is None or _UNSURE.search(name):
        return None
    if verb.group() in _READS:
        return True
    return False if verb.group() in _WRITES else None


@cache
def name_of_source(source: str, *, read_only: bool | None = None) -> str | None:
    """Some API name that occurs with ``source`` and is a read or not as asked; None when there is none."""
    host = source.removesuffix(".amazonaws.com")
    for name, hosts in _table().items():
        if host in hosts.split() and (known := api_name(name)) and read_only in {None, known.read_only}:
            return name
    return None


def is_known_name(name: str) -> bool:
    """Whether CloudTrail is known to write this event name."""
    return name in UNPUBLISHED_NAMES or api_name(name) is not None


@cache
def known_names() -> frozenset[str]:
    """All event names that CloudTrail is known to write."""
    return frozenset({"ConsoleLogin", *UNPUBLISHED_NAMES, *_table()})


@cache
def known_sources() -> frozenset[str]:
    """All event sources of AWS services that are known."""
    hosts = {host for hosts in set(_table().values()) for host in hosts.split()}
    return frozenset({SIGN_IN, *(f"{host}.amazonaws.com" for host in hosts)})
