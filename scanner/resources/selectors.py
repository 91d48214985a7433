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

_OBJECT_ARN = "resources.ARN"

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

    def accepts_all_below(self, prefix: str) -> bool:
        """Whether every value that begins with ``prefix`` is selected."""
        chosen = self.equals or self.starts or self.ends
        if chosen and not any(prefix.startswith(start) for start in self.starts):
            return False
        refused = any(text.startswith(prefix) or prefix.startswith(text) for text in self.not_starts)
        refused = refused or any(text.startswith(prefix) for text in self.not_equals)
        return not refused and not self.not_ends and bool(chosen or self.not_equals or self.not_starts)

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
    that every condition in ``sources`` accepts, further limited by the fields named in ``narrowing``. ``s3_objects``
    are the conditions on the ARNs of S3 objects whose data events it records; None when it records none of them.
    """

    read: bool
    write: bool
    management: bool
    s3_objects: tuple[FieldCondition, ...] | None = None
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

    def records_objects(self, side: str, prefix: str) -> bool:
        """Whether it records the data events of a side for every S3 object whose ARN begins with ``prefix``."""
        return (
            self.side(side)
            and self.s3_objects is not None
            and all(condition.accepts_all_below(prefix) for condition in self.s3_objects)
        )


EVERYTHING = Selector(read=True, write=True, management=True, s3_objects=(), advanced=True)
"""The most a selector that could not be read may record."""

DEFAULT = Selector(read=True, write=True, management=True)
"""What a trail records that never had selectors of its own: all management events and nothing else."""


def read_selectors(answer: Mapping[str, Any], *, custom: bool) -> tuple[Selector, ...]:
    """The selectors in an answer of ``GetEventSelectors``; advanced ones replace basic ones, as AWS applies them.

    ``custom`` is the trail's ``HasCustomEventSelectors``: an answer without any selector means the default for a
    trail that never had others, and nothing for one that had.
    """
    advanced = _objects(answer.get("AdvancedEventSelectors"))
    basic = _objects(answer.get("EventSelectors"))
    if not advanced and not basic:
        return () if custom else (DEFAULT,)
    return tuple(map(_advanced, advanced)) if advanced else tuple(map(_basic, basic))


def _objects(listed: Any) -> list[Mapping[str, Any]]:
    return [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []


def _texts(listed: Any) -> tuple[str, ...]:
    return tuple(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()


def _basic(raw: Mapping[str, Any]) -> Selector:
    """A basic event selector; what it leaves out has AWS's documented default."""
    kind = str(raw.get("ReadWriteType") or "All")
    excluded = _texts(raw.get("ExcludeManagementEventSources"))
    prefixes = [
        value
        for resource in _objects(raw.get("DataResources"))
        if resource.get("Type") == S3_OBJECT
        for value in _texts(resource.get("Values"))
    ]
    return Selector(
        read=kind in {"All", "ReadOnly"},
        write=kind in {"All", "WriteOnly"},
        management=raw.get("IncludeManagementEvents", True) is True,
        s3_objects=(FieldCondition(_OBJECT_ARN, starts=tuple(prefixes)),) if prefixes else None,
        sources=(FieldCondition("eventSource", not_equals=excluded),) if excluded else (),
    )


def _advanced(raw: Mapping[str, Any]) -> Selector:
    conditions = [_condition(item) for item in _objects(raw.get("FieldSelectors"))]
    by_name: dict[str, list[FieldCondition]] = {}
    for condition in conditions:
        by_name.setdefault(condition.name, []).append(condition)
    category, side = by_name.pop("eventCategory", []), by_name.pop("readOnly", [])
    types = by_name.get("resources.type", [])
    of_objects = (
        bool(category and types)
        and _accept(category, "Data")
        and _accept(types, S3_OBJECT)
        and not set(by_name) - {"resources.type", _OBJECT_ARN}
    )
    return Selector(
        read=_accept(side, "true"),
        write=_accept(side, "false"),
        management=bool(category) and _accept(category, "Management"),
        s3_objects=tuple(by_name.get(_OBJECT_ARN, ())) if of_objects else None,
        sources=tuple(by_name.get("eventSource", ())),
        narrowing=tuple(sorted(set(by_name) - {"eventSource"})),
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
        (f"{prefix}{_FRESH}{suffix}", f"{prefix}*{suffix}")
        for prefix in sorted(prefixes)
        for suffix in sorted(suffixes)
    ]
    return kinds
