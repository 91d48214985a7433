"""Event data stores of CloudTrail Lake: what they take in, for how long they keep it, and what protects them.

Only customers from before June 2026 have them. Sources: CloudTrail API reference, ``GetEventDataStore`` and
``CreateEventDataStore``; CloudTrail User Guide, "CloudTrail Lake availability change".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.keys import EVENT_DATA_STORE, STORE_KEYS, STORE_LISTING, STORES_PAGE
from scanner.audit_path.stores import mappings, no_region
from scanner.facts.facts import Facts, checked, member
from scanner.facts.owners import ask_about_key
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.facts.uses import Use
from scanner.model import Gap, GapKind, Source
from scanner.recording.selectors import read_selectors, unrecorded_sources
from scanner.resources.trails.organizations import (
    DESCRIBE_ORGANIZATION,
    TRAIL_ADMINISTRATORS,
    describe_organization,
    trail_administrators,
)
from scanner.resources.trails.store_insights import INSIGHT_FIELDS, put_insights
from scanner.snapshot.answers import Answer, Snapshot

_OF_CLOUDTRAIL = frozenset({"Management", "Data", "NetworkActivity", "Insight"})
"""Categories of events that CloudTrail records itself; a store may hold configuration items or others' events."""

_FLAGS = ("MultiRegionEnabled", "OrganizationEnabled", "TerminationProtectionEnabled")
"""What AWS tells of every event data store, as true or false."""


@dataclass(frozen=True, slots=True)
class ListedStore:
    """An event data store, by its ARN, and where the listing of a Region shows it."""

    arn: str
    region: str
    source: Source


def listed_stores(snapshot: Snapshot, account: str) -> tuple[list[ListedStore], list[Gap]]:
    """Every event data store that the account's Regions list, and the gaps behind which others may be."""
    stores: list[ListedStore] = []
    gaps: list[Gap] = []
    regions = snapshot.regions(account)
    for region in regions:
        listed = checked(snapshot.ask(account, region, STORE_LISTING.operation, STORES_PAGE), "EventDataStores", list)
        if listed.gap is not None:
            gaps.append(listed.gap)
        elif listed.first.get("NextToken"):
            reason = f"{listed.operation} in {account}/{region} listed more event data stores than fit in one answer"
            gaps.append(Gap(key=listed.key, kind=GapKind.NOT_COLLECTED, reason=reason))
        for pointer, item in mappings(listed, "EventDataStores"):
            arn = item.get("EventDataStoreArn")
            if isinstance(arn, str):
                stores.append(ListedStore(arn, region, Source(listed.key, pointer)))
    # In a Region that is not enabled there is nothing; when all refuse so, nothing was looked at.
    off = [gap for gap in gaps if gap.kind is GapKind.REGION_OFF]
    told = gaps if len(off) == len(regions) else [gap for gap in gaps if gap not in off]
    return stores, told if regions else [no_region(snapshot, account)]


def described(snapshot: Snapshot, account: str, store: ListedStore) -> Answer:
    """What ``GetEventDataStore`` says of a store; absent when it is gone since it was listed."""
    return snapshot.ask(account, store.region, EVENT_DATA_STORE.operation, {"EventDataStore": store.arn})


def holds_events(selectors: Any) -> bool:
    """Whether a store takes events that CloudTrail records; without selectors it takes management events.

    Source: CloudTrail API reference, ``CreateEventDataStore`` and ``AdvancedFieldSelector``.
    """
    found = [each for each in selectors if isinstance(each, Mapping)] if isinstance(selectors, list) else []
    return not found or any(_takes_events(selector) for selector in found)


def _takes_events(selector: Mapping[str, Any]) -> bool:
    fields = [field for field in selector.get("FieldSelectors") or () if isinstance(field, Mapping)]
    categories = [field.get("Equals") or () for field in fields if field.get("Field") == "eventCategory"]
    return not categories or any(not _OF_CLOUDTRAIL.isdisjoint(values) for values in categories)


def event_data_store_view(snapshot: Snapshot, account: str) -> View:
    """One row for each event data store of the account; one that is gone since it was listed is left out."""
    stores, gaps = listed_stores(snapshot, account)
    asked = [(store, described(snapshot, account, store)) for store in stores]
    return view_of([_row(snapshot, account, store, told) for store, told in asked if not told.absent], gaps)


def _row(snapshot: Snapshot, account: str, store: ListedStore, told: Answer) -> Row:
    facts = Facts({"EventDataStoreArn": store.arn})
    facts.take("Name", told.first.get("Name") or store.arn, told)
    _state(facts, told)
    _selected(facts, told)
    _key(facts, snapshot, account, store.region, told)
    _organization(facts, snapshot, account)
    put_insights(facts, snapshot, account, store.region, store.arn)
    return facts.row("cloudtrail.event_data_store", account, store.region, store.arn, (store.source,))


def _state(facts: Facts, told: Answer) -> None:
    for name in _FLAGS:
        known = checked(told, name, bool)
        facts.take(name, known.first.get(name), known, pointer=f"/pages/0/{name}")
    for name, kind in (("Status", str), ("RetentionPeriod", int)):
        known = checked(told, name, kind)
        facts.take(name, known.first.get(name), known, pointer=f"/pages/0/{name}")


def _selected(facts: Facts, told: Answer) -> None:
    """What the selectors take in; they are read like those of a trail."""
    place = "/pages/0/AdvancedEventSelectors"
    facts.take("HoldsEvents", holds_events(told.first.get("AdvancedEventSelectors")), told, pointer=place)
    chosen = {"AdvancedEventSelectors": told.first.get("AdvancedEventSelectors")}
    selectors = read_selectors(chosen, custom=False)
    takes = any(selector.management is not None for selector in selectors)
    facts.take("HoldsManagementEvents", takes, told, pointer=place)
    for side, name in (("read", "UnrecordedReads"), ("write", "UnrecordedWrites")):
        facts.take(name, [*unrecorded_sources(selectors, side)], told, pointer=place)


def _key(facts: Facts, snapshot: Snapshot, account: str, region: str, told: Answer) -> None:
    """The key as KMS describes it; without one CloudTrail encrypts the store with a key of its own."""
    key = told.first.get("KmsKeyId") or None
    facts.take("KmsKeyId", key, told, pointer="/pages/0/KmsKeyId")
    if told.gap is not None or not isinstance(key, str):
        facts.take("KmsKey", None, told, pointer="/pages/0/KmsKeyId")
        return
    arn = parse_arn(key)
    answer = ask_about_key(snapshot, account, (arn.region if arn else "") or region, "kms.DescribeKey", key)
    facts.take("KmsKey", member(answer, "KeyMetadata"), answer, pointer="/pages/0/KeyMetadata")


def _organization(facts: Facts, snapshot: Snapshot, account: str) -> None:
    """Whether the account may make stores of its organization: its management account and delegated administrators.

    Who the administrators are only the management account is told. Source: CloudTrail User Guide, "Understanding
    organization event data stores".
    """
    answer = describe_organization(snapshot, account)
    organization = member(answer, "Organization") or {}
    if answer.gap is None and (not organization or organization.get("MasterAccountId") == account):
        facts.take("MayHoldOrganization", bool(organization), answer, pointer="/pages/0/Organization")
        return
    administrators, asked = trail_administrators(snapshot, account)
    facts.take("MayHoldOrganization", account in administrators, *asked)


_STORE = (EVENT_DATA_STORE,)

STORE = ResourceType(
    name="cloudtrail.event_data_store",
    title="Event data store of CloudTrail Lake",
    view=event_data_store_view,
    calls=(STORE_LISTING,),
    fields={
        "EventDataStoreArn": Field("ARN of the event data store."),
        "Name": Field("Name of the event data store.", calls=_STORE),
        "Status": Field(
            "CREATED, ENABLED, PENDING_DELETION, STARTING_INGESTION, STOPPING_INGESTION or STOPPED_INGESTION.",
            calls=_STORE,
        ),
        "HoldsEvents": Field(
            "Whether it takes events that CloudTrail records, and not only configuration items or events of others.",
            calls=_STORE,
        ),
        "HoldsManagementEvents": Field("Whether it takes management events, however few.", calls=_STORE),
        "UnrecordedReads": Field(
            "Event sources whose read management events it does not all take; * stands for all unnamed ones.",
            calls=_STORE,
        ),
        "UnrecordedWrites": Field("The same of write management events.", calls=_STORE),
        "MultiRegionEnabled": Field("Whether it takes in events of every Region.", calls=_STORE),
        "OrganizationEnabled": Field("Whether it takes in events of every account of the organization.", calls=_STORE),
        "MayHoldOrganization": Field(
            "Whether the account may have event data stores of its organization: it manages that organization, or is "
            "a delegated administrator for CloudTrail in it.",
            calls=(DESCRIBE_ORGANIZATION, TRAIL_ADMINISTRATORS),
        ),
        "RetentionPeriod": Field("Days for which events are kept.", calls=_STORE),
        "TerminationProtectionEnabled": Field(
            "Whether nobody can delete it before this protection is turned off.", calls=_STORE
        ),
        "KmsKeyId": Field(
            "ARN of the KMS key that encrypts it; null where CloudTrail uses a key of its own.", calls=_STORE
        ),
        "KmsKey": Field(
            "KeyMetadata of that key as kms.DescribeKey gives it (KeyManager, KeyState, …); null without one.",
            calls=(EVENT_DATA_STORE, Use("kms.DescribeKey", per=STORE_KEYS)),
        ),
        **INSIGHT_FIELDS,
    },
    own_names={"STORE": "EventDataStoreArn", "NAME": "Name", "ARN": "EventDataStoreArn", "KEY": "KmsKeyId"},
    listed_by=("cloudtrail.ListEventDataStores",),
)
