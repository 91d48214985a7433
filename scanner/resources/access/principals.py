"""Users and roles, held against what the audit logs of their account rest on."""

from typing import Any

from scanner.audit_path.places import (
    ALARM_LISTING,
    EVENT_LOG_GROUP_LISTING,
    FILTER_LISTINGS,
    TRAIL_LISTING,
)
from scanner.facts.facts import Facts
from scanner.facts.rows import Field, ResourceType, Row, View
from scanner.resources.access.audit_path import BUCKET_POLICY, AuditPath, audit_path
from scanner.resources.access.identities import AUTHORIZATION, Identity, identities
from scanner.resources.storage.listing import BUCKET_LISTING
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION, TRAIL_ADMINISTRATORS
from scanner.snapshot.answers import Snapshot

_MORE = "MoreOfAuditPath"


def principal_view(snapshot: Snapshot, account: str) -> View:
    """One row for each user and role of an account, but for its root user, which no policy describes."""
    found = identities(snapshot, account)
    if not found.listed:
        return View((), found.gaps)
    path = audit_path(snapshot, account)
    return View(tuple(_row(each, path, account) for each in found.listed), found.gaps)


def _row(identity: Identity, path: AuditPath, account: str) -> Row:
    data: dict[str, Any] = {
        "Arn": identity.arn,
        "Kind": identity.kind,
        "ServiceLinked": identity.service_linked,
        **{name: list(things.values()) for name, things in path.things.items()},
    }
    sources = tuple(dict.fromkeys(path.sources))
    facts = Facts(data, cites=dict.fromkeys((*path.things, _MORE), sources))
    if identity.gap is not None:
        facts.gaps["Principal"] = identity.gap
    else:
        policies = list(identity.policies)
        told = {"Arn": identity.arn, "Kind": identity.kind, "Policies": policies, "Boundary": identity.boundary}
        data["Principal"] = told
    if path.gaps:
        facts.gaps[_MORE] = path.gaps[0]
    else:
        data[_MORE] = False
    return facts.row("iam.principal", account, "", identity.arn, (identity.source,))


_TRAILS = (TRAIL_LISTING, DESCRIBE_ORGANIZATION, TRAIL_ADMINISTRATORS)
_GROUPS = (TRAIL_LISTING, EVENT_LOG_GROUP_LISTING)
_BUCKETS = (TRAIL_LISTING, BUCKET_LISTING, BUCKET_POLICY)
_ALARMS = (*_GROUPS, ALARM_LISTING, *FILTER_LISTINGS)
_THINGS = "as objects {Arn, Policy}; [] without any known."

PRINCIPAL = ResourceType(
    name="iam.principal",
    title="User or role, and what it could do to the audit path of its account",
    view=principal_view,
    calls=(AUTHORIZATION,),
    fields={
        "Arn": Field("ARN of the user or role."),
        "Kind": Field("user or role."),
        "ServiceLinked": Field("Whether it is a service-linked role, which nobody but its service assumes."),
        "Principal": Field(
            "The user or role with its policies, as an object {Arn, Kind, Policies, Boundary}: Policies are objects "
            "{Name, Document}, those of a user's groups among them; Boundary is one of these, or null without a "
            "permissions boundary."
        ),
        "OwnTrails": Field(
            "Trails that the account may change, its own and, as a delegated administrator for CloudTrail, those of "
            f"its organization, {_THINGS}",
            calls=_TRAILS,
        ),
        "AuditLogGroups": Field(f"Log groups of the account that CloudTrail's events reach, {_THINGS}", calls=_GROUPS),
        "OwnLogBuckets": Field(f"Buckets of the account that trails deliver to, {_THINGS}", calls=_BUCKETS),
        "OwnLogFiles": Field(f"Patterns of the ARNs of log files in those buckets, {_THINGS}", calls=_BUCKETS),
        "AuditAlarms": Field(f"Alarms that tell of what the log groups show, {_THINGS}", calls=_ALARMS),
        _MORE: Field(
            "False; not known while trails, buckets, alarms or Regions that could not be looked at may add to these.",
            calls=(*_TRAILS, *_BUCKETS, *_ALARMS),
        ),
    },
    own_names={"NAME": "Arn"},
    listed_by=("iam.GetAccountAuthorizationDetails",),
    regional=False,
)
