"""What CloudTrail asks of a log bucket when it delivers, so that the bucket's policy can be judged against it.

Sources: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail" (CloudTrail reads the bucket's ACL, then writes
with the ACL bucket-owner-full-control) and "Finding your CloudTrail log files" (the names of the objects).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.stores import VisibleTrail, looked_everywhere
from scanner.facts.facts import Facts, member, undecided
from scanner.resources.trails.organizations import own_organization
from scanner.snapshot.answers import Answer, Snapshot

_KINDS: Mapping[str, str] = {
    "CloudTrail": "",
    "CloudTrail-Digest": "LogFileValidationEnabled",
    "CloudTrail-Insight": "HasInsightSelectors",
}
"""The folders below an account's that a trail writes to, with the member of the trail that says so ("": always)."""


REQUEST_FIELDS = ("AclChecks", "Deliveries", "Writes")
"""The fields that ``take_requests`` puts in."""


def take_requests(
    facts: Facts,
    snapshot: Snapshot,
    account: str,
    bucket: str,
    trails: Sequence[VisibleTrail],
    owner: str | None,
    confirmed: Answer | None,
) -> None:
    """Put in ``AclChecks``, ``Deliveries`` and ``Writes``: requests ``{Source, Resource, Keys}`` for each trail.

    ``Writes`` holds all that the trails may write, with wildcards for what is not known of the names: the Regions that
    were not looked at, the other accounts of an organization, and its id where that could not be read.

    One log file, and one digest file where the trail writes any, stands for all of an account and Region. An
    organization trail writes for the accounts that are known: its owner and the scanned one. ``confirmed`` is
    S3's answer that the bucket is the ``owner``'s; both are None where none says so.
    """
    organization = own_organization(snapshot, account)
    of_bucket = _bucket_keys(owner, confirmed)
    told = [confirmed] if confirmed else []
    checks: list[dict[str, Any]] = []
    written: dict[str, list[dict[str, Any]]] = {"Deliveries": [], "Writes": []}
    for trail in trails:
        if parse_arn(trail.arn) is None:
            shown = snapshot.answer(trail.source.call)
            told.append(undecided(shown, f"the ARN of trail {trail.arn or 'without a name'} cannot be read"))
            continue
        keys = {**of_bucket, **_organization_key(trail, account, organization)}
        checks.append({"Source": trail.arn, "Resource": bucket, "Keys": keys})
        names = {
            "Deliveries": _names(snapshot, account, trail, organization),
            "Writes": (
                *_names(snapshot, account, trail, organization),
                *_patterns(snapshot, account, trail, organization),
            ),
        }
        for field, listed in names.items():
            written[field] += [
                {"Source": trail.arn, "Resource": f"{bucket}/{name}", "Keys": keys | _write_keys(trail)}
                for name in listed
            ]
    facts.take("AclChecks", checks, *told)
    facts.take("Writes", written["Writes"], *told)
    by_organization = any(trail.data.get("IsOrganizationTrail") is True for trail in trails)
    facts.take("Deliveries", written["Deliveries"], *([organization] if by_organization else []), *told)


def _bucket_keys(owner: str | None, confirmed: Answer | None) -> dict[str, str | None]:
    """The condition keys that the bucket gives every request, as far as it is known: its owner and its Region."""
    region = confirmed.first.get("BucketRegion") if confirmed else None
    keys = {"aws:ResourceAccount": owner, "s3:ResourceAccount": owner, "aws:RequestedRegion": region}
    return {name: value for name, value in keys.items() if isinstance(value, str) and value}


def _organization_key(trail: VisibleTrail, account: str, answer: Answer) -> dict[str, str | None]:
    """``aws:SourceOrgID`` as far as it is known that the trail's account is in the scanned account's organization."""
    if answer.gap is not None:
        return {}
    found = member(answer, "Organization")
    if found is None:
        return {"aws:SourceOrgID": None} if trail.account == account else {}
    inside = trail.data.get("IsOrganizationTrail") is True or trail.account in {account, found.get("MasterAccountId")}
    return {"aws:SourceOrgID": str(found["Id"])} if inside else {}


def _write_keys(trail: VisibleTrail) -> dict[str, str | None]:
    """The headers of a delivery. Without a KMS key it is not documented which header asks for encryption."""
    key = trail.text("KmsKeyId")
    encryption = {
        "s3:x-amz-server-side-encryption": "aws:kms",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": key,
    }
    return {"s3:x-amz-acl": "bucket-owner-full-control", **(encryption if key else {})}


def _base(trail: VisibleTrail) -> str:
    prefix = trail.text("S3KeyPrefix").rstrip("/")
    return f"{prefix}/AWSLogs" if prefix else "AWSLogs"


def _regions(snapshot: Snapshot, account: str, trail: VisibleTrail) -> list[str]:
    """The Regions in scope from which the trail delivers."""
    if trail.data.get("IsMultiRegionTrail") is not True:
        return [trail.region]
    return list(dict.fromkeys((trail.region, *snapshot.regions(account))))


def _kinds(trail: VisibleTrail) -> list[str]:
    return [kind for kind, flag in _KINDS.items() if not flag or trail.data.get(flag) is True]


def _names(snapshot: Snapshot, account: str, trail: VisibleTrail, organization: Answer) -> Iterator[str]:
    """Names of objects that the trail writes on the day of collection, one for each known place and kind."""
    base, accounts = _base(trail), [trail.account]
    if trail.data.get("IsOrganizationTrail") is True:
        found = member(organization, "Organization")
        base = f"{base}/{found['Id']}" if found else base
        accounts = list(dict.fromkeys((trail.account, account))) if found else []
    day = snapshot.time_of(account)
    for owner in accounts:
        for region in _regions(snapshot, account, trail):
            for kind in _kinds(trail):
                file = f"{owner}_{kind}_{region}_{day:%Y%m%dT%H%MZ}_0123456789abcdef.json.gz"
                yield f"{base}/{owner}/{kind}/{region}/{day:%Y/%m/%d}/{file}"


def _patterns(snapshot: Snapshot, account: str, trail: VisibleTrail, organization: Answer) -> Iterator[str]:
    """What the names of all objects that the trail writes look like, one pattern for each place and kind."""
    base, accounts = _base(trail), [trail.account]
    if trail.data.get("IsOrganizationTrail") is True:
        found = member(organization, "Organization")
        base = f"{base}/{found['Id'] if found else 'o-*'}"
        accounts = list(dict.fromkeys((trail.account, account, "*")))
    regions = _regions(snapshot, account, trail)
    if trail.data.get("IsMultiRegionTrail") is True and not looked_everywhere(snapshot, account):
        regions.append("*")
    for owner in accounts:
        for region in regions:
            for kind in _kinds(trail):
                file = "*.json.gz" if "*" in {owner, region} else f"{owner}_{kind}_{region}_*.json.gz"
                yield f"{base}/{owner}/{kind}/{region}/????/??/??/{file}"
