"""Event data stores of CloudTrail Lake with the queries that were run over them lately.

Source: CloudTrail API reference, ``ListQueries`` ("a list of queries and query statuses for the past seven days", with
the id, the status and the creation time of each, and neither its text nor who ran it) and ``GetEventDataStore``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.audit_path.keys import EVENT_DATA_STORE, EVENT_DATA_STORES, STORE_LISTING, STORES_PAGE
from scanner.audit_path.stores import mappings, no_region
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.facts.uses import Use
from scanner.model import Gap, GapKind, Source
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import parse_time, rfc3339

STORE_QUERIES = Use("cloudtrail.ListQueries", per=EVENT_DATA_STORES)
"""The queries that were run over an event data store in the last seven days."""

_OF_CLOUDTRAIL = frozenset({"Management", "Data", "NetworkActivity", "Insight"})
"""Categories of events that CloudTrail records itself; a store may hold configuration items or others' events."""

_FINISHED = "FINISHED"


def event_store_view(snapshot: Snapshot, account: str) -> View:
    """One row for each event data store of the account; one that is gone since it was listed is left out."""
    rows: list[Row] = []
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
                rows += _rows(snapshot, account, region, arn, Source(listed.key, pointer))
    # In a Region that is not enabled there is nothing; when all refuse so, nothing was looked at.
    off = [gap for gap in gaps if gap.kind is GapKind.REGION_OFF]
    told = gaps if len(off) == len(regions) else [gap for gap in gaps if gap not in off]
    return view_of(rows, told if regions else [no_region(snapshot, account)])


def _rows(snapshot: Snapshot, account: str, region: str, arn: str, source: Source) -> Iterator[Row]:
    asked = {"EventDataStore": arn}
    store = snapshot.ask(account, region, EVENT_DATA_STORE.operation, asked)
    if store.absent:
        return
    facts = Facts({"EventDataStoreArn": arn})
    facts.take("Name", store.first.get("Name") or arn, store)
    facts.take("Status", store.first.get("Status"), store, pointer="/pages/0/Status")
    facts.take("HoldsEvents", _holds_events(store.first.get("AdvancedEventSelectors")), store)
    queries = checked(snapshot.ask(account, region, STORE_QUERIES.operation, asked), "Queries", list)
    finished = sorted(_finished(queries))
    facts.take("Queries", sum(1 for _ in mappings(queries, "Queries")), queries)
    facts.take("FinishedQueries", len(finished), queries)
    facts.take("LastFinished", finished[-1] if finished else None, queries)
    yield facts.row("insights.event_data_store", account, region, arn, (source,))


def _finished(queries: Answer) -> Iterator[str]:
    for _, query in mappings(queries, "Queries"):
        created = parse_time(query.get("CreationTime"))
        if query.get("QueryStatus") == _FINISHED and created is not None:
            yield rfc3339(created)


def _holds_events(selectors: Any) -> bool:
    """Whether a store takes events that CloudTrail records; without selectors it takes management events.

    Source: CloudTrail API reference, ``CreateEventDataStore`` and ``AdvancedFieldSelector``.
    """
    found = [each for each in selectors if isinstance(each, Mapping)] if isinstance(selectors, list) else []
    return not found or any(_takes_events(selector) for selector in found)


def _takes_events(selector: Mapping[str, Any]) -> bool:
    fields = [field for field in selector.get("FieldSelectors") or () if isinstance(field, Mapping)]
    categories = [field.get("Equals") or () for field in fields if field.get("Field") == "eventCategory"]
    return not categories or any(not _OF_CLOUDTRAIL.isdisjoint(values) for values in categories)


EVENT_STORE = ResourceType(
    name="insights.event_data_store",
    title="Event data store of CloudTrail Lake with the queries that were run over it",
    view=event_store_view,
    calls=(STORE_LISTING,),
    fields={
        "EventDataStoreArn": Field("ARN of the event data store."),
        "Name": Field("Name of the event data store.", calls=(EVENT_DATA_STORE,)),
        "Status": Field(
            "CREATED, ENABLED, PENDING_DELETION, STARTING_INGESTION, STOPPING_INGESTION or STOPPED_INGESTION.",
            calls=(EVENT_DATA_STORE,),
        ),
        "HoldsEvents": Field(
            "Whether it takes events that CloudTrail records, and not only configuration items or events of others.",
            calls=(EVENT_DATA_STORE,),
        ),
        "Queries": Field(
            "How many queries over it CloudTrail lists of the last seven days, by a person, a dashboard or a program.",
            calls=(STORE_QUERIES,),
        ),
        "FinishedQueries": Field("How many of them finished.", calls=(STORE_QUERIES,)),
        "LastFinished": Field(
            "When the latest of those that finished was begun (RFC 3339); null without any.", calls=(STORE_QUERIES,)
        ),
    },
    own_names={"NAME": "Name", "ARN": "EventDataStoreArn"},
)
