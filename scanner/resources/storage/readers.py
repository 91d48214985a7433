"""Who beyond its owner may read a log bucket: by its ACL, and as IAM Access Analyzer has found.

Sources: Amazon S3 User Guide, "Access control list (ACL) overview"; IAM User Guide, "Findings for external and unused
access" and "Access Analyzer error findings"; IAM Access Analyzer API reference, ``ListAnalyzers`` and
``ListFindingsV2``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.audit_path.members import text_member
from scanner.audit_path.places import BUCKETS, HEAD_BUCKET
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.rows import Field
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import GapKind
from scanner.snapshot.answers import Answer, Snapshot

ANALYZERS = "accessanalyzer.ListAnalyzers"
FINDINGS = "accessanalyzer.ListFindingsV2"

_EXTERNAL = frozenset({"ACCOUNT", "ORGANIZATION"})
"""The types of analyzers that look for access from outside; others look for what is unused, or for access inside."""

_WORKING = "ACTIVE"
"""The status of an analyzer that works; one that does not may have findings from before."""

_READING = frozenset({"READ", "FULL_CONTROL"})
"""ACL permissions on a bucket with which its objects can be listed."""


def _analyzed_regions(look: Look) -> Iterator[Thing]:
    regions = {region for region, _ in _confirmed(look)}
    for region in sorted(regions):
        yield Thing(region)


def _confirmed(look: Look) -> Iterator[tuple[str, str]]:
    """The Region and the name of each log bucket that S3 confirmed to be the account's."""
    for thing in look.each(BUCKETS):
        asked = {"Bucket": thing.facts["bucket"], "ExpectedBucketOwner": look.account}
        head = look.snapshot.ask(look.account, thing.region, HEAD_BUCKET.operation, asked)
        if head.pages:
            yield text_member(head.first, "BucketRegion") or thing.region, thing.facts["bucket"]


ANALYZED_REGIONS = Things("log-bucket-region", _analyzed_regions, (*HEAD_BUCKET.per.named_by, HEAD_BUCKET))
"""Each Region with a log bucket of the account."""

ANALYZER_LISTING = Use(ANALYZERS, per=ANALYZED_REGIONS)


def _analyzed(look: Look) -> Iterator[Thing]:
    for region, bucket in _confirmed(look):
        listed = look.snapshot.ask(look.account, region, ANALYZERS)
        for analyzer in _external(listed):
            yield Thing(region, {"analyzer": analyzer}, {"filter": _about(look.snapshot, bucket)})


def _external(listed: Answer) -> Iterator[str]:
    """The ARNs of the analyzers that look for access from outside."""
    for _, item in mappings(listed, "analyzers"):
        arn = item.get("arn")
        if item.get("type") in _EXTERNAL and isinstance(arn, str):
            yield arn


def _about(snapshot: Snapshot, bucket: str) -> Mapping[str, Any]:
    arn = f"arn:{snapshot.partition}:s3:::{bucket}"
    return {"resource": {"eq": [arn]}, "status": {"eq": ["ACTIVE"]}}


ANALYZED = Things("analyzed-bucket", _analyzed, (*ANALYZED_REGIONS.named_by, ANALYZER_LISTING))
"""Each log bucket of the account with each analyzer of its Region that looks for access from outside."""

FINDING_LISTING = Use(FINDINGS, per=ANALYZED)


def take_external_access(facts: Facts, snapshot: Snapshot, account: str, bucket: str, head: Answer) -> None:
    """Put in what IAM Access Analyzer has found of a bucket; a gap while it is not known to be the account's."""
    region = text_member(head.first, "BucketRegion") or head.region
    listed = checked(snapshot.ask(account, region, ANALYZERS), "analyzers", list) if head.pages else head
    analyzers = list(_external(listed)) if head.pages else []
    working = {item.get("arn") for _, item in mappings(listed, "analyzers") if item.get("status") == _WORKING}
    facts.take("Analyzers", [arn for arn in analyzers if arn in working], listed, head)
    asked = {"filter": _about(snapshot, bucket)}
    answers = [
        checked(snapshot.ask(account, region, FINDINGS, {"analyzerArn": arn, **asked}), "findings", list)
        for arn in analyzers
    ]
    found = [item for answer in answers for _, item in mappings(answer, "findings")]
    found = [item for item in found if item.get("findingType") == "ExternalAccess"]
    outside = [str(item.get("id")) for item in found if not item.get("error")]
    failed = [str(item.get("error")) for item in found if item.get("error")]
    if failed and not outside:
        reason = f"IAM Access Analyzer could not analyze bucket {bucket}: {failed[0]}"
        listed = undecided(listed, reason, GapKind.ERROR)
    facts.take("ExternalAccess", outside, *answers, listed, head)


def take_acl_readers(facts: Facts, acl: Answer) -> None:
    """Put in the ACL grants by which others than the owner may list the bucket."""
    known = checked(acl, "Owner", Mapping)
    owner = text_member(known.first.get("Owner"), "ID")
    foreign: list[dict[str, Any]] = []
    for _, grant in mappings(known, "Grants"):
        grantee, permission = grant.get("Grantee"), grant.get("Permission")
        named = grantee if isinstance(grantee, Mapping) else {}
        who = named.get("ID") or named.get("URI") or named.get("EmailAddress")
        if permission in _READING and (not owner or who != owner):
            foreign.append({"Grantee": who, "Permission": permission})
    facts.take("ForeignReadGrants", foreign, known, pointer="/pages/0/Grants")


EXTERNAL_ACCESS: Mapping[str, Field] = {
    "Analyzers": Field(
        "ARNs of the active analyzers of IAM Access Analyzer in its Region and account that look for access from "
        "outside; not known for a bucket of another account.",
        calls=(HEAD_BUCKET, ANALYZER_LISTING),
    ),
    "ExternalAccess": Field(
        "Ids of active findings of access from outside to the bucket, by such analyzers and those that are not active "
        "any more; [] without any, not known where the bucket could not be analyzed.",
        calls=(HEAD_BUCKET, ANALYZER_LISTING, FINDING_LISTING),
    ),
    "ForeignReadGrants": Field(
        "ACL grants of READ or FULL_CONTROL to others than the owner as {Grantee, Permission}; [] without any.",
        calls=(Use("s3.GetBucketAcl", per=BUCKETS),),
    ),
}
"""Fields of ``s3.log_bucket``."""
