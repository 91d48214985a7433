"""Which values of a CloudTrail record a Sigma field names, as selectors of filter patterns."""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from scanner.pattern import ANY, Selector, Step
from scanner.sigma.outcome import Unsayable
from scanner.sigma.records.members import require_documented
from scanner.wording import did_you_mean, shown

# AWS, "CloudTrail record contents" (eventVersion 1.11), with the members of aggregated events and of the activity log.
_TEXTS = frozenset(
    {
        *("eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent"),
        *(
            "errorCode",
            "errorMessage",
            "requestID",
            "eventID",
            "eventId",
            "eventType",
            "recipientAccountId",
            "accountId",
        ),
        *("sharedEventID", "vpcEndpointId", "vpcEndpointAccountId", "eventCategory"),
        # Insights events as an event data store holds them
        *("insightState", "insightType", "insightEventSource", "insightEventName", "insightErrorCode"),
    }
)
_SCALARS = frozenset({"apiVersion", "managementEvent", "readOnly", "sessionCredentialFromConsole"})
_FREE = frozenset({"requestParameters", "responseElements", "additionalEventData", "serviceEventDetails", "eventData"})
_OBJECTS = frozenset(
    {"userIdentity", "tlsDetails", "edgeDeviceDetails", "insightDetails", "addendum", "eventContext", "timeWindow"}
    | {"summary", "metadata", "insightContext"}
)
_LISTS = frozenset({"resources"})
_MEMBERS = _TEXTS | _SCALARS | _FREE | _OBJECTS | _LISTS
_NAME = re.compile(r"[^\x00-\x20.'\"%\[\]{}*$\x7f]+")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Reading:
    """``selectors`` together find every value the field names.

    ``text_only``: AWS documents the member as a text. ``may_be_list``: the value itself may be a list of values.
    """

    selectors: tuple[Selector, ...]
    text_only: bool
    may_be_list: bool


@cache
def reading(field: str, *, objects: bool = False) -> Reading:
    """How a field is read; raises Unsayable for one that no record has, or that no selector can name.

    With ``objects`` the field may be an object or a list as a whole, of which only its absence can be asked.
    """
    names = field.split(".")
    if len(field) > _LONGEST or not all(_NAME.fullmatch(name) for name in names):
        raise Unsayable(f"the field {shown(field)} is not a plain dotted path")
    if any(name.isdigit() for name in names):
        raise Unsayable(f"the field {shown(field)} has a number in it, which may be a key or a place in a list")
    root = names[0]
    if root not in _MEMBERS:
        raise Unsayable(f"CloudTrail records have no field {shown(root)}.{did_you_mean(root, _MEMBERS)}")
    whole = objects and len(names) == 1
    if len(names) == 1 and root not in _TEXTS | _SCALARS and not whole:
        raise Unsayable(f"{root} holds members and no text; name the member that is meant, as {root}.name")
    if len(names) > 1 and root in _TEXTS | _SCALARS:
        raise Unsayable(f"{root} is a single value in CloudTrail records and has no member {shown(names[1])}")
    if len(names) > 1:
        require_documented(names, objects=objects)
    selectors = (Selector((root,)),) if whole else _selectors(names, root)
    may_be_list = root in _FREE and _as_written(names[-1]) in _lists("values")
    if may_be_list and len(selectors) > 1:
        raise Unsayable(f"{shown(field)} may be a list inside a list; a selector has one [*]")
    return Reading(
        selectors=selectors,
        text_only=root in _TEXTS,
        may_be_list=may_be_list,
    )


def _selectors(names: list[str], root: str) -> tuple[Selector, ...]:
    if root in _LISTS:
        return (Selector((root, ANY, *names[1:])),)
    lists = _lists_on_the_way(names)
    if len(lists) > 1:
        within = " and ".join(names[place] for place in lists)
        raise Unsayable(f"{shown('.'.join(names))} may lie in a list inside a list ({within}); a selector has one [*]")
    found: list[tuple[Step, ...]] = [tuple(names)]
    found += [(*names[: place + 1], ANY, *names[place + 1 :]) for place in lists]
    return tuple(Selector(steps) for steps in found)


def _lists_on_the_way(names: list[str]) -> list[int]:
    """The places of the steps, but for the last, that some API has as a list."""
    if names[0] not in _FREE:
        return []
    known = _lists("containers")
    # EC2 and CloudFront write a list as an object whose member `items` is the list; the object itself is none.
    return [
        place
        for place in range(1, len(names) - 1)
        if _as_written(names[place]) in known and names[place + 1] != "items"
    ]


def _as_written(name: str) -> str:
    """A member as the tables have it: most services write a small first letter, S3 a capital one."""
    return name[:1].lower() + name[1:]


@cache
def _lists(kind: str) -> frozenset[str]:
    """Members that are lists of ``containers`` or plain ``values`` in some API; EC2 writes its lists as ``items``."""
    text = (files("scanner.sigma.records") / "list_members.json").read_text("utf-8")
    return frozenset(json.loads(text)[kind].split()) | {"items"}


def grouping_path(field: str) -> str:
    """A field as a threshold counts by it; raises Unsayable when it may name more than one value."""
    found = reading(field)
    if len(found.selectors) > 1 or ANY in found.selectors[0].steps or not _PLAIN.fullmatch(field):
        raise Unsayable(f"records cannot be counted by {shown(field)}, which may name several values")
    return field
