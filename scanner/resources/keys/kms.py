"""KMS: the keys that encrypt the audit trail, from the files of trails to the topics that tell of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.keys import KEY, KEY_ARNS, KEYS
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked, member, undecided
from scanner.facts.owners import ask_about_key
from scanner.facts.rows import Existence, Field, Held, ResourceType, Row, View, view_of
from scanner.facts.uses import Use
from scanner.model import GapKind, RuleId
from scanner.policies.statements import policy_object
from scanner.resources.keys.key_uses import KeyUse, key_uses
from scanner.resources.trails.organizations import OWN_ORGANIZATION, take_organization
from scanner.snapshot.answers import Answer, Snapshot

_SERVICES = (".amazonaws.com", ".amazonaws.com.cn")
"""How the service principals end to whom a grant may be given."""


@dataclass(slots=True)
class _Key:
    """A key in the making: what is encrypted with it, and by which of its names it was described."""

    name: str
    region: str
    described: Answer
    uses: list[KeyUse] = field(default_factory=list)

    @property
    def id(self) -> str:
        """What KMS takes for the key everywhere: its ARN, else the name unless that is an alias; "" without either."""
        arn = (member(self.described, "KeyMetadata") or {}).get("Arn")
        if isinstance(arn, str) and arn:
            return arn
        named = parse_arn(self.name)
        return "" if (named.resource if named else self.name).startswith("alias/") else self.name


def audit_key_view(snapshot: Snapshot, account: str) -> View:
    """One row for each customer managed KMS key that encrypts a part of the audit trail.

    That is what visible trails, audit log groups, log buckets, audit topics and event data stores name. Keys of AWS are
    none: nobody can disable or share them. Source: AWS KMS API reference, ``KeyMetadata``, ``GetKeyRotationStatus``,
    ``GetKeyPolicy``, ``ListGrants``.
    """
    uses, gaps = key_uses(snapshot, account)
    named: dict[tuple[str, str, bool], _Key] = {}
    for use in uses:
        # An id or alias means a key of its user's account: asked for here, it would be another.
        foreign = parse_arn(use.key) is None and use.owner != account
        place = (use.region, use.key, foreign)
        if place not in named:
            described = ask_about_key(snapshot, account, use.region, "kms.DescribeKey", use.key)
            answer = _out_of_sight(described, account, use) if foreign else _settled(described, account, use)
            named[place] = _Key(use.key, use.region, answer)
        named[place].uses.append(use)
    keys: dict[tuple[str, str, bool], _Key] = {}
    for region, name, foreign in sorted(named):
        key = named[region, name, foreign]
        same = keys.setdefault((region, key.id or name, foreign), key)
        if same is not key:
            same.uses += key.uses
            if same.described.gap is not None:
                same.name, same.described = key.name, key.described
    rows = [_row(snapshot, account, key) for key in keys.values() if not _of_aws(key.described)]
    return view_of(rows, gaps)


def _of_aws(described: Answer) -> bool:
    return described.gap is None and (member(described, "KeyMetadata") or {}).get("KeyManager") == "AWS"


def _settled(described: Answer, account: str, use: KeyUse) -> Answer:
    """What DescribeKey says, unless it does not tell: an absence of what may be elsewhere.

    Source: Amazon S3 API reference, ``ServerSideEncryptionByDefault`` (KMS resolves an alias in the requester's
    account).
    """
    if described.absent and parse_arn(use.key) is None and use.kind == "bucket":
        return undecided(
            described,
            f"KMS key {use.key} of the {use.words} was not found in {account}/{use.region}; an id or alias means a key "
            "of whoever writes to the bucket",
        )
    return described


def _out_of_sight(described: Answer, account: str, use: KeyUse) -> Answer:
    whose = f"account {use.owner}" if use.owner else "an account that is not known"
    reason = f"KMS key {use.key} is named by the {use.words}, which belongs to {whose}; {account} cannot look into it"
    return undecided(described, reason)


def _row(snapshot: Snapshot, account: str, key: _Key) -> Row:
    identity = key.id or key.name
    users = {use.user: use for use in key.uses}
    facts = Facts(
        {
            "KeyId": identity,
            "UsedBy": sorted(users),
            "Encrypts": _named(list(users.values())),
            "UserAccounts": sorted({use.owner for use in users.values()} - {""}),
        }
    )
    described = key.described
    facts.take("Exists", not described.absent, described)
    facts.take("KeyMetadata", member(described, "KeyMetadata"), described, pointer="/pages/0/KeyMetadata")

    def ask(operation: str, **besides: str) -> Answer:
        if not key.id or (described.gap is not None and parse_arn(key.id) is None):
            lost = f"kms.DescribeKey in {account}/{key.region} did not give the ARN of the KMS key {key.name}"
            return described if described.gap or described.absent else undecided(described, lost, GapKind.INVALID)
        return ask_about_key(snapshot, account, key.region, operation, key.id, **besides)

    rotation = ask("kms.GetKeyRotationStatus")
    facts.take("Rotation", None if rotation.absent else dict(rotation.first), rotation, pointer="/pages/0")
    policy = checked(ask("kms.GetKeyPolicy", PolicyName="default"), "Policy", str)
    facts.take("Policy", policy_object(policy.first.get("Policy")), policy, pointer="/pages/0/Policy")
    _grants(facts, ask("kms.ListGrants"))
    take_organization(facts, snapshot, account)
    sources = tuple(dict.fromkeys(source for use in key.uses for source in use.sources))
    return facts.row("kms.audit_key", account, key.region, identity, sources)


def _named(uses: Sequence[KeyUse]) -> list[str]:
    """What the key encrypts, in words; by ARN where two have the same name."""
    words = Counter(use.words for use in uses)
    return sorted(use.words if words[use.words] == 1 else f"{use.kind} {use.user}" for use in uses)


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
    if not service and isinstance(grantee, str) and grantee.endswith(_SERVICES) and parse_arn(grantee) is None:
        service = grantee  # the name of a role may end so, too
    operations = grant.get("Operations")
    return {
        "Sid": str(grant.get("GrantId") or ""),
        "Effect": "Allow",
        "Principal": {"Service": service} if service else {"AWS": grantee if isinstance(grantee, str) else "*"},
        "Action": [f"kms:{name}" for name in operations] if isinstance(operations, list) and operations else ["kms:*"],
        "Resource": "*",
    }


_GRANTS = Use("kms.ListGrants", per=KEY_ARNS)

AUDIT_KEY = ResourceType(
    name="kms.audit_key",
    title="Customer managed KMS key of a trail, its log group or bucket, an audit topic or an event data store",
    view=audit_key_view,
    calls=(*KEYS.named_by, KEY),
    fields={
        "KeyId": Field("ARN of the key; the key as it is named where KMS does not tell its ARN."),
        "UsedBy": Field(
            "ARNs of the trails, log groups, buckets, topics and event data stores that are encrypted with the key."
        ),
        "Encrypts": Field("The same in words: trail main, bucket audit-logs."),
        "UserAccounts": Field("Accounts that own them, as far as these are known."),
        "Exists": Field("Whether the key exists."),
        "KeyMetadata": Field(
            "What kms.DescribeKey says: KeyManager, KeyState, KeySpec, Origin, …; null when the key is gone."
        ),
        "Rotation": Field(
            "What kms.GetKeyRotationStatus says: KeyRotationEnabled, RotationPeriodInDays; null when the key is gone.",
            calls=(Use("kms.GetKeyRotationStatus", per=KEY_ARNS),),
        ),
        "Policy": Field(
            "Key policy as an object; null when the key is gone.", calls=(Use("kms.GetKeyPolicy", per=KEY_ARNS),)
        ),
        "Grants": Field(
            "The key's grants as kms.ListGrants gives them; [] without any, null when the key is gone.",
            calls=(_GRANTS,),
        ),
        "GrantPolicy": Field(
            "The same as a policy with a statement for each grant; null when the key is gone.", calls=(_GRANTS,)
        ),
        "Organizations": OWN_ORGANIZATION,
    },
    existence=Existence("Exists", RuleId("kms.audit-key-enabled")),
    own_names={"KEY": "KeyId"},
    held=Held(users="UsedBy", of_users=frozenset({"Encrypts", "UserAccounts"})),
)
