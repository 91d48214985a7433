"""The buckets of an account as S3 lists them: which there are, and in which Region each is.

S3 lists a bucket to the account that owns it, and to no other. Source: Amazon S3 API reference, ``ListBuckets`` (the
Region of a bucket is told where the request has a parameter, such as ``MaxBuckets``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.places import ACCOUNT
from scanner.audit_path.stores import mappings
from scanner.facts.facts import checked
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Source
from scanner.snapshot.answers import Answer, Snapshot

BUCKET_LISTING = Use("s3.ListBuckets", per=ACCOUNT)

_PAGE: Mapping[str, Any] = {"MaxBuckets": 1000}


@dataclass(frozen=True, slots=True)
class ListedBuckets:
    """The account's buckets by name, each with its Region ("" where it is not told) and where it is listed.

    ``answer`` is the listing: a gap where it was refused, and then there are no buckets.
    """

    answer: Answer
    regions: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)


def listed_buckets(snapshot: Snapshot, account: str) -> ListedBuckets:
    """The buckets that S3 lists to the account."""
    region = global_region(snapshot.partition)
    answer = checked(snapshot.ask(account, region, BUCKET_LISTING.operation, _PAGE), "Buckets", list)
    regions: dict[str, str] = {}
    sources: dict[str, Source] = {}
    for pointer, item in mappings(answer, "Buckets"):
        name, place = item.get("Name"), item.get("BucketRegion")
        if isinstance(name, str) and name:
            regions[name] = place if isinstance(place, str) else ""
            sources[name] = Source(answer.key, pointer)
    return ListedBuckets(answer, regions, sources)


def _own_buckets(look: Look) -> Iterator[Thing]:
    for name, region in listed_buckets(look.snapshot, look.account).regions.items():
        yield Thing(region or global_region(look.snapshot.partition), {"bucket": name})


OWN_BUCKETS = Things("own-bucket", _own_buckets, (BUCKET_LISTING,))
"""Each bucket of the account, in its Region."""
