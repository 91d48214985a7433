"""The notifications of a trail's bucket that declared routes lead through.

Sources: Amazon S3 API reference, ``GetBucketNotificationConfiguration``; Amazon S3 User Guide, "Configuring event
notifications using object key name filtering".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scanner.audit_path.declared import NOTIFICATIONS
from scanner.audit_path.members import list_member, text_member
from scanner.checks.route.declared.feed import Feed
from scanner.checks.route.links import NOTIFICATION, JudgedLink
from scanner.checks.route.watching.eventbridge.destinations import destination_link
from scanner.model import ByBucketNotification, Outcome, Source
from scanner.resources.monitoring.eventbridge.places import S3, Sender
from scanner.snapshot.answers import Answer, Snapshot

_SUFFIX = ".json.gz"
"""How the names of CloudTrail's log files end (CloudTrail User Guide, "CloudTrail log file name format")."""

_CREATED = "s3:ObjectCreated:*"
_NOTIFIED = (
    ("QueueConfigurations", "QueueArn"),
    ("TopicConfigurations", "TopicArn"),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
)
"""Where an answer of ``GetBucketNotificationConfiguration`` lists what is notified, and how it names each."""


def by_bucket(through: ByBucketNotification, snapshot: Snapshot) -> Feed:
    """The notifications of a bucket that are declared, from the bucket to what is notified."""
    subject = f"the notifications of bucket {through.bucket}"
    answer = _notifications(through.bucket, snapshot)
    first = JudgedLink(NOTIFICATION, Outcome.UNKNOWN, f"{subject} were not looked at", through.bucket)
    feed = Feed((first,), bucket=through.bucket)
    if answer is None:
        return feed
    if answer.gap is not None:
        reason = f"{subject} are not known: {answer.gap.reason}"
        return feed.ending(replace(first, reason=reason, sources=(answer.gap.source,)))
    first = replace(first, verdict=Outcome.FAIL, sources=(Source(answer.key, ""),))
    found = [
        item
        for member, name in _NOTIFIED
        for item in list_member(answer.first, member)
        if item.get(name) == through.destination
    ]
    if not found:
        return feed.ending(replace(first, reason=f"{subject} do not go to {through.destination}"))
    prefixes, fault = _prefixes(found)
    if fault is not None:
        return feed.ending(replace(first, verdict=fault[0], reason=f"{subject} to {through.destination} {fault[1]}"))
    first = replace(first, verdict=Outcome.PASS, reason=f"{subject} tell {through.destination} of new files")
    owner = _owner(through.bucket, snapshot)
    keys = {"aws:SourceAccount": owner} if owner else {}
    sender = Sender(S3, f"arn:{snapshot.partition}:s3:::{through.bucket}", owner, keys=keys)
    return replace(feed, links=(first, destination_link(snapshot, through.destination, sender)), prefixes=prefixes)


def _to(destination: str, answer: Answer) -> Iterator[Mapping[str, Any]]:
    """The configurations that notify a destination."""
    for member, name in _NOTIFIED:
        yield from (item for item in list_member(answer.first, member) if item.get(name) == destination)


def _prefixes(found: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[Outcome, str] | None]:
    """The prefixes of the keys that configurations tell of; or why they tell of none, or that this is not known."""
    telling = [item for item in found if _CREATED in list_member(item, "Events")]
    if not telling:
        return (), (Outcome.FAIL, f"do not tell of every new file ({_CREATED} is not among their events)")
    filters = [_filter(item) for item in telling]
    prefixes = tuple(each.get("prefix", "") for each in filters if _SUFFIX.endswith(each.get("suffix", "")))
    if not prefixes:
        return (), (Outcome.FAIL, "leave out files that CloudTrail writes, by the suffix of their names")
    if any("%" in prefix for prefix in prefixes):
        return (), (Outcome.UNKNOWN, "have a percent-encoded prefix, which is not decided")
    return prefixes, None


def _filter(item: Mapping[str, Any]) -> dict[str, str]:
    """The ``prefix`` and ``suffix`` by which a configuration chooses keys."""
    rules = list_member((item.get("Filter") or {}).get("Key"), "FilterRules")
    return {text_member(rule, "Name").lower(): text_member(rule, "Value") for rule in rules}


def _notifications(bucket: str, snapshot: Snapshot) -> Answer | None:
    """What a bucket notifies, by whichever account was told; else why nobody was. None where nobody asked."""
    asked = [
        call.key for call in snapshot.calls if call.operation == NOTIFICATIONS and call.arguments == {"Bucket": bucket}
    ]
    answers = [snapshot.answer(key) for key in asked]
    return next((answer for answer in answers if answer.gap is None), answers[0] if answers else None)


def _owner(bucket: str, snapshot: Snapshot) -> str:
    """The account that S3 confirms as the owner of a bucket; "" when it confirms none of those in the snapshot."""
    for call in snapshot.calls:
        owner = str(call.arguments.get("ExpectedBucketOwner", "")) if call.operation == "s3.HeadBucket" else ""
        answer = snapshot.answer(call.key) if owner and call.arguments.get("Bucket") == bucket else None
        if answer is not None and answer.gap is None and not answer.absent:
            return owner
    return ""
