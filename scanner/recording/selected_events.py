"""Which events selectors select between them, decided for every event that may happen and not for samples.

An event is taken apart into fields that are independent of each other; a selector accepts a set of values in each of
them. For each field one value stands for all that no selector can tell apart, so an answer is a proof. Sources:
CloudTrail API reference, ``AdvancedFieldSelector``; CloudTrail User Guide, "CloudTrail record contents" (which
values ``eventType`` has, that ``sessionCredentialFromConsole`` is only written when it is true) and "Filtering data
events by using advanced event selectors" (within a field the Not… operators must all hold and at least one of the
others; fields, and thus conditions, are joined by "and", selectors by "or").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

EVERY_SOURCE = "*"
"""Stands for all event sources that no selector names."""

FRESH = "\x00"
"""A character no field holds: it keeps a made-up value from matching anything but its beginning and its end."""

S3_OBJECT = "AWS::S3::Object"

SIDES: Mapping[str, str] = {"read": "true", "write": "false"}
"""The value of ``readOnly`` in the events of each side."""

_MOST_COMBINATIONS = 50_000
"""Above this the fields are not combined any further: selectors that intricate are not proven to record everything."""

_VERBS: Mapping[str, tuple[str, ...]] = {
    "read": ("Get", "Head", "List", "Select"),
    "write": (
        "Abort",
        "Complete",
        "Copy",
        "Create",
        "Delete",
        "Post",
        "Put",
        "Rename",
        "Restore",
        "Update",
        "Upload",
    ),
}
"""How the names of the S3 API's object-level calls begin, by side.

Source: Amazon S3 User Guide, "Amazon S3 CloudTrail events".
"""

Value = str | None
"""The value of a field in an event; None in an event without the field."""


@dataclass(frozen=True, slots=True)
class FieldCondition:
    """The operators of one field of an advanced event selector."""

    name: str
    equals: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    not_equals: tuple[str, ...] = ()
    not_starts: tuple[str, ...] = ()
    not_ends: tuple[str, ...] = ()

    @property
    def is_positive(self) -> bool:
        """Whether one of the operators says which values are selected."""
        return bool(self.equals or self.starts or self.ends)

    @property
    def is_negative(self) -> bool:
        """Whether one of the operators says which values are not."""
        return bool(self.not_equals or self.not_starts or self.not_ends)

    @property
    def texts(self) -> tuple[str, ...]:
        """What the operators compare with."""
        return self.equals + self.starts + self.ends + self.not_equals + self.not_starts + self.not_ends

    def accepts(self, value: Value) -> bool:
        """Whether an event with this value of the field is selected; nothing is when there is no operator.

        An event without the field has no value that is equal to anything: only the Not… operators accept it.
        """
        if value is None:
            return self.is_negative and not self.is_positive
        if value in self.not_equals or value.startswith(self.not_starts) or value.endswith(self.not_ends):
            return False
        if self.is_positive:
            return value in self.equals or value.startswith(self.starts) or value.endswith(self.ends)
        return self.is_negative


Box = tuple[FieldCondition, ...]
"""The conditions of one selector; an event is selected when all of them accept it."""


@dataclass(frozen=True, slots=True)
class Events:
    """A set of events that must be recorded: which values each field has in them.

    ``closed`` lists the values of a field; ``below`` says how every value of a field begins. Fields that are not named
    may hold any text, and events may lack them unless they are in ``always``. ``unlike`` are the beginnings of event
    names that none of these events has.
    """

    closed: Mapping[str, tuple[Value, ...]]
    below: Mapping[str, str] = field(default_factory=dict)
    always: frozenset[str] = frozenset()
    unlike: tuple[str, ...] = ()

    def values(self, name: str, conditions: Sequence[FieldCondition]) -> list[Value]:
        """One value of a field for each kind that the conditions on it can tell apart."""
        if name in self.closed:
            return list(self.closed[name])
        start = self.below.get(name, "")
        kinds = [value for value, _ in kinds_of_text(conditions, start)]
        if name == "eventName" and self.unlike:
            kinds = [value for value in kinds if not value.startswith(self.unlike)]
        return [*kinds, *(() if name in self.always else (None,))]


def kinds_of_text(
    conditions: Iterable[FieldCondition], start: str = "", named: Iterable[str] = ()
) -> list[tuple[str, str]]:
    """One text beginning with ``start`` of each kind that the conditions tell apart, with how to print it.

    A text that no condition names is known by the longest beginning and the longest end that conditions compare with.
    """
    listed = list(conditions)
    names = {*named, *(text for item in listed for text in item.equals + item.not_equals)}
    starts = {start, *(text for item in listed for text in item.starts + item.not_starts)}
    ends = {"", *(text for item in listed for text in item.ends + item.not_ends)}
    kinds = [(name, name) for name in sorted(names) if name.startswith(start)]
    kinds += [
        (f"{before}{FRESH}{after}", f"{before}*{after}")
        for before in sorted(starts)
        if before.startswith(start)
        for after in sorted(ends)
    ]
    return kinds


_OPEN: Mapping[str, tuple[Value, ...]] = {"sessionCredentialFromConsole": ("true", None)}


def management_events(side: str, source: str) -> Events:
    """Every management event of a side and an event source."""
    closed = {
        **_OPEN,
        "readOnly": (SIDES[side],),
        "eventSource": (source,),
        "eventType": ("AwsApiCall", "AwsConsoleAction", "AwsConsoleSignIn", "AwsServiceEvent"),
    }
    return Events(closed, always=frozenset({"eventName"}))


def all_management_events(side: str) -> Events:
    """Every management event of a side, whatever its event source."""
    one = management_events(side, "")
    closed = {name: values for name, values in one.closed.items() if name != "eventSource"}
    return Events(closed, always=one.always | {"eventSource"})


def object_data_events(side: str, prefix: str) -> Events:
    """Every data event of a side for S3 objects whose ARN begins with ``prefix``."""
    closed = {
        **_OPEN,
        "readOnly": (SIDES[side],),
        "eventSource": ("s3.amazonaws.com",),
        "eventType": ("AwsApiCall", "AwsServiceEvent"),
        "resources.type": (S3_OBJECT,),
    }
    (other,) = set(SIDES) - {side}
    return Events(
        closed,
        below={"resources.ARN": prefix},
        always=frozenset({"eventName", "resources.ARN"}),
        unlike=_VERBS[other],
    )


def data_events(side: str, kind: str, prefix: str = "") -> Events:
    """Every data event of a side for resources of a type, whose ARNs all begin with ``prefix`` where that is known.

    Which services and kinds of events they come from is not said, so that a condition on either narrows.
    """
    closed = {**_OPEN, "readOnly": (SIDES[side],), "resources.type": (kind,)}
    always = frozenset({"eventName", "eventSource", "eventType", *(("resources.ARN",) if prefix else ())})
    return Events(closed, below={"resources.ARN": prefix}, always=always)


def denied_network_activity(source: str) -> Events:
    """Every network activity event of a service for a call that the policy of a VPC endpoint denied.

    Source: CloudTrail User Guide, "Logging network activity events" (``VpceAccessDenied``).
    """
    closed = {**_OPEN, "eventSource": (source,), "errorCode": ("VpceAccessDenied",)}
    return Events(closed, always=frozenset({"eventName", "eventType", "vpcEndpointId"}))


def all_selected(boxes: Sequence[Box], events: Events, within: Box = ()) -> bool:
    """Whether at least one box accepts every one of the events, among those that the box ``within`` accepts."""
    names = sorted({condition.name for box in (*boxes, within) for condition in box})
    fields = [_accepted(boxes, name, events, within) for name in names]
    if not all(fields):
        return True  # One field alone keeps all events out of ``within``.
    if not boxes:
        return False
    whole = (1 << len(boxes)) - 1
    return _one_selects_all(whole, fields) or _each_is_selected(whole, fields)


def _one_selects_all(whole: int, fields: Sequence[set[int]]) -> bool:
    """Whether one box accepts whatever value any field has."""
    for accepted in fields:
        for mask in accepted:
            whole &= mask
    return whole != 0


def _each_is_selected(whole: int, fields: Sequence[set[int]]) -> bool:
    """Whether some box is left for every combination of values; False for too many combinations to try."""
    left = {whole}
    # What counts is which boxes are still in play; the smaller one of two such sets decides.
    for accepted in sorted(fields, key=len):
        if len(left) * len(accepted) > _MOST_COMBINATIONS:
            return False
        left = _least({before & mask for before in left for mask in accepted})
        if 0 in left:
            return False
    return True


def _accepted(boxes: Sequence[Box], name: str, events: Events, within: Box = ()) -> set[int]:
    """For each kind of value of a field, the boxes that accept it, as bits; sets that hold another are left out."""
    conditions = [_about(name, box) for box in boxes]
    bounds = _about(name, within)
    masks: set[int] = set()
    for value in events.values(name, [*bounds, *chain.from_iterable(conditions)]):
        if _all_accept(bounds, value):
            masks.add(sum(1 << number for number, listed in enumerate(conditions) if _all_accept(listed, value)))
    return _least(masks)


def _about(name: str, box: Box) -> list[FieldCondition]:
    return [condition for condition in box if condition.name == name]


def _all_accept(conditions: Iterable[FieldCondition], value: Value) -> bool:
    return all(condition.accepts(value) for condition in conditions)


def _least(masks: set[int]) -> set[int]:
    """The masks that hold no other mask of the set."""
    kept: list[int] = []
    for mask in sorted(masks, key=int.bit_count):
        if not any(smaller & mask == smaller for smaller in kept):
            kept.append(mask)
    return set(kept)


def refusing_fields(box: Box, events: Events) -> set[str]:
    """The fields by which one box refuses some of the events."""
    names = {condition.name for condition in box}
    return {name for name in names if _accepted([box], name, events) != {1}}
