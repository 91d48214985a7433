"""Records that a later record replaces: CloudTrail completes an event by another one that names the first.

Such a record has an ``addendum`` whose reason is ``UPDATED_DATA`` and whose ``originalEventID`` is the id of the first.
Source: AWS CloudTrail User Guide, "CloudTrail record contents", addendum.
"""

from collections.abc import Mapping
from typing import Any, Final

from scanner.events.reading.fields.event_ids import fingerprint

ADDENDUM: Final = "addendum"
UPDATED = "UPDATED_DATA"


def original_of(record: Mapping[str, Any]) -> str:
    """The id of the event that a record replaces; "" for a record that replaces none."""
    addendum = record.get(ADDENDUM)
    if not isinstance(addendum, dict) or addendum.get("reason") != UPDATED:
        return ""
    original = addendum.get("originalEventID")
    return original if isinstance(original, str) else ""


def update_of(record: Mapping[str, Any]) -> str:
    """What tells a record from the one it replaces when both have the same id, as CloudTrail's often have; else ""."""
    original = original_of(record)
    return f" {UPDATED}" if original and original == record.get("eventID") else ""


def number_of(event_id: str) -> int:
    """The number by which an id is remembered."""
    return fingerprint(event_id)
