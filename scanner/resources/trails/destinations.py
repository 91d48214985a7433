"""Whether an event data store that something names as its destination takes in the events that are meant for it."""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.keys import EVENT_DATA_STORE, STORE_LISTING, STORES_PAGE
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings
from scanner.facts.facts import checked, undecided
from scanner.snapshot.answers import Answer, Snapshot

DESTINATION_CALLS = (STORE_LISTING, EVENT_DATA_STORE)
"""What the answer rests on."""

_TAKES_IN = "ENABLED"


def takes_in(snapshot: Snapshot, account: str, region: str, arn: str, category: str) -> tuple[bool, tuple[Answer, ...]]:
    """Whether a store exists, is enabled and selects events of a category, and the answers that tell.

    One of them is a gap where that is not known: the store is another account's, or its listing was refused.
    """
    named = parse_arn(arn)
    where = (named.region if named else "") or region
    listed = checked(snapshot.ask(account, where, STORE_LISTING.operation, STORES_PAGE), "EventDataStores", list)
    if named is not None and named.account not in {"", account}:
        return False, (
            undecided(listed, f"event data store {arn} is of account {named.account}, which alone can tell"),
        )
    if listed.gap is not None:
        return False, (listed,)
    if listed.first.get("NextToken"):
        return False, (undecided(listed, f"{listed.operation} listed more event data stores than fit in one answer"),)
    if all(text_member(store, "EventDataStoreArn") != arn for _, store in mappings(listed, "EventDataStores")):
        return False, (listed,)
    store = snapshot.ask(account, where, EVENT_DATA_STORE.operation, {"EventDataStore": arn})
    return _takes(store, category), (store, listed)


def _takes(store: Answer, category: str) -> bool:
    if store.absent or store.first.get("Status") != _TAKES_IN:
        return False
    listed = mappings(store, "AdvancedEventSelectors")
    return any(category in values for _, selector in listed for values in _categories(selector))


def _categories(selector: Mapping[str, Any]) -> Iterator[list[Any]]:
    fields = selector.get("FieldSelectors")
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, Mapping) and field.get("Field") == "eventCategory":
            values = field.get("Equals")
            yield values if isinstance(values, list) else []
