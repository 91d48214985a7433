"""VPCs with their flow logs, and how long these are kept.

Sources: Amazon EC2 API reference, ``DescribeVpcs``, ``DescribeFlowLogs`` and ``FlowLog``; Amazon VPC User Guide,
"Logging IP traffic using VPC Flow Logs" (a flow log of a VPC takes every network interface in it, those made later
included; a participant of a shared VPC cannot make one for a VPC it does not own) and "Flow log files" (their keys).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import mappings, no_region
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, Source
from scanner.resources.detection.everywhere import hidden_by, left_out
from scanner.resources.detection.kept import GROUPS, LIFECYCLE, VERSIONING, Kept, Under, kept_in_bucket, kept_in_group
from scanner.snapshot.answers import Answer, Snapshot

VPC_LISTING = Use("ec2.DescribeVpcs", per=REGIONS)
FLOW_LOG_LISTING = Use("ec2.DescribeFlowLogs", per=REGIONS)

_FIREHOSE = "kinesis-data-firehose"


def _flow_logs(look: Look) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for region in look.snapshot.regions(look.account):
        for _, item in mappings(look.snapshot.ask(look.account, region, FLOW_LOG_LISTING.operation), "FlowLogs"):
            yield region, item


def _groups(look: Look) -> Iterator[Thing]:
    found: dict[tuple[str, str, str], None] = {}
    for region, item in _flow_logs(look):
        owner, name = _group(item)
        if name:
            found[region, owner, name] = None
    for region, owner, name in found:
        yield Thing(region, {"group": name}, owner=owner)


def _buckets(look: Look) -> Iterator[Thing]:
    found: dict[tuple[str, str], None] = {}
    for region, item in _flow_logs(look):
        if bucket := _bucket(item)[0]:
            found[region, bucket] = None
    for region, bucket in found:
        yield Thing(region, {"bucket": bucket})


FLOW_LOG_GROUPS = Things("flow-log-group", _groups, (FLOW_LOG_LISTING,))
"""Each log group that a flow log writes to."""

FLOW_LOG_BUCKETS = Things("flow-log-bucket", _buckets, (FLOW_LOG_LISTING,))
"""Each bucket that a flow log writes to."""

_KEPT = (
    FLOW_LOG_LISTING,
    Use(GROUPS, per=FLOW_LOG_GROUPS),
    Use(LIFECYCLE, per=FLOW_LOG_BUCKETS),
    Use(VERSIONING, per=FLOW_LOG_BUCKETS),
)


def _group(item: Mapping[str, Any]) -> tuple[str, str]:
    """The owner ("" for the account itself) and the name of the log group that a flow log writes to; "" for none."""
    if item.get("LogDestinationType", "cloud-watch-logs") != "cloud-watch-logs":
        return "", ""
    arn = parse_arn(str(item.get("LogDestination") or ""))
    name = item.get("LogGroupName") or (arn.resource.removeprefix("log-group:").removesuffix(":*") if arn else "")
    return (arn.account if arn else "", name if isinstance(name, str) else "")


def _bucket(item: Mapping[str, Any]) -> tuple[str, str]:
    """The bucket that a flow log writes to, and the folder in it with a slash at its end; "" for none."""
    arn = parse_arn(str(item.get("LogDestination") or ""))
    if item.get("LogDestinationType") != "s3" or arn is None:
        return "", ""
    bucket, _, folder = arn.resource.partition("/")
    return bucket, f"{folder.rstrip('/')}/" if folder.strip("/") else ""


def vpc_view(snapshot: Snapshot, account: str) -> View:
    """One row for each VPC that the account sees, those that others share with it included."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])
    rows: list[Row] = []
    gaps: list[Gap] = [each for each in (left_out(snapshot, account, VPC_LISTING.operation),) if each is not None]
    listings: list[Answer] = []
    for region in snapshot.regions(account):
        listed = checked(snapshot.ask(account, region, VPC_LISTING.operation), "Vpcs", list)
        listings.append(listed)
        rows += [_row(snapshot, account, listed, pointer, item) for pointer, item in mappings(listed, "Vpcs")]
    return view_of(rows, [*gaps, *hidden_by(listings)])


def _row(snapshot: Snapshot, account: str, listed: Answer, pointer: str, item: Mapping[str, Any]) -> Row:
    identity, owner = str(item.get("VpcId")), str(item.get("OwnerId") or "")
    region = listed.key.region
    facts = Facts({"VpcId": identity, "OwnerId": owner, "Own": owner == account, "Region": region})
    logs = checked(snapshot.ask(account, region, FLOW_LOG_LISTING.operation), "FlowLogs", list)
    own = [each for _, each in mappings(logs, "FlowLogs") if each.get("ResourceId") == identity]
    facts.take("FlowLogs", [_described(each) for each in own], logs)
    _put_kept(facts, logs, own, [_kept(snapshot, account, logs, each) for each in own])
    arn = f"arn:{snapshot.partition}:ec2:{region}:{owner}:vpc/{identity}"
    return facts.row("ec2.vpc", account, region, arn, (Source(listed.key, pointer),))


def _described(item: Mapping[str, Any]) -> dict[str, Any]:
    status, delivery = item.get("FlowLogStatus"), item.get("DeliverLogsStatus")
    why = f" ({item['DeliverLogsErrorMessage']})" if item.get("DeliverLogsErrorMessage") else ""
    traffic = item.get("TrafficType")
    return {
        "FlowLogId": item.get("FlowLogId"),
        "FlowLogStatus": status,
        "DeliverLogsStatus": delivery,
        "TrafficType": traffic,
        "Destination": item.get("LogDestination") or item.get("LogGroupName"),
        "Summary": f"{item.get('FlowLogId')} is {status}, takes {traffic}, delivery: {delivery or 'not told'}{why}",
    }


def _kept(snapshot: Snapshot, account: str, logs: Answer, item: Mapping[str, Any]) -> Kept:
    """How long what a flow log writes is kept; not known for a destination that is neither a log group nor a bucket."""
    region = logs.key.region
    owner, group = _group(item)
    if group:
        return kept_in_group(snapshot, account, owner, region, group)
    bucket, folder = _bucket(item)
    if bucket:
        start = f"{folder}AWSLogs/"
        plain = f"{start}{account}/vpcflowlogs/{region}/"
        hive = f"{start}aws-account-id={account}/aws-service=vpcflowlogs/aws-region={region}/"
        return kept_in_bucket(snapshot, account, region, bucket, Under((plain, hive)))
    reason = f"how long the records of flow log {item.get('FlowLogId')} are kept is not known: they go to "
    to = "Data Firehose" if item.get("LogDestinationType") == _FIREHOSE else "a destination that AWS does not tell"
    return Kept(None, (undecided(logs, reason + to),))


def _put_kept(facts: Facts, logs: Answer, own: Sequence[Mapping[str, Any]], kept: Sequence[Kept]) -> None:
    known: list[dict[str, Any]] = []
    for item, each in zip(own, kept, strict=True):
        if each.gap is None:
            days = "without an end" if each.days is None else f"{each.days} days"
            summary = f"{item.get('FlowLogId')}: {days}"
            known.append({**_described(item), "KeptDays": each.days, "Summary": summary})
    answers = [answer for each in kept for answer in each.answers]
    facts.take("RetainedFlowLogs", known, logs, *(each for each in answers if each.gap is None))
    facts.take("MoreRetainedFlowLogs", [], logs, *answers)


VPC = ResourceType(
    name="ec2.vpc",
    title="VPC with its flow logs",
    view=vpc_view,
    calls=(VPC_LISTING,),
    fields={
        "VpcId": Field("Id of the VPC."),
        "OwnerId": Field("Account that owns the VPC."),
        "Own": Field("Whether that is the account itself; others may share subnets of a VPC with it."),
        "Region": Field("Region of the VPC."),
        "FlowLogs": Field(
            "Its flow logs, but for those of single subnets and network interfaces, as objects {FlowLogId, "
            "FlowLogStatus, DeliverLogsStatus, TrafficType, Destination, Summary}; [] without any.",
            calls=(FLOW_LOG_LISTING,),
        ),
        "RetainedFlowLogs": Field(
            "Those of them of which it is known how long their records are kept, with KeptDays: null where no end is "
            "set, 0 where the log group or the bucket does not exist.",
            calls=_KEPT,
        ),
        "MoreRetainedFlowLogs": Field(
            "Always []; a gap where it is not known of a flow log how long its records are kept.", calls=_KEPT
        ),
    },
    own_names={"NETWORK": "VpcId", "REGION": "Region"},
    listed_by=(VPC_LISTING.operation,),
)
