"""Which CloudTrail records an EventBridge rule can hear of, at most, as a condition on the records.

The condition is an upper bound: what is not understood of an event pattern is left out of it, so that a record
outside the condition certainly does not match the rule. Sources: EventBridge User Guide, "Comparison operators for
use in event patterns" and "AWS service events delivered via AWS CloudTrail"; CloudTrail User Guide, "CloudTrail
record contents".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.audit_path.event_rules import DETAIL_TYPES, admits, alternatives
from scanner.pattern import Compare, NotExists, Selector, Text
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Condition, both, either

_SOURCE, _TYPE, _NAME = Selector(("eventSource",)), Selector(("eventType",)), Selector(("eventName",))

_OWN_SOURCES = ("cloudtrail", "config", "ec2", "iam", "kms", "organizations", "s3", "signin", "sts")
"""Services documented to send events with the source ``aws.x`` for records whose eventSource is ``x.amazonaws.com``."""

_FIELDS: Mapping[tuple[str, ...], Selector] = {
    steps: Selector(steps)
    for steps in (
        ("errorCode",),
        ("errorMessage",),
        ("eventName",),
        ("eventSource",),
        ("eventType",),
        ("userIdentity", "type"),
    )
}
"""Fields of a record that hold one text, so that both languages compare the same thing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where events happen and rules hear of them: an account and a Region, "" where that is not known."""

    account: str = ""
    region: str = ""

    def admitted(self, fields: Mapping[str, Any], account: str, region: str) -> bool:
        """Whether the matchers of the fields that name ``account`` and ``region`` may admit events of this place."""
        told = ((fields.get(account), self.account), (fields.get(region), self.region))
        return all(matchers is None or not value or admits(matchers, value) for matchers, value in told)


ANYWHERE = Place()


def heard_at_most(pattern: Mapping[str, Any] | None, place: Place = ANYWHERE) -> Condition:
    """The records of a place that can match an event pattern; every record when it could not be read."""
    if pattern is None:
        return EVERYTHING
    return either(_heard(fields, place) for fields in alternatives(pattern))


def _heard(fields: Mapping[str, Any], place: Place) -> Condition:
    if not place.admitted(fields, "account", "region"):
        return NOTHING
    envelope = both(_of_types(fields.get("detail-type")), _of_sources(fields.get("source")))
    detail = fields.get("detail")
    if not isinstance(detail, Mapping):
        return envelope
    choices = [choice for choice in alternatives(detail) if place.admitted(choice, "recipientAccountId", "awsRegion")]
    return both(envelope, either(_detail(choice) for choice in choices))


def _of_types(matchers: Any) -> Condition:
    """Each detail-type holds records of one type."""
    admitted = [record for name, record in DETAIL_TYPES.items() if matchers is None or admits(matchers, name)]
    return EVERYTHING if len(admitted) == len(DETAIL_TYPES) else either(_of_type(record) for record in admitted)


def _of_type(record: str) -> Condition:
    """Console sign-ins are records of the sign-in service, and ConsoleLogin is always one of them."""
    if record == "AwsConsoleSignIn":
        place: Condition = Compare(_SOURCE, "=", Text("signin.amazonaws.com"))
    else:
        place = either([Compare(_NAME, "!=", Text("ConsoleLogin")), NotExists(_NAME)])
    return both(Compare(_TYPE, "=", Text(record)), place)


def _of_sources(matchers: Any) -> Condition:
    if matchers is None:
        return EVERYTHING
    excluded = [name for name in _OWN_SOURCES if not admits(matchers, f"aws.{name}")]
    if not excluded:
        return EVERYTHING
    other = both(*(Compare(_SOURCE, "!=", Text(f"{name}.amazonaws.com")) for name in excluded))
    return either([other, NotExists(_SOURCE)])


def _detail(fields: Mapping[str, Any]) -> Condition:
    found = dict(_flat(fields, ()))
    return both(*(_matched(selector, found[steps]) for steps, selector in _FIELDS.items() if steps in found))


def _flat(fields: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The fields of a record that a pattern names, with their matchers; a dot in a name separates steps."""
    for name, value in fields.items():
        steps = (*above, *str(name).split("."))
        if isinstance(value, Mapping):
            # Only two levels are looked at; what lies deeper narrows nothing here.
            if len(steps) < 2:
                yield from _flat(value, steps)
        else:
            yield steps, value


def _matched(selector: Selector, matchers: Any) -> Condition:
    if not isinstance(matchers, list):
        return EVERYTHING
    return either(_matcher(selector, matcher) for matcher in matchers)


def _matcher(selector: Selector, matcher: Any) -> Condition:
    if isinstance(matcher, str):
        return _equal(selector, matcher)
    if isinstance(matcher, bool | int | float):
        return NOTHING
    if not isinstance(matcher, Mapping) or len(matcher) != 1:
        return EVERYTHING
    ((operator, value),) = matcher.items()
    if operator == "exists":
        return NotExists(selector) if value is False else EVERYTHING
    if operator == "anything-but":
        return _anything_but(selector, value if isinstance(value, list) else [value])
    return _like(selector, operator, value) if isinstance(value, str) else EVERYTHING


def _anything_but(selector: Selector, values: Sequence[Any]) -> Condition:
    if not all(isinstance(item, str) and item and "*" not in item for item in values):
        return EVERYTHING
    return both(*(Compare(selector, "!=", Text(item)) for item in values))


def _like(selector: Selector, operator: str, text: str) -> Condition:
    """A text that begins or ends with one, or matches one with wildcards; an escaped wildcard is left open."""
    match operator:
        case "prefix":
            return _equal(selector, f"{text}*")
        case "suffix":
            return _equal(selector, f"*{text}")
        case "wildcard" if "\\" not in text:
            return _equal(selector, text)
        case _:
            return EVERYTHING


def _equal(selector: Selector, text: str) -> Condition:
    # A "*" is any text to a filter pattern, so one in a plain text makes the condition wider, never narrower.
    return Compare(selector, "=", Text(text)) if text.strip("*") else EVERYTHING
