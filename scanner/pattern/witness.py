"""The event shown when coverage is refused: as small as can be, or a whole CloudTrail record.

The search leaves for each field a value that serves the proof. Here the values become an event; where another value
serves as well, one that occurs in real records is preferred, so that a person recognises what would be missed.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scanner.pattern.api_names import SIGN_IN, api_name, name_of_source
from scanner.pattern.domain import (
    EVENT_TYPE,
    EVENT_TYPES,
    IDENTITY_TYPE,
    IDENTITY_TYPES,
    INVOKED_BY,
    ISSUER,
    NAME,
    READ_ONLY,
    SOURCE,
    Domain,
    Path,
)
from scanner.pattern.match import MISSING
from scanner.pattern.search import Chosen
from scanner.pattern.vectors import Option

ACCOUNT = "111122223333"
REGION = "us-east-1"
ADDRESS = "198.51.100.7"
UNKNOWN_NAME = "ExampleCall"
TIME = "2026-01-15T09:30:00Z"

LIKELY: Mapping[Path, tuple[Any, ...]] = {
    NAME: (
        *("DescribeInstances", "RunInstances", "CreateUser", "GetBucketLocation", "DeleteTrail", "StopLogging"),
        *("CreateSecurityGroup", "AttachRolePolicy", "PutBucketPolicy", "DisableKey", "CreateVpc", "ConsoleLogin"),
        *("DeleteRoute", "AcceptHandshake", "StopConfigurationRecorder", "ListUsers", "LookupEvents", "AssumeRole"),
        *("UpdateTrail", "ModifyVpcAttribute", "PutRolePolicy", "RevokeSecurityGroupIngress", "ScheduleKeyDeletion"),
    ),
    SOURCE: tuple(
        f"{host}.amazonaws.com"
        for host in ("ec2", "iam", "s3", "cloudtrail", "kms", "config", "organizations", "sts", "signin", "logs")
    ),
    READ_ONLY: (False, True),
    EVENT_TYPE: EVENT_TYPES,
    IDENTITY_TYPE: IDENTITY_TYPES,
    INVOKED_BY: (MISSING, "cloudformation.amazonaws.com"),
    ("errorCode",): (
        *(MISSING, "AccessDenied", "Client.UnauthorizedOperation", "AccessDeniedException"),
        *("UnauthorizedOperation", "ThrottlingException", "ValidationException"),
    ),
    ("errorMessage",): (MISSING, "Failed authentication", "No username found in supplied account"),
    ("sourceIPAddress",): (ADDRESS, "203.0.113.25", "cloudformation.amazonaws.com"),
    ("awsRegion",): (REGION, "eu-west-1", "ap-southeast-2"),
    ("userAgent",): ("aws-cli/2.17.0", MISSING),
    ("recipientAccountId",): (ACCOUNT, "444455556666"),
    ("eventTime",): (TIME, "2026-01-16T18:05:00Z"),
    ("eventVersion",): ("1.09", "1.11"),
    ("additionalEventData", "MFAUsed"): (MISSING, "No", "Yes"),
    ("responseElements", "ConsoleLogin"): (MISSING, "Success", "Failure"),
    ("userIdentity", "userName"): ("alice", MISSING, "bob"),
    ("userIdentity", "accountId"): (ACCOUNT, "444455556666"),
    ("userIdentity", "arn"): (f"arn:aws:iam::{ACCOUNT}:user/alice", f"arn:aws:iam::{ACCOUNT}:root", MISSING),
    ("userIdentity", "principalId"): ("AIDAEXAMPLEALICE", ACCOUNT, MISSING),
    (*ISSUER, "userName"): (MISSING, "example-role"),
    (*ISSUER, "arn"): (MISSING, f"arn:aws:iam::{ACCOUNT}:role/example-role"),
    (*ISSUER, "type"): (MISSING, "Role"),
}
"""Values real records hold, the first choice first."""

PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "cloudtrail.amazonaws.com": {"name": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"},
    "config.amazonaws.com": {"configurationRecorderName": "default"},
    "iam.amazonaws.com": {"roleName": "example-role"},
    "kms.amazonaws.com": {"keyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
    "s3.amazonaws.com": {"bucketName": f"audit-logs-{ACCOUNT}"},
}
"""Request parameters of an example call, by event source."""


def likelier(chosen: Chosen) -> Chosen:
    """The same truth vectors, shown by values that occur in real records where there are such."""
    better = []
    for component, option in chosen:
        value = option.value
        if component.group is not None and value is not MISSING:
            for candidate in LIKELY.get(component.path, ()):
                if candidate is not MISSING and component.group.evaluate(candidate) == option.vector:
                    value = candidate
                    break
        better.append((component, Option(option.vector, value)))
    return tuple(better)


def realistic_choice(chosen: Chosen, domain: Domain, need: int, missed: Callable[[int], bool]) -> Chosen:
    """Other values the domain allows that make the event likelier, as long as ``missed`` still holds of the vector."""
    current = list(chosen)
    for place, (component, option) in enumerate(current):
        if component.group is None:
            continue
        rest = 0
        for other, (_, taken) in enumerate(current):
            rest |= 0 if other == place else taken.vector
        values = {part.path: taken.value for part, taken in current if part.group is not None}
        candidates = LIKELY.get(component.path, ())
        if component.path == NAME and api_name(option.value) is None:
            candidates += (name_of_source(_text(values.get(SOURCE)), read_only=values.get(READ_ONLY)) or option.value,)
        for candidate in candidates:
            if candidate == option.value:
                break
            better = Option(component.group.evaluate(candidate), candidate)
            able = need & component.mask & ~better.vector == 0 and missed(rest | better.vector)
            if able and domain.admits(values | {component.path: candidate}):
                current[place] = (component, better)
                break
    return tuple(current)


def small_event(chosen: Chosen) -> dict[str, Any]:
    """The event that holds the chosen values and nothing else."""
    event: dict[str, Any] = {}
    for component, option in chosen:
        _put(event, component.path, option.value)
    return event


def whole_event(chosen: Chosen) -> dict[str, Any]:
    """A CloudTrail record with the chosen values; everything else is filled in to go with them."""
    values = {component.path: option.value for component, option in chosen if component.group is not None}
    event = _record(values)
    for component, option in chosen:
        _put(event, component.path, option.value)
    return event


def _put(event: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set the field at ``path``, or take it away."""
    if not path:
        if isinstance(value, dict):
            event.update(copy.deepcopy(value))
        return
    for step in path[:-1]:
        inner = event.get(step)
        if not isinstance(inner, dict):
            if value is MISSING:
                return
            inner = event[step] = {}
        event = inner
    if value is MISSING:
        event.pop(path[-1], None)
    else:
        event[path[-1]] = copy.deepcopy(value)


def _record(values: Mapping[Path, Any]) -> dict[str, Any]:
    """A plausible record of a management event around the given values."""
    name = _text(values.get(NAME)) or _name_for(values)
    known = api_name(name)
    source = _text(values.get(SOURCE)) or (known.sources[0] if known else "ec2.amazonaws.com")
    error = _text(values.get(("errorCode",)))
    failed = error or _text(values.get(("errorMessage",)))
    issued = any(path[:-1] == ISSUER and isinstance(value, str) for path, value in values.items())
    identity = values.get(IDENTITY_TYPE, "AssumedRole" if issued else "IAMUser")
    event: dict[str, Any] = {
        "eventVersion": "1.09",
        "userIdentity": _identity(identity if isinstance(identity, str) else ""),
        "eventTime": TIME,
        "eventSource": source,
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": ADDRESS,
        "userAgent": "aws-cli/2.17.0",
        "requestParameters": dict(PARAMETERS[source]) if source in PARAMETERS and name != "ConsoleLogin" else None,
        "responseElements": None,
        "requestID": "5f3c1d2e-0000-4000-8000-000000000001",
        "eventID": "5f3c1d2e-0000-4000-8000-000000000002",
        "readOnly": bool(known.read_only) if known else False,
        "eventType": "AwsApiCall" if isinstance(identity, str) else "AwsServiceEvent",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
    if name == "ConsoleLogin" and source == SIGN_IN:
        event |= {
            "userAgent": "Mozilla/5.0",
            "responseElements": {"ConsoleLogin": "Failure" if failed else "Success"},
            "additionalEventData": {"LoginTo": "https://console.aws.amazon.com/console/home", "MFAUsed": "No"},
            "eventType": "AwsConsoleSignIn",
        }
    return event


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _name_for(values: Mapping[Path, Any]) -> str:
    """An event name that goes with the chosen source and read-only mark, when no filter looks at the name."""
    domain = Domain()
    for name in LIKELY[NAME]:
        if domain.admits({**values, NAME: name}):
            return str(name)
    return name_of_source(_text(values.get(SOURCE)), read_only=values.get(READ_ONLY)) or UNKNOWN_NAME


def _identity(kind: str) -> dict[str, Any]:
    """The caller, with the fields that go with its type."""
    issuer = {
        "type": "Role",
        "principalId": "AROAEXAMPLEROLE",
        "arn": f"arn:aws:iam::{ACCOUNT}:role/example-role",
        "accountId": ACCOUNT,
        "userName": "example-role",
    }
    match kind:
        case "Root":
            return {"type": kind, "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
        case "AssumedRole":
            return {
                "type": kind,
                "principalId": "AROAEXAMPLEROLE:session",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/example-role/session",
                "accountId": ACCOUNT,
                "sessionContext": {
                    "sessionIssuer": issuer,
                    "attributes": {"creationDate": TIME, "mfaAuthenticated": "false"},
                },
            }
        case "AWSService" | "":
            named = {"type": kind} if kind else {"accountId": ACCOUNT}
            return {**named, "invokedBy": "cloudformation.amazonaws.com"}
        case "IAMUser":
            arn = f"arn:aws:iam::{ACCOUNT}:user/alice"
            return {
                "type": kind,
                "principalId": "AIDAEXAMPLEALICE",
                "arn": arn,
                "accountId": ACCOUNT,
                "userName": "alice",
            }
        case _:
            return {"type": kind, "principalId": f"{ACCOUNT}:example", "accountId": ACCOUNT}
