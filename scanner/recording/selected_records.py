"""Whether the selectors of a trail record one event, by its record, and by which field not.

Sources: CloudTrail API reference, ``EventSelector``, ``DataResource``, ``AdvancedEventSelector`` and
``AdvancedFieldSelector``; CloudTrail User Guide, "CloudTrail record contents" (``eventCategory``, ``resources``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.recording.selected_events import SIDES, FieldCondition, Value
from scanner.recording.selectors import field_condition

MANAGEMENT, DATA = "Management", "Data"

_RESOURCE = frozenset({"resources.ARN", "resources.type"})
_READ_ONLY = "readOnly"


@dataclass(frozen=True, slots=True)
class Selected:
    """Whether an event is recorded (None: not known); ``why`` is a clause about what does not, or may not, take it."""

    verdict: bool | None
    why: str = ""


_YES = Selected(verdict=True)


def category_of(record: Mapping[str, Any]) -> str:
    """What a record is a record of; one from before records said so is of a management event unless it denies it."""
    category = record.get("eventCategory")
    if isinstance(category, str):
        return category
    return DATA if record.get("managementEvent") is False else MANAGEMENT


def selects(answer: Mapping[str, Any], record: Mapping[str, Any], *, custom: bool) -> Selected:
    """Whether the selectors in an answer of ``GetEventSelectors`` take the event of a record.

    ``custom`` is the trail's ``HasCustomEventSelectors``, as for ``read_selectors``.
    """
    advanced, basic = _objects(answer.get("AdvancedEventSelectors")), _objects(answer.get("EventSelectors"))
    category = category_of(record)
    if advanced:
        found = [_by_advanced(selector, record, category) for selector in advanced]
    elif category not in {MANAGEMENT, DATA}:
        return Selected(None, f"whether it records {category} events is not told by its event selectors")
    elif basic:
        found = [_by_basic(selector, record, category) for selector in basic]
    elif custom:
        return Selected(verdict=False, why="it has no event selector")
    else:
        found = [_YES if category == MANAGEMENT else Selected(verdict=False, why="it records no data events")]
    return _either(found)


def _either(found: Sequence[Selected]) -> Selected:
    for verdict in (True, None, False):
        chosen = next((each for each in found if each.verdict is verdict), None)
        if chosen is not None:
            return chosen
    return Selected(verdict=False, why="it has no event selector")


def _by_advanced(selector: Mapping[str, Any], record: Mapping[str, Any], category: str) -> Selected:
    conditions = [field_condition(item) for item in _objects(selector.get("FieldSelectors"))]
    about = [item for item in conditions if item.name == "eventCategory"]
    if not about or not all(item.accepts(category) for item in about):
        return Selected(verdict=False, why=f"its event selectors take no {category.lower()} events like this one")
    others = [item for item in conditions if item.name not in _RESOURCE and item.name != "eventCategory"]
    found = [_on_field(item, record) for item in others]
    found.append(_on_resources([item for item in conditions if item.name in _RESOURCE], record))
    return _every(found)


def _every(found: Iterable[Selected]) -> Selected:
    listed = list(found)
    for verdict in (False, None):
        chosen = next((each for each in listed if each.verdict is verdict), None)
        if chosen is not None:
            return chosen
    return _YES


def _on_field(condition: FieldCondition, record: Mapping[str, Any]) -> Selected:
    if not (condition.is_positive or condition.is_negative):
        return Selected(None, f"its event selector on {condition.name} is not understood")
    value = _value(condition.name, record)
    if condition.name == _READ_ONLY and value is None:
        return Selected(None, "the record does not say whether it is read-only")
    if condition.accepts(value):
        return _YES
    told = "missing" if value is None else value
    return Selected(verdict=False, why=f"its event selectors leave out {condition.name} {told}")


def _value(name: str, record: Mapping[str, Any]) -> Value:
    """The value of a field of a record, as selectors compare it."""
    value: Any = record
    for key in name.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None


def _on_resources(conditions: Sequence[FieldCondition], record: Mapping[str, Any]) -> Selected:
    """The conditions on resources, which one of the record's must meet."""
    if not conditions:
        return _YES
    for kind, arn in _resources(record):
        values = {"resources.type": kind, "resources.ARN": arn}
        if all(item.accepts(values[item.name]) for item in conditions):
            return _YES
    return Selected(verdict=False, why="its event selectors leave out the resource")


def _resources(record: Mapping[str, Any]) -> Iterator[tuple[Value, Value]]:
    for each in _objects(record.get("resources")):
        kind, arn = each.get("type"), each.get("ARN")
        yield kind if isinstance(kind, str) else None, arn if isinstance(arn, str) else None


def _by_basic(selector: Mapping[str, Any], record: Mapping[str, Any], category: str) -> Selected:
    side = _on_side(str(selector.get("ReadWriteType") or "All"), record)
    if side.verdict is not True:
        return side
    if category == DATA:
        return _on_data(selector, record)
    if selector.get("IncludeManagementEvents", True) is not True:
        return Selected(verdict=False, why="it records no management events")
    source = record.get("eventSource")
    if source in (selector.get("ExcludeManagementEventSources") or ()):
        return Selected(verdict=False, why=f"its event selector leaves out the event source {source}")
    return _YES


def _on_side(kind: str, record: Mapping[str, Any]) -> Selected:
    wanted = {"All": None, "ReadOnly": SIDES["read"], "WriteOnly": SIDES["write"]}
    if kind not in wanted:
        return Selected(None, f"its event selector has the ReadWriteType {kind}, which is not understood")
    value, side = _value(_READ_ONLY, record), wanted[kind]
    if side is None or value == side:
        return _YES
    if value is None:
        return Selected(None, "the record does not say whether it is read-only")
    return Selected(verdict=False, why=f"its event selector takes {'writes' if side == 'false' else 'reads'} only")


def _on_data(selector: Mapping[str, Any], record: Mapping[str, Any]) -> Selected:
    for wanted in _objects(selector.get("DataResources")):
        beginnings = tuple(text for text in wanted.get("Values") or () if isinstance(text, str))
        for kind, arn in _resources(record):
            if kind == wanted.get("Type") and arn is not None and arn.startswith(beginnings):
                return _YES
    return Selected(verdict=False, why="its event selector takes no data events of this resource")


def _objects(listed: Any) -> list[Mapping[str, Any]]:
    return [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
