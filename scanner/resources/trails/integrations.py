"""Integrations of CloudTrail Lake: channels through which other systems, on premises or elsewhere, send their events.

CloudWatch's service-linked channels are listed with them and are none. Sources: CloudTrail API reference,
``ListChannels``, ``GetChannel`` and ``IngestionStatus`` ("the most recent successful and failed attempts to ingest
events"); CloudTrail user guide, "Create an integration with an event source outside of AWS".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.audit_path.members import text_member
from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import mappings, no_region
from scanner.facts.facts import Facts, checked, member
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, GapKind, Source
from scanner.resources.trails.destinations import DESTINATION_CALLS, takes_in
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import parse_time, rfc3339

CHANNELS = Use("cloudtrail.ListChannels", per=REGIONS)
"""The channels of a Region."""

_OF_SERVICES = "aws-service-channel/"
"""How the names of channels that services of AWS keep begin (CloudTrail user guide, "service-linked channels")."""

_CATEGORY = "ActivityAuditLog"
_STORE = "EVENT_DATA_STORE"


def _channels(look: Look) -> Iterator[Thing]:
    for region in look.snapshot.regions(look.account):
        for _, channel in _integrations(look.snapshot.ask(look.account, region, CHANNELS.operation)):
            yield Thing(region, {"channel": text_member(channel, "ChannelArn")})


def _integrations(listed: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for pointer, channel in mappings(listed, "Channels"):
        if text_member(channel, "ChannelArn") and not text_member(channel, "Name").startswith(_OF_SERVICES):
            yield pointer, channel


CHANNEL = Use("cloudtrail.GetChannel", per=Things("integration", _channels, (CHANNELS,)))


def integration_view(snapshot: Snapshot, account: str) -> View:
    """One row for each integration of the account; one that is gone since it was listed is left out."""
    rows: list[Row] = []
    gaps: list[Gap] = []
    regions = snapshot.regions(account)
    for region in regions:
        listed = checked(snapshot.ask(account, region, CHANNELS.operation), "Channels", list)
        if listed.gap is not None:
            gaps.append(listed.gap)
        for pointer, channel in _integrations(listed):
            rows += _rows(snapshot, account, region, channel, Source(listed.key, pointer))
    # In a Region that is not enabled there is nothing; when all refuse so, nothing was looked at.
    off = [gap for gap in gaps if gap.kind is GapKind.REGION_OFF]
    told = gaps if len(off) == len(regions) else [gap for gap in gaps if gap not in off]
    return view_of(rows, told if regions else [no_region(snapshot, account)])


def _rows(snapshot: Snapshot, account: str, region: str, channel: Mapping[str, Any], source: Source) -> Iterator[Row]:
    arn = text_member(channel, "ChannelArn")
    told = snapshot.ask(account, region, CHANNEL.operation, {"Channel": arn})
    if told.absent:
        return
    facts = Facts({"ChannelArn": arn, "Name": text_member(channel, "Name") or arn})
    facts.take("Source", told.first.get("Source"), told, pointer="/pages/0/Source")
    _ingested(facts, told)
    _stores(facts, snapshot, account, region, told)
    yield facts.row("cloudtrail.integration", account, region, arn, (source,))


def _ingested(facts: Facts, told: Answer) -> None:
    """What came in last. A failure that was followed by a success is over."""
    status = member(told, "IngestionStatus") or {}
    place = "/pages/0/IngestionStatus"
    success = parse_time(status.get("LatestIngestionSuccessTime"))
    attempt = parse_time(status.get("LatestIngestionAttemptTime"))
    failed = attempt is not None and (success is None or attempt > success)
    facts.take("LatestSuccess", rfc3339(success) if success is not None else None, told, pointer=place)
    facts.take("LatestAttempt", rfc3339(attempt) if attempt is not None else None, told, pointer=place)
    facts.take("LatestAttemptFailed", failed, told, pointer=place)
    facts.take("LatestError", status.get("LatestIngestionErrorCode") if failed else None, told, pointer=place)


def _stores(facts: Facts, snapshot: Snapshot, account: str, region: str, told: Answer) -> None:
    """Where events go, and which of these places take none in: gone, not enabled, or for events of other kinds."""
    known = checked(told, "Destinations", list)
    listed = [each for _, each in mappings(known, "Destinations") if each.get("Type") == _STORE]
    arns = [arn for each in listed if (arn := text_member(each, "Location"))]
    facts.take("Stores", arns, known, pointer="/pages/0/Destinations")
    idle: list[str] = []
    asked: list[Answer] = [known]
    for arn in arns:
        taking, answers = takes_in(snapshot, account, region, arn, _CATEGORY)
        idle += [] if taking else [arn]
        asked += answers
    facts.take("IdleStores", idle, *asked, pointer="/pages/0/Destinations")


_ABOUT = (CHANNEL,)

INTEGRATION = ResourceType(
    name="cloudtrail.integration",
    title="Integration of CloudTrail Lake: a channel through which another system sends its events",
    view=integration_view,
    calls=(CHANNELS,),
    fields={
        "ChannelArn": Field("ARN of the channel."),
        "Name": Field("Name of the channel."),
        "Source": Field("The partner whose events come through it, or Custom.", calls=_ABOUT),
        "LatestSuccess": Field("When an event last came in (RFC 3339); null before the first.", calls=_ABOUT),
        "LatestAttempt": Field("When an event was last sent (RFC 3339); null before the first.", calls=_ABOUT),
        "LatestAttemptFailed": Field("Whether no event came in since an attempt that failed.", calls=_ABOUT),
        "LatestError": Field("The error code of that attempt; null where it did not fail.", calls=_ABOUT),
        "Stores": Field("ARNs of the event data stores that its events go to.", calls=_ABOUT),
        "IdleStores": Field(
            "Those of them that take in none of its events: gone, not enabled, or for events of other kinds.",
            calls=(CHANNEL, *DESTINATION_CALLS),
        ),
    },
    own_names={"CHANNEL": "ChannelArn", "NAME": "Name", "ARN": "ChannelArn"},
    listed_by=("cloudtrail.ListChannels",),
)
