"""Delivery channels of AWS Config: where a recorder that is on delivers, and how that went lately.

Sources: AWS Config API reference, ``DeliveryChannel``, ``ConfigExportDeliveryInfo`` and ``ConfigStreamDeliveryInfo`` (a
Region has one channel at most; without a topic there are no notifications).
"""

from collections.abc import Mapping
from typing import Any

from scanner.audit_path.members import text_member
from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import mappings, no_region
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.facts.uses import Use
from scanner.model import Gap, GapKind, Source
from scanner.resources.configuration.seen import RECORDER_LISTING, RECORDER_STATUS, SeenRecorder, seen_recorders
from scanner.resources.detection.everywhere import left_out
from scanner.snapshot.answers import Answer, Snapshot

CHANNEL_LISTING = Use("config.DescribeDeliveryChannels", per=REGIONS)
CHANNEL_STATUS = Use("config.DescribeDeliveryChannelStatus", per=REGIONS)

_CHANNELS, _STATUS = "DeliveryChannels", "DeliveryChannelsStatus"


def channel_view(snapshot: Snapshot, account: str) -> View:
    """One row for each delivery channel; gaps for Regions that were left out, or do not list theirs."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])
    rows: list[Row] = []
    unseen = left_out(snapshot, account, CHANNEL_LISTING.operation)
    gaps: list[Gap] = [] if unseen is None else [unseen]
    for recorder in seen_recorders(snapshot, account):
        listing = checked(snapshot.ask(account, recorder.region, CHANNEL_LISTING.operation), _CHANNELS, list)
        if listing.gap is not None:
            gaps.append(listing.gap)
        for pointer, channel in mappings(listing, _CHANNELS):
            facts = _facts(snapshot, account, recorder, channel)
            name = str(channel.get("name"))
            source = Source(listing.key, pointer)
            rows.append(facts.row("config.delivery_channel", account, recorder.region, name, (source,)))
    return view_of(rows, gaps)


def _facts(snapshot: Snapshot, account: str, recorder: SeenRecorder, channel: Mapping[str, Any]) -> Facts:
    properties = channel.get("configSnapshotDeliveryProperties")
    facts = Facts(
        {
            "Name": channel.get("name"),
            "Region": recorder.region,
            "S3BucketName": channel.get("s3BucketName"),
            "SnsTopicArn": channel.get("snsTopicARN"),
            "SnapshotFrequency": text_member(properties, "deliveryFrequency") or None,
        }
    )
    facts.take("Recording", recorder.is_on, recorder.listing, recorder.status)
    facts.take("LastStartTime", recorder.state.get("lastStartTime"), recorder.listing, recorder.status)
    state, told = _state(snapshot, account, recorder.region, channel.get("name"))
    for name in ("History", "Snapshot", "Stream"):
        facts.take(name, _delivery(state.get(f"config{name}DeliveryInfo")), told)
    return facts


def _state(snapshot: Snapshot, account: str, region: str, name: Any) -> tuple[Mapping[str, Any], Answer]:
    """What the status says of a channel, and the answer, a gap where it does not tell of it."""
    answer = checked(snapshot.ask(account, region, CHANNEL_STATUS.operation), _STATUS, list)
    found = [each for _, each in mappings(answer, _STATUS) if each.get("name") == name]
    if answer.gap is None and not found:
        reason = f"{answer.operation} in {account}/{region} does not tell of delivery channel {name}"
        answer = undecided(answer, reason, GapKind.INVALID)
    return (found[0] if found else {}), answer


def _delivery(told: Any) -> dict[str, Any]:
    info = told if isinstance(told, Mapping) else {}
    return {
        "Status": text_member(info, "lastStatus").upper() or None,
        "ErrorCode": info.get("lastErrorCode"),
        "ErrorMessage": info.get("lastErrorMessage"),
        "LastAttempt": info.get("lastAttemptTime"),
        "LastSuccess": info.get("lastSuccessfulTime"),
    }


_RECORDER_CALLS = (RECORDER_STATUS,)
_STATUS_CALLS = (CHANNEL_STATUS,)

CHANNEL = ResourceType(
    name="config.delivery_channel",
    title="Delivery channel of AWS Config",
    view=channel_view,
    calls=(RECORDER_LISTING, CHANNEL_LISTING),
    fields={
        "Name": Field("Name of the delivery channel."),
        "Region": Field("Its Region."),
        "S3BucketName": Field("Bucket that it delivers to."),
        "SnsTopicArn": Field("ARN of the topic that it notifies; null without one."),
        "SnapshotFrequency": Field("How often it delivers a snapshot of everything; null where none is scheduled."),
        "Recording": Field("Whether the customer managed recorder of the Region is on.", calls=_RECORDER_CALLS),
        "LastStartTime": Field("When that recorder was last started; null for never.", calls=_RECORDER_CALLS),
        "History": Field(
            "The latest delivery of a history file, as an object {Status, ErrorCode, ErrorMessage, LastAttempt, "
            "LastSuccess}; Status is SUCCESS, FAILURE, NOT_APPLICABLE or, before the first, null.",
            calls=_STATUS_CALLS,
        ),
        "Snapshot": Field("The same of a snapshot.", calls=_STATUS_CALLS),
        "Stream": Field(
            "The same of a notification, without times; Status is NOT_APPLICABLE without a topic.", calls=_STATUS_CALLS
        ),
    },
    own_names={"NAME": "Name", "REGION": "Region", "BUCKET": "S3BucketName", "TOPIC": "SnsTopicArn"},
    listed_by=(CHANNEL_LISTING.operation,),
)
