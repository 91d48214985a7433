"""The events that a service route asks for, and the EventBridge rules that can hear of one of them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scanner.audit_path.event_rules import event_pattern, is_enabled
from scanner.errors import PatternError
from scanner.eventbridge.with_values import with_values, without_parameters
from scanner.model import JsonValue, ServiceRouteCheck
from scanner.pattern import CoverageProof, EventPattern, parse_event_pattern
from scanner.pattern.coverage.envelopes import Envelope, covers_events, may_match


@dataclass(frozen=True, slots=True)
class Wanted:
    """The events that are required, and what is known of all events of their kind in a Region of an account."""

    pattern: EventPattern
    envelope: Envelope

    def among(self, known: Mapping[str, tuple[str, ...]]) -> "Wanted":
        """The same of those events alone whose fields have one of these values."""
        if not known:
            return self
        return replace(self, envelope=replace(self.envelope, known={**self.envelope.known, **known}))

    def can_reach(self, rule: Mapping[str, Any]) -> bool:
        """Whether a rule of ``ListRules`` is enabled and can hear of one of the events."""
        return (
            is_enabled(rule)
            and bool(rule.get("EventPattern"))
            and may_match(self.pattern, self.heard(rule), self.envelope)
        )

    def heard(self, rule: Mapping[str, Any]) -> EventPattern:
        """What a rule hears at most: its event pattern, or what is required itself where that cannot be read."""
        return readable(rule) or self.pattern

    def covered_by(self, rules: list[EventPattern]) -> CoverageProof:
        """How far rules of these patterns hear of all of the events."""
        return covers_events(self.pattern, rules, self.envelope)


def readable(rule: Mapping[str, Any]) -> EventPattern | None:
    """The event pattern of a rule of ``ListRules``; None when it cannot be read."""
    document = event_pattern(rule)
    try:
        return None if document is None else parse_event_pattern(document)
    except PatternError:
        return None


def wanted_events(check: ServiceRouteCheck, parameters: Mapping[str, JsonValue], account: str, region: str) -> Wanted:
    """What a rule asks for in a Region. Raises PatternError for events that are not an event pattern."""
    return _wanted(check, with_values(json.loads(check.events), parameters), account, region)


def events_at_most(check: ServiceRouteCheck, account: str, region: str) -> Wanted:
    """What a rule asks for in a Region at most, whatever its parameters are set to."""
    return _wanted(check, without_parameters(json.loads(check.events)), account, region)


def _wanted(check: ServiceRouteCheck, document: Mapping[str, Any], account: str, region: str) -> Wanted:
    pattern = parse_event_pattern(document)
    known = {step.path: tuple(_numbers(step.start, step.end, step.step)) for step in check.steps}
    envelope = Envelope(
        known={**known, "account": (account,), "region": (region,), "version": ("0",)},
        present=frozenset({*check.present, "id", "time"}),
        open=frozenset(check.open),
        arrays=frozenset(check.single),
    )
    return Wanted(pattern, envelope)


def _numbers(start: float, end: float, step: float) -> Iterator[float]:
    """The numbers of a field, each as the double of its shortest spelling."""
    count = round((end - start) / step)
    for number in range(count + 1):
        yield float(f"{start + number * step:.6g}")
