"""Whether log files are kept apart from the account that they are about: in a bucket of another account.

S3 lists a bucket to its own account only. Sources: Amazon S3 API reference, ``ListBuckets`` and ``HeadBucket``;
CloudTrail User Guide, "Security best practices in AWS CloudTrail".
"""

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.audit_path.places import HEAD_BUCKET
from scanner.facts.facts import Facts
from scanner.facts.rows import Field
from scanner.resources.storage.listing import BUCKET_LISTING, listed_buckets
from scanner.resources.storage.locks import COPIES
from scanner.snapshot.answers import Answer, Snapshot

APART_FIELDS = ("Account", "InAccount", "KeptElsewhere")
"""The fields that ``take_apart`` puts in, which are about the account whose row it is."""


def take_apart(facts: Facts, snapshot: Snapshot, account: str, bucket: str, head: Answer) -> None:
    """Put in whether the bucket is one of the account's own, and which trails' files another account keeps as well."""
    facts.data["Account"] = account
    listed = listed_buckets(snapshot, account)
    if listed.answer.gap is not None and head.pages:
        facts.take("InAccount", True, head)
    else:
        facts.take("InAccount", bucket in listed.regions, listed.answer)
    if "Copies" in facts.gaps:
        facts.gaps["KeptElsewhere"] = facts.gaps["Copies"]
        return
    copied = [copies for copies in facts.data["Copies"] if copies["Others"]]
    elsewhere = [copies["TrailARN"] for copies in copied if not _all_among(copies["Others"], listed.regions)]
    # Without a copy there is nothing that the listing could tell of.
    facts.take("KeptElsewhere", elsewhere, *([listed.answer] if copied else []))
    facts.cites["KeptElsewhere"] = (*facts.cites.get("KeptElsewhere", ()), *facts.cites.get("Copies", ()))


def _all_among(copies: Iterable[Mapping[str, Any]], own: Mapping[str, str]) -> bool:
    return all(copy["Bucket"] in own for copy in copies)


APART: Mapping[str, Field] = {
    "Account": Field("The scanned account."),
    "InAccount": Field(
        "Whether the bucket is one of the scanned account's own, as S3 lists it, or else confirms it.",
        calls=(HEAD_BUCKET, BUCKET_LISTING),
    ),
    "KeptElsewhere": Field(
        "ARNs of the trails of the bucket of which a second trail delivers all that they record to a bucket that is "
        "not the scanned account's.",
        calls=(BUCKET_LISTING, *COPIES),
    ),
}
"""Fields of ``s3.log_bucket``."""
