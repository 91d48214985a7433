"""What event selectors record, basic and advanced alike, read once and decided by meaning and never by their names.

Everybody who asks what a trail records asks these selectors: coverage by event source and S3 object, here, and routes
by conditions on events, in ``recorded_events``. A part of a selector that is not understood is a condition without
any operator, which no event is known to satisfy.

Sources: CloudTrail API reference, ``EventSelector``, ``DataResource``, ``AdvancedEventSelector``,
``AdvancedFieldSelector``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.recording.selected_events import (
    EVERY_SOURCE,
    S3_OBJECT,
    SIDES,
    Box,
    FieldCondition,
    all_management_events,
    all_selected,
    data_events,
    denied_network_activity,
    kinds_of_text,
    management_events,
    object_data_events,
    refusing_fields,
)

OPTIONAL_SOURCES = ("kms.amazonaws.com", "rdsdata.amazonaws.com")
"""The event sources CloudTrail itself offers to leave out of management events."""

_OBJECT_ARN = "resources.ARN"
_RESOURCE_TYPE = "resources.type"

_PREFIXES: Mapping[str, str] = {
    S3_OBJECT: "s3:::",
    "AWS::Lambda::Function": "lambda:",
    "AWS::DynamoDB::Table": "dynamodb:",
}
"""How the ARNs of the types that basic selectors know begin behind the partition: ``arn:aws:lambda`` names them all.

Source: CloudTrail API reference, ``DataResource``.
"""


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector of a trail, reduced to what it records.

    ``management`` are the conditions on the management events it records, ``network`` those on network activity
    events; None when it records no such events, no condition when it records them all. ``data`` holds the conditions
    on data events, the type of the resource among them: an event is recorded that satisfies one of these.
    """

    management: Box | None = None
    data: tuple[Box, ...] = ()
    network: Box | None = None
    advanced: bool = False

    def records_side(self, side: str) -> bool:
        """Whether it records management events of the side ``read`` or ``write``, however few."""
        return self.management is not None and all(
            condition.accepts(SIDES[side]) for condition in self.management if condition.name == "readOnly"
        )


EVERYTHING = Selector(management=(), data=((),), network=(), advanced=True)
"""The most a selector that could not be read may record."""

DEFAULT = Selector(management=())
"""What a trail records that never had selectors of its own: all management events and nothing else."""


def read_selectors(answer: Mapping[str, Any], *, custom: bool) -> tuple[Selector, ...]:
    """The selectors in an answer of ``GetEventSelectors``; advanced ones replace basic ones, as AWS applies them.

    ``custom`` is the trail's ``HasCustomEventSelectors``: an answer without any selector means the default for a
    trail that never had others, and nothing for one that had.
    """
    advanced, basic = answer.get("AdvancedEventSelectors"), answer.get("EventSelectors")
    if isinstance(advanced, list) and advanced:
        return tuple(map(_advanced, _objects(advanced)))
    if isinstance(basic, list) and basic:
        return tuple(map(_basic, _objects(basic)))
    return () if custom else (DEFAULT,)


def _objects(listed: Any) -> list[Mapping[str, Any]]:
    return [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []


def _texts(listed: Any) -> tuple[str, ...]:
    return tuple(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()


_SIDES: Mapping[str, Box] = {
    "All": (),
    "ReadOnly": (FieldCondition("readOnly", equals=(SIDES["read"],)),),
    "WriteOnly": (FieldCondition("readOnly", equals=(SIDES["write"],)),),
}
"""``ReadWriteType`` as a condition on the events."""


def _basic(raw: Mapping[str, Any]) -> Selector:
    """A basic event selector; what it leaves out has AWS's documented default."""
    # A side that AWS does not document is not known to record anything.
    side = _SIDES.get(str(raw.get("ReadWriteType") or "All"), (FieldCondition("readOnly"),))
    records_management = raw.get("IncludeManagementEvents", True) is True
    return Selector(
        management=side + _without_sources(raw) if records_management else None,
        data=tuple((*side, *box) for box in _resources(raw)),
    )


def _without_sources(raw: Mapping[str, Any]) -> Box:
    """The event sources whose management events a basic selector leaves out."""
    listed = raw.get("ExcludeManagementEventSources") or []
    excluded = _texts(listed)
    known = (FieldCondition("eventSource", not_equals=excluded),) if excluded else ()
    return known if list(excluded) == listed else (*known, FieldCondition("eventSource"))


def _resources(raw: Mapping[str, Any]) -> Iterator[Box]:
    """The resources whose data events a basic selector records: of a type, with ARNs that begin so."""
    for resource in _objects(raw.get("DataResources")):
        kind, prefixes = resource.get("Type"), _texts(resource.get("Values"))
        if isinstance(kind, str) and prefixes:
            yield FieldCondition(_RESOURCE_TYPE, equals=(kind,)), FieldCondition(_OBJECT_ARN, starts=prefixes)


def _advanced(raw: Mapping[str, Any]) -> Selector:
    conditions = [field_condition(item) for item in _objects(raw.get("FieldSelectors"))]
    category = [item for item in conditions if item.name == "eventCategory"]
    typed = any(item.name == _RESOURCE_TYPE for item in conditions)
    others = tuple(item for item in conditions if item.name != "eventCategory")
    return Selector(
        management=others if category and _accept(category, "Management") else None,
        # CloudTrail takes no selector of data events that names no type of resource.
        data=(others,) if category and typed and _accept(category, "Data") else (),
        network=others if category and _accept(category, "NetworkActivity") else None,
        advanced=True,
    )


_OPERATORS: Mapping[str, str] = {
    "Equals": "equals",
    "StartsWith": "starts",
    "EndsWith": "ends",
    "NotEquals": "not_equals",
    "NotStartsWith": "not_starts",
    "NotEndsWith": "not_ends",
}
"""The operators of a field selector -> the members of a ``FieldCondition``."""


def field_condition(raw: Mapping[str, Any]) -> FieldCondition:
    """A field selector; without any operator when one of them is not understood."""
    name = str(raw.get("Field") or "")
    operators: dict[str, tuple[str, ...]] = {}
    for operator, values in raw.items():
        if operator == "Field" or values is None:
            continue
        texts = _texts(values)
        if operator not in _OPERATORS or list(texts) != values:
            return FieldCondition(name)
        operators[_OPERATORS[operator]] = texts
    return FieldCondition(name, **operators)


def _accept(conditions: Sequence[FieldCondition], value: str) -> bool:
    return all(condition.accepts(value) for condition in conditions)


def unrecorded_sources(selectors: Iterable[Selector], side: str) -> tuple[str, ...]:
    """The event sources whose management events of a side the selectors do not record in full, ascending.

    ``*`` alone means every source that is not named somewhere; ``kms*`` and ``*.example`` stand for all sources with
    that beginning or end. The sources tried are one of each kind the conditions can tell apart, so an empty answer
    is a proof and not a sample.
    """
    missing = [shown for _, shown in _missed_sources(_management(selectors), side)]
    return (EVERY_SOURCE,) if EVERY_SOURCE in missing else tuple(sorted(missing))


def records_as_much(selectors: Iterable[Selector], others: Iterable[Selector]) -> bool:
    """Whether the selectors record every management event that the others record between them."""
    boxes = _management(selectors)
    wanted = _management(others)
    return all(all_selected(boxes, all_management_events(side), box) for side in SIDES for box in wanted)


def _management(selectors: Iterable[Selector]) -> list[Box]:
    return [selector.management for selector in selectors if selector.management is not None]


def _missed_sources(boxes: Sequence[Box], side: str) -> list[tuple[str, str]]:
    """One event source of each kind of which some management event is not recorded, with how to print it."""
    conditions = [item for box in boxes for item in box if item.name == "eventSource"]
    return [
        (source, shown)
        for source, shown in kinds_of_text(conditions, named=OPTIONAL_SOURCES)
        if not all_selected(boxes, management_events(side, source))
    ]


def records_all_objects(selectors: Iterable[Selector], side: str, prefix: str) -> bool:
    """Whether the selectors record every data event of a side for the S3 objects whose ARN begins with ``prefix``."""
    return all_selected(_data(selectors), object_data_events(side, prefix))


def records_all_of_type(selectors: Iterable[Selector], kind: str, partition: str) -> bool:
    """Whether the selectors record every data event, reads and writes, of the resources of a type."""
    prefix = f"arn:{partition}:{_PREFIXES[kind]}" if kind in _PREFIXES else ""
    boxes = _data(selectors)
    return all(all_selected(boxes, data_events(side, kind, prefix)) for side in SIDES)


def records_denied_activity(selectors: Iterable[Selector], source: str) -> bool:
    """Whether the selectors record every network activity event of a service's calls that an endpoint denied."""
    return all_selected(_network(selectors), denied_network_activity(source))


def named_types(selectors: Iterable[Selector]) -> set[str]:
    """The types of resources that conditions on data events name."""
    return {text for box in _data(selectors) for item in box if item.name == _RESOURCE_TYPE for text in item.equals}


def named_sources(selectors: Iterable[Selector]) -> set[str]:
    """The event sources that conditions on network activity events name."""
    boxes = _network(selectors)
    return {text for box in boxes for item in box if item.name == "eventSource" for text in item.equals}


def _data(selectors: Iterable[Selector]) -> list[Box]:
    return [box for selector in selectors for box in selector.data]


def _network(selectors: Iterable[Selector]) -> list[Box]:
    return [selector.network for selector in selectors if selector.network is not None]


def dropping_fields(selectors: Sequence[Selector], side: str) -> set[str]:
    """The fields by which advanced selectors drop management events of a side that no other selector records."""
    missed = _missed_sources(_management(selectors), side)
    advanced = [item for item in selectors if item.advanced and item.management is not None]
    if not missed:
        return set()
    if not any(item.records_side(side) for item in selectors):
        return {"readOnly"} if advanced else set()
    return {
        name
        for item in advanced
        if item.management is not None and item.records_side(side)
        for source, _ in missed
        for name in _reasons(item.management, side, source)
    }


def _reasons(box: Box, side: str, source: str) -> set[str]:
    """Why a box does not select every event of a source: the source itself when it refuses that, else other fields."""
    names = refusing_fields(box, management_events(side, source))
    return {"eventSource"} if "eventSource" in names else names
