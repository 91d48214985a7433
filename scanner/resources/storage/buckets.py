"""Every bucket of an account: what it is called and tagged, and whether access to its objects is recorded.

Sources: Amazon S3 API reference, ``ListBuckets`` and ``GetBucketTagging``; Amazon S3 User Guide, "Amazon S3 CloudTrail
events".
"""

from collections.abc import Mapping

from scanner.arns import global_region
from scanner.audit_path.places import TRAIL_LISTING, TRAIL_STATUS
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.facts.uses import Use
from scanner.model import Gap
from scanner.resources.storage.listing import BUCKET_LISTING, OWN_BUCKETS, ListedBuckets, listed_buckets
from scanner.resources.trails.cloudtrail import EVENT_SELECTORS
from scanner.resources.trails.coverage import RecordedObjects, recorded_objects
from scanner.snapshot.answers import Snapshot

BUCKET_TAGS = Use("s3.GetBucketTagging", per=OWN_BUCKETS)

_SIDES: Mapping[str, str] = {"ReadsRecorded": "read", "WritesRecorded": "write"}


def bucket_view(snapshot: Snapshot, account: str) -> View:
    """One row for each general purpose bucket that S3 lists to the account.

    Directory buckets and table buckets are listed by calls of their own, which are not made.
    """
    listed = listed_buckets(snapshot, account)
    if listed.answer.gap is not None:
        return View((), (listed.answer.gap,))
    recorded = recorded_objects(snapshot, account)
    return view_of([_row(snapshot, account, name, listed, recorded) for name in listed.regions], [])


def _row(snapshot: Snapshot, account: str, name: str, listed: ListedBuckets, recorded: RecordedObjects) -> Row:
    arn = f"arn:{snapshot.partition}:s3:::{name}"
    told = listed.regions[name]
    region = told or global_region(snapshot.partition)
    facts = Facts({"Name": name, "Arn": arn, "BucketRegion": told or None})
    tags = checked(snapshot.ask(account, region, BUCKET_TAGS.operation, {"Bucket": name}), "TagSet", list)
    facts.take("Tags", [dict(item) for _, item in mappings(tags, "TagSet")], tags, pointer="/pages/0/TagSet")
    events = recorded.of(name, told)
    for field, side in _SIDES.items():
        value, sources = events[side]
        if isinstance(value, Gap):
            facts.gaps[field] = value
        else:
            facts.data[field] = value
            facts.cites[field] = sources
    return facts.row("s3.bucket", account, region, arn, (listed.sources[name],))


_RECORDED = (TRAIL_LISTING, TRAIL_STATUS, EVENT_SELECTORS)

BUCKET = ResourceType(
    name="s3.bucket",
    title="Bucket of the account, whatever it holds",
    view=bucket_view,
    calls=(BUCKET_LISTING,),
    fields={
        "Name": Field("Name of the bucket."),
        "Arn": Field("ARN of the bucket."),
        "BucketRegion": Field("Region of the bucket; null where S3 does not tell it."),
        "Tags": Field("Its tags as objects {Key, Value}; [] without any.", calls=(BUCKET_TAGS,)),
        "ReadsRecorded": Field(
            "Whether logging trails of the account record every read of its objects as data events.", calls=_RECORDED
        ),
        "WritesRecorded": Field(
            "Whether logging trails of the account record every write of its objects as data events.", calls=_RECORDED
        ),
    },
    listed_by=("s3.ListBuckets",),
    regional=False,
    own_names={"BUCKET": "Name", "ARN": "Arn"},
)
