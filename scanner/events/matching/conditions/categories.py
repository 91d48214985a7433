"""What a record is a record of, by its ``eventCategory``, and which kinds a rule speaks of.

Management and data events are API calls, sign-ins and what services do: rules judge them. The other categories say the
same once more or something else: network activity is what a VPC endpoint let through or refused, of a call that has a
record of its own when it reached its service; Insights and aggregated events are statistics. Rules judge those only
when they say so. Source: AWS CloudTrail User Guide, "CloudTrail record contents", eventCategory.
"""

from collections.abc import Mapping
from typing import Any, Final

from scanner.model import APART
from scanner.pattern.language.nodes import Steps

CATEGORY: Final[Steps] = ("eventCategory",)

AGGREGATED, INSIGHT, NETWORK_ACTIVITY = APART
"""Categories that a rule judges only when it says so. Whatever else a record says of itself, it is judged."""


def name_of(category: Any) -> str:
    """The name of a category apart, or "" for a record that every rule judges."""
    return category if isinstance(category, str) and category in APART else ""


def id_of(record: Mapping[str, Any]) -> Any:
    """What a record has as its id; aggregated events call it otherwise."""
    return record.get("eventId", "") if _is_aggregated(record) else record.get("eventID")


def account_of(record: Mapping[str, Any]) -> Any:
    """What a record has as the account it is of; aggregated events call it otherwise."""
    return record.get("accountId", "") if _is_aggregated(record) else record.get("recipientAccountId")


def _is_aggregated(record: Mapping[str, Any]) -> bool:
    return record.get("eventCategory") == AGGREGATED and not {"eventID", "recipientAccountId"} & set(record)
