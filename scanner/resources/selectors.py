"""What event selectors record, basic and advanced alike, decided by meaning and never by their names.

Sources: CloudTrail API reference, ``EventSelector``, ``DataResource``, ``AdvancedEventSelector``,
``AdvancedFieldSelector``; CloudTrail User Guide, "Filtering data events by using advanced event selectors" (within a
field the Not… operators must all hold and at least one of the others; fields, and thus conditions, are joined by
"and", selectors by "or").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OPTIONAL_SOURCES = ("kms.amazonaws.com", "rdsdata.amazonaws.com")
"""The event sources CloudTrail itself offers to leave out of management events."""

EVERY_SOURCE = "*"
"""Stands for all event sources that no selector names."""

S3_OBJECT = "AWS::S3::Object"

_FRESH = "\x00"
"""A character no event source holds: it keeps a made-up source from matching anything but its prefix and suffix."""


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

    def accepts(self, value: str) -> bool:
        """Whether an event with this value of the field is selected; nothing is when there is no operator."""
        if value in self.not_equals or value.startswith(self.not_starts) or value.endswith(self.not_ends):
            return False
        if self.equals or self.starts or self.ends:
            return value in self.equals or value.startswith(self.starts) or value.endswith(self.ends)
        return bool(self.not_equals or self.not_starts or self.not_ends)

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The texts that values are compared with at their beginning."""
        return self.starts + self.not_starts

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The texts that values are compared with at their end."""
        return self.ends + self.not_ends


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector of a trail, reduced to what it records.

    ``read`` and ``write`` are the sides it records. ``management``: it records management events, of the sources
    that every condition in ``sources`` accepts, further limited by the fields named in ``narrowing``.
    ``all_s3_objects``: it records data events of every S3 object of every bucket.
    """

    read: bool
    write: bool
    management: bool
    all_s3_objects: bool
    sources: tuple[FieldCondition, ...] = ()
    narrowing: tuple[str, ...] = ()
    advanced: bool = False

    def side(self, side: str) -> bool:
        """Whether it records the side ``read`` or ``write``."""
        return self.read if side == "read" else self.write

    def records_management(self, side: str, source: str) -> bool:
        """Whether it records every management event of a side and an event source."""
        return (
            self.management
            and self.side(side)
            and not self.narrowing
            and all(condition.accepts(source) for condition in self.sources)
        )


EVERYTHING = Selector(read=True, write=True, management=True, all_s3_objects=True, advanced=True)
"""The most a selector that could not be read may record."""


def read_selectors(answer: Mapping[str, Any], partition: str) -> tuple[Selector, ...]:
    """The selectors in an answer of ``GetEventSelectors``; advanced ones replace basic ones, as AWS applies them."""
    advanced = _objects(answer.get("AdvancedEventSelectors"))
    if advanced:
        return tuple(_advanced(item, partition) for item in advanced)
    return tuple(_basic(item, partition) for item in _objects(answer.get("EventSelectors")))


def _objects(listed: Any) -> list[Mapping[str, Any]]:
    return [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []


def _texts(listed: Any) -> tuple[str, ...]:
    return tuple(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()


def _basic(raw: Mapping[str, Any], partition: str) -> Selector:
    """A basic event selector; what it leaves out has AWS's documented default."""
    kind = raw.get("ReadWriteType") or "All"
    excluded = _texts(raw.get("ExcludeManagementEventSources"))
    return Selector(
        read=kind in {"All", "ReadOnly"},
        write=kind in {"All", "WriteOnly"},
        management=raw.get("IncludeManagementEvents", True) is True,
        all_s3_objects=any(
            resource.get("Type") == S3_OBJECT
            and any(_all_of_s3(value, partition) for value in _texts(resource.get("Values")))
            for resource in _objects(raw.get("DataResources"))
        ),
        sources=(FieldCondition("eventSource", not_equals=excluded),) if excluded else (),
    )


def _all_of_s3(value: str, partition: str) -> bool:
    """Whether an ARN prefix leaves no bucket out: ``arn:aws:s3`` or ``arn:aws:s3:::``."""
    return value.rstrip(":") == f"arn:{partition}:s3"


def _advanced(raw: Mapping[str, Any], partition: str) -> Selector:
    conditions = [_condition(item) for item in _objects(raw.get("FieldSelectors"))]
    category = [condition for condition in conditions if condition.name == "eventCategory"]
    side = [condition for condition in conditions if condition.name == "readOnly"]
    sources = [condition for condition in conditions if condition.name == "eventSource"]
    types = [condition for condition in conditions if condition.name == "resources.type"]
    rest = [
        condition
        for condition in conditions
        if condition.name not in {"eventCategory", "readOnly"} and not _every_bucket(condition, partition)
    ]
    return Selector(
        read=_accept(side, "true"),
        write=_accept(side, "false"),
        management=bool(category) and _accept(category, "Management"),
        all_s3_objects=bool(category)
        and _accept(category, "Data")
        and bool(types)
        and _accept(types, S3_OBJECT)
        and all(condition.name == "resources.type" for condition in rest),
        sources=tuple(sources),
        narrowing=tuple(sorted({condition.name for condition in rest} - {"eventSource"})),
        advanced=True,
    )


def _condition(raw: Mapping[str, Any]) -> FieldCondition:
    return FieldCondition(
        name=str(raw.get("Field") or ""),
        equals=_texts(raw.get("Equals")),
        starts=_texts(raw.get("StartsWith")),
        ends=_texts(raw.get("EndsWith")),
        not_equals=_texts(raw.get("NotEquals")),
        not_starts=_texts(raw.get("NotStartsWith")),
        not_ends=_texts(raw.get("NotEndsWith")),
    )


def _accept(conditions: Sequence[FieldCondition], value: str) -> bool:
    return all(condition.accepts(value) for condition in conditions)


def _every_bucket(condition: FieldCondition, partition: str) -> bool:
    """Whether a condition on the object's ARN only says "in S3"."""
    excludes = condition.not_equals or condition.not_starts or condition.not_ends
    return (
        condition.name == "resources.ARN"
        and not excludes
        and any(_all_of_s3(prefix, partition) for prefix in condition.starts)
    )


def unrecorded_sources(selectors: Iterable[Selector], side: str) -> tuple[str, ...]:
    """The event sources whose management events of a side no selector records in full, ascending.

    ``*`` alone means every source that is not named somewhere; ``kms*`` and ``*.example`` stand for all sources with
    that beginning or end. The sources tried are one of each kind the conditions can tell apart, so an empty answer
    is a proof and not a sample.
    """
    chosen = [selector for selector in selectors if selector.management]
    missing = [
        shown
        for source, shown in _kinds_of_sources(chosen)
        if not any(selector.records_management(side, source) for selector in chosen)
    ]
    return (EVERY_SOURCE,) if EVERY_SOURCE in missing else tuple(sorted(missing))


def _kinds_of_sources(selectors: Sequence[Selector]) -> list[tuple[str, str]]:
    """One event source of each kind that the selectors' conditions can tell apart, with how to print it."""
    conditions = [condition for selector in selectors for condition in selector.sources]
    named = {*OPTIONAL_SOURCES, *(text for item in conditions for text in item.equals + item.not_equals)}
    prefixes = {"", *(text for item in conditions for text in item.prefixes)}
    suffixes = {"", *(text for item in conditions for text in item.suffixes)}
    kinds = [(name, name) for name in sorted(named)]
    kinds += [
        (f"{prefix}{_FRESH}{suffix}", f"{prefix}*{suffix}") for prefix in sorted(prefixes) for suffix in sorted(suffixes)
    ]
    return kinds
