"""Event data stores of CloudTrail Lake with the queries that were run over them lately.

Source: CloudTrail API reference, ``ListQueries`` ("a list of queries and query statuses for the past seven days", with
the id, the status and the creation time of each, and neither its text nor who ran it) and ``GetEventDataStore``.
"""

from collections.abc import Iterator

from scanner.audit_path.keys import EVENT_DATA_STORE, EVENT_DATA_STORES, STORE_LISTING
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.facts.uses import Use
from scanner.resources.trails.event_data_stores import ListedStore, described, holds_events, listed_stores
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import parse_time, rfc3339

STORE_QUERIES = Use("cloudtrail.ListQueries", per=EVENT_DATA_STORES)
"""The queries that were run over an event data store in the last seven days."""

_FINISHED = "FINISHED"


def event_store_view(snapshot: Snapshot, account: str) -> View:
    """One row for each event data store of the account; one that is gone since it was listed is left out."""
    stores, gaps = listed_stores(snapshot, account)
    asked = [(store, described(snapshot, account, store)) for store in stores]
    return view_of([_row(snapshot, account, store, told) for store, told in asked if not told.absent], gaps)


def _row(snapshot: Snapshot, account: str, store: ListedStore, told: Answer) -> Row:
    facts = Facts({"EventDataStoreArn": store.arn})
    facts.take("Name", told.first.get("Name") or store.arn, told)
    facts.take("Status", told.first.get("Status"), told, pointer="/pages/0/Status")
    facts.take("HoldsEvents", holds_events(told.first.get("AdvancedEventSelectors")), told)
    asked = {"EventDataStore": store.arn}
    queries = checked(snapshot.ask(account, store.region, STORE_QUERIES.operation, asked), "Queries", list)
    finished = sorted(_finished(queries))
    facts.take("Queries", sum(1 for _ in mappings(queries, "Queries")), queries)
    facts.take("FinishedQueries", len(finished), queries)
    facts.take("LastFinished", finished[-1] if finished else None, queries)
    return facts.row("insights.event_data_store", account, store.region, store.arn, (store.source,))


def _finished(queries: Answer) -> Iterator[str]:
    for _, query in mappings(queries, "Queries"):
        created = parse_time(query.get("CreationTime"))
        if query.get("QueryStatus") == _FINISHED and created is not None:
            yield rfc3339(created)


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
