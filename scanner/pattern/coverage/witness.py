"""The event shown when coverage is refused: as small as can be, or a whole CloudTrail record.

The search leaves for each field a value that serves the proof. Here the values become an event; where another value
serves as well, one that occurs in real records is preferred, so that a person recognizes what would be missed.
"""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scanner.arns import parse_arn
from scanner.pattern.cloudtrail.api_names import api_name, name_of_source
from scanner.pattern.cloudtrail.recorded import (
    API_CALL,
    ARN,
    CONSOLE_LOGIN,
    CONSOLE_SIGN_IN,
    ERROR_MESSAGE,
    EVENT_TYPE,
    EVENT_TYPES,
    IDENTITY_TYPE,
    IDENTITY_TYPES,
    INVOKED_BY,
    ISSUER,
    NAME,
    READ_ONLY,
    RECIPIENT,
    SERVICE_EVENT,
    SIGN_IN_RESULT,
    SOURCE,
    USER_NAME,
    Path,
)
from scanner.pattern.coverage.cloudtrail_domain import Domain
from scanner.pattern.coverage.search.counterexample import Chosen
from scanner.pattern.coverage.search.vectors import Option
from scanner.pattern.matching.values import MISSING

ACCOUNT = "111122223333"
REGION = "us-east-1"
ADDRESS = "198.51.100.7"
UNKNOWN_NAME = "ExampleCall"
TIME = "2026-01-15T09:30:00Z"
SERVICE = "cloudformation.amazonaws.com"
MOST_TRIES = 2_000
"""Values tried when the fields that no filter looks at are filled in."""

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
    ERROR_MESSAGE: (MISSING, "Failed authentication", "No username found in supplied account"),
    ("sourceIPAddress",): (
        *(ADDRESS, "203.0.113.25", "cloudformation.amazonaws.com", "AWS Internal"),
        *("10.0.0.7", "172.16.0.7", "192.168.0.7", "127.0.0.1"),
    ),
    ("awsRegion",): (REGION, "eu-west-1", "ap-southeast-2"),
    ("userAgent",): ("aws-cli/2.17.0", MISSING),
    RECIPIENT: (ACCOUNT, "444455556666"),
    ("eventTime",): (TIME, "2026-01-16T18:05:00Z"),
    ("eventVersion",): ("1.09", "1.11", "1.08", "2.0"),
    ("additionalEventData", "MFAUsed"): (MISSING, "No", "Yes"),
    SIGN_IN_RESULT: (MISSING, "Success", "Failure"),
    USER_NAME: ("alice", MISSING, "bob"),
    ("userIdentity", "accountId"): (ACCOUNT, "444455556666"),
    ARN: (
        *(f"arn:aws:iam::{ACCOUNT}:user/alice", f"arn:aws:iam::{ACCOUNT}:root", MISSING),
        *(f"arn:aws:sts::{ACCOUNT}:assumed-role/example-role/session", f"arn:aws:iam::{ACCOUNT}:user/bob"),
        *("arn:aws:iam::444455556666:root", "arn:aws:iam::444455556666:user/carol"),
        "arn:aws:sts::444455556666:assumed-role/other-role/session",
    ),
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
        if component.path == NAME and isinstance(option.value, str) and api_name(option.value) is None:
            candidates += (
                name_of_source(_text(values.get(SOURCE)), read_only=_flag(values.get(READ_ONLY))) or option.value,
            )
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
    event = _record(_completed(values))
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


def _completed(values: Mapping[Path, Any]) -> dict[Path, Any]:
    """The values and such of the fields that decide others as the model admits together with them, likely ones first.

    Where none are found within ``MOST_TRIES`` the first choices are kept; such a record fails the check and is not
    shown.
    """
    domain = Domain()
    open_ = [path for path in _CANDIDATES if path not in values]
    found = dict(values)
    tries = 0
    trail = [iter(_candidates(open_[0], found))] if open_ else []
    while trail:
        path = open_[len(trail) - 1]
        found.pop(path, None)
        for candidate in trail[-1]:
            tries += 1
            if tries > MOST_TRIES or domain.admits(found | {path: candidate}):
                found[path] = candidate
                break
        if path not in found:
            trail.pop()
        elif len(trail) == len(open_):
            break
        else:
            trail.append(iter(_candidates(open_[len(trail)], found)))
    for path in open_:
        found.setdefault(path, next(iter(_candidates(path, found))))
    return found


def _candidates(path: Path, values: Mapping[Path, Any]) -> Iterable[Any]:
    """The values to be tried for a field that is not chosen, given those before it."""
    return _CANDIDATES[path](values)


def _names(values: Mapping[Path, Any]) -> Iterable[Any]:
    yield from LIKELY[NAME]
    other = name_of_source(_text(values.get(SOURCE)), read_only=_flag(values.get(READ_ONLY)))
    if other:
        yield other
    yield UNKNOWN_NAME


def _identity_types(values: Mapping[Path, Any]) -> Iterable[Any]:
    issued = any(path[:-1] == ISSUER and isinstance(value, str) for path, value in values.items())
    arn = _text(values.get(ARN))
    likely = "Root" if arn.endswith(":root") else "AssumedRole" if issued or ":assumed-role/" in arn else "IAMUser"
    return dict.fromkeys((likely, *IDENTITY_TYPES, MISSING))


def _sources(values: Mapping[Path, Any]) -> Iterable[Any]:
    allowed = Domain().allowed(SOURCE, values)
    return dict.fromkeys((*(allowed.only if allowed else ()), *LIKELY[SOURCE]))


def _read_only(values: Mapping[Path, Any]) -> Iterable[Any]:
    known = api_name(_text(values.get(NAME)))
    return (True, False) if known and known.read_only else (False, True)


def _error_messages(values: Mapping[Path, Any]) -> Iterable[Any]:
    code = _text(values.get(("errorCode",)))
    if "AccessDenied" in code or "Unauthorized" in code:
        words = f"You are not authorized to perform: {_text(values.get(NAME)) or UNKNOWN_NAME}"
        return (words, MISSING)
    return (MISSING, "Failed authentication")


_CANDIDATES: Mapping[Path, Callable[[Mapping[Path, Any]], Iterable[Any]]] = {
    NAME: _names,
    IDENTITY_TYPE: _identity_types,
    EVENT_TYPE: lambda _: EVENT_TYPES,
    SIGN_IN_RESULT: lambda _: (MISSING, "Success", "Failure"),
    SOURCE: _sources,
    READ_ONLY: _read_only,
    ERROR_MESSAGE: _error_messages,
}


def _record(values: Mapping[Path, Any]) -> dict[str, Any]:
    """A plausible record of a management event with the given values of the fields that decide others."""
    name, source = _text(values[NAME]) or UNKNOWN_NAME, _text(values[SOURCE])
    kind = values[EVENT_TYPE]
    identity = _identity(values)
    invoked_by = values.get(INVOKED_BY, identity.get("invokedBy"))
    event: dict[str, Any] = {
        "eventVersion": "1.09",
        "userIdentity": identity,
        "eventTime": TIME,
        "eventSource": source,
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": invoked_by if isinstance(invoked_by, str) and invoked_by else ADDRESS,
        "userAgent": invoked_by if isinstance(invoked_by, str) and invoked_by else "aws-cli/2.17.0",
        "requestParameters": dict(PARAMETERS[source]) if source in PARAMETERS and kind == API_CALL else None,
        "responseElements": None,
        "requestID": "5f3c1d2e-0000-4000-8000-000000000001",
        "eventID": "5f3c1d2e-0000-4000-8000-000000000002",
        "readOnly": values[READ_ONLY],
        "eventType": kind,
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
    if isinstance(values[ERROR_MESSAGE], str):
        event["errorMessage"] = values[ERROR_MESSAGE]
    if isinstance(values[SIGN_IN_RESULT], str):
        event["responseElements"] = {CONSOLE_LOGIN: values[SIGN_IN_RESULT]}
        login = {"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "No"}
        event |= {"userAgent": "Mozilla/5.0", "additionalEventData": login}
        del event["requestID"]
    return event


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _identity(values: Mapping[Path, Any]) -> dict[str, Any]:
    """The caller, with the fields that go with its type, its ARN where one is chosen, and the kind of event."""
    kind = values[IDENTITY_TYPE]
    arn = parse_arn(values.get(ARN))
    own = _text(values.get(RECIPIENT)) or ACCOUNT
    account = arn.account if arn and arn.account.isdecimal() else own
    words = arn.resource.split("/") if arn else []
    sign_in = values[EVENT_TYPE] == CONSOLE_SIGN_IN
    keyless = {"accessKeyId": ""} if sign_in else {}
    match kind:
        case "Root":
            return {
                "type": kind,
                "principalId": account,
                "arn": f"arn:aws:iam::{account}:root",
                "accountId": account,
                **keyless,
            }
        case "AssumedRole":
            role = words[1] if len(words) > 1 else "example-role"
            return _role_session(role, words[-1] if len(words) > 2 else "session", account)
        case "IAMUser":
            name = _text(values.get(USER_NAME)) or (words[-1] if len(words) > 1 else "alice")
            failed = values[SIGN_IN_RESULT] == "Failure"
            known = {"principalId": f"AIDAEXAMPLE{name.upper()}", "arn": f"arn:aws:iam::{account}:user/{name}"}
            if failed:
                del known["arn"]
            return {
                "type": kind,
                **known,
                "accountId": account,
                **(keyless if failed else {}),
                "userName": name,
            }
        case "AWSService":
            return {"type": kind, "invokedBy": SERVICE}
        case "AWSAccount":
            return {"type": kind, "principalId": "AIDAEXAMPLEOTHER", "accountId": "444455556666"}
        case str() if kind:
            return {"type": kind, "principalId": f"{own}:example", "accountId": own}
        case _:
            return {"accountId": own, **({"invokedBy": SERVICE} if values[EVENT_TYPE] == SERVICE_EVENT else {})}


def _role_session(role: str, session: str, account: str) -> dict[str, Any]:
    """The caller that is a session of a role."""
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLEROLE:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        "accountId": account,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLEROLE",
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "accountId": account,
                "userName": role,
            },
            "attributes": {"creationDate": TIME, "mfaAuthenticated": "false"},
        },
    }
