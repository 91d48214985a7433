"""KMS: the keys that encrypt the log files of trails and the log groups they deliver to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.model import RuleId, Source
from scanner.policy_documents import policy_object
from scanner.resources.arns import parse_arn
from scanner.resources.delivery import audit_log_groups, foreign_group, mappings, visible_trails
from scanner.resources.facts import Facts, checked, member
from scanner.resources.organizations import OWN_ORGANIZATION, take_organization
from scanner.resources.rows import Existence, ResourceType, Row, View, view_of
from scanner.snapshot import Answer, Snapshot

_SERVICES = (".amazonaws.com", ".amazonaws.com.cn")
"""How the service principals end to whom a grant may be given."""


@dataclass(slots=True)
class _Key:
    """A key in the making: the trails and log groups that use it."""

    region: str
    users: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)


def audit_key_view(snapshot: Snapshot, account: str) -> View:
    """One row for each KMS key that a visible trail or the log group it delivers to names.

    Source: AWS KMS API reference, ``KeyMetadata``, ``GetKeyRotationStatus``, ``GetKeyPolicy``.
    """
    visible = visible_trails(snapshot, account)
    gaps = list(visible.gaps)
    keys: dict[tuple[str, str], _Key] = {}

    def use(key: object, region: str, user: str, owner: str, source: Source) -> None:
        if not isinstance(key, str) or not key:
            return
        arn = parse_arn(key)
        place = (arn.region if arn else "") or region
        found = keys.setdefault((place, key), _Key(place))
        found.users.append(user)
        found.accounts.append(owner)
        found.sources.append(source)

    for trail in visible.trails:
        use(trail.data.get("KmsKeyId"), trail.region, trail.arn, trail.account, trail.source)
    for group in audit_log_groups(visible):
        arguments = {"logGroupNamePrefix": group.name}
        if group.account != account:
            gaps.append(foreign_group(account, group, "logs.DescribeLogGroups", arguments))
            continue
        answer = snapshot.ask(account, group.region, "logs.DescribeLogGroups", arguments)
        if answer.gap is not None:
            gaps.append(answer.gap)
        for pointer, item in mappings(answer, "logGroups"):
            if item.get("logGroupName") == group.name:
                use(item.get("kmsKeyId"), group.region, group.arn, account, Source(answer.key, pointer))
    return view_of([_row(snapshot, account, name, key) for (_, name), key in keys.items()], gaps)


def _row(snapshot: Snapshot, account: str, name: str, key: _Key) -> Row:
    facts = Facts({"KeyId": name, "UsedBy": sorted(set(key.users)), "UserAccounts": sorted(set(key.accounts))})
    described = snapshot.ask(account, key.region, "kms.DescribeKey", {"KeyId": name})
    facts.take("Exists", not described.absent, described)
    facts.take("KeyMetadata", member(described, "KeyMetadata"), described, pointer="/pages/0/KeyMetadata")
    rotation = snapshot.ask(account, key.region, "kms.GetKeyRotationStatus", {"KeyId": name})
    status = None if rotation.absent else dict(rotation.first)
    facts.take("Rotation", status, rotation, pointer="/pages/0")
    asked = snapshot.ask(account, key.region, "kms.GetKeyPolicy", {"KeyId": name, "PolicyName": "default"})
    policy = checked(asked, "Policy", str)
    facts.take("Policy", policy_object(policy.first.get("Policy")), policy, pointer="/pages/0/Policy")
    _grants(facts, snapshot.ask(account, key.region, "kms.ListGrants", {"KeyId": name}))
    take_organization(facts, snapshot, account)
    return facts.row("kms.audit_key", account, key.region, name, tuple(key.sources))


def _grants(facts: Facts, asked: Answer) -> None:
    """The key's grants, as they are and as statements of a policy, which is what they come to.

    A grant names the service it is for where it has been given to an AWS service. Source: AWS KMS API reference,
    ``ListGrants``, ``GrantListEntry``.
    """
    answer = checked(asked, "Grants", list)
    grants = [item for _, item in mappings(answer, "Grants")]
    facts.take("Grants", None if answer.absent else [dict(item) for item in grants], answer, pointer="/pages/0/Grants")
    statements = [_statement(item) for item in grants]
    policy = None if answer.absent else {"Version": "2012-10-17", "Statement": statements}
    facts.take("GrantPolicy", policy, answer, pointer="/pages/0/Grants")


def _statement(grant: Mapping[str, Any]) -> dict[str, Any]:
    grantee = grant.get("GranteePrincipal")
    service = grant.get("GranteeServicePrincipal")
    if not service and isinstance(grantee, str) and grantee.endswith(_SERVICES):
        service = grantee
    operations = grant.get("Operations")
    return {
        "Sid": str(grant.get("GrantId") or ""),
        "Effect": "Allow",
        "Principal": {"Service": service} if service else {"AWS": grantee if isinstance(grantee, str) else "*"},
        "Action": [f"kms:{name}" for name in operations] if isinstance(operations, list) and operations else ["kms:*"],
        "Resource": "*",
    }


AUDIT_KEY = ResourceType(
    name="kms.audit_key",
    title="KMS key of a trail or its log group",
    view=audit_key_view,
    fields={
        "KeyId": "The key as the trail or log group names it, usually its ARN.",
        "UsedBy": "ARNs of the trails and log groups that use the key.",
        "UserAccounts": "Accounts that own them.",
        "Exists": "Whether the key exists.",
        "KeyMetadata": "What kms.DescribeKey says: KeyManager, KeyState, KeySpec, Origin, …; null when the key is gone.",
        "Rotation": "What kms.GetKeyRotationStatus says: KeyRotationEnabled, RotationPeriodInDays; null when the key "
        "is gone.",
        "Policy": "Key policy as an object; null when the key is gone.",
        "Grants": "The key's grants as kms.ListGrants gives them; [] without any, null when the key is gone.",
        "GrantPolicy": "The same as a policy with a statement for each grant; null when the key is gone.",
        "Organizations": OWN_ORGANIZATION,
    },
    existence=Existence("Exists", RuleId("kms.audit-key-enabled")),
)
