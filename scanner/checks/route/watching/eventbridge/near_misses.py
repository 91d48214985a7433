"""EventBridge rules that just fail to hear of an event: disabled, in the wrong state, or asking for one thing too much.

A source without ``aws.``, another account or Region, a range of addresses: a rule that was meant for an event is told
by what keeps it from hearing of it. Source: EventBridge User Guide, "Creating Amazon EventBridge event patterns".
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scanner.checks.route.watching.eventbridge.rules import HEARS_READS, heard_by
from scanner.model import Source
from scanner.pattern.cloudtrail.event_bus import Place
from scanner.recording.recorded_events import NOTHING, Condition
from scanner.resources.monitoring.eventbridge.event_rules import ListedRule

_LONGEST = 80
"""Characters of what a pattern asks for that a sentence shows."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """What keeps a rule from hearing of events, as a clause that names it.

    ``would`` are the events that it would hear of for certain without that, ``does`` those that it may hear of now.
    ``rule`` is the rule, ``asked`` the place of what its pattern asks for too much: a field, or one of the record below
    ``detail`` (none where only its state keeps it from hearing).
    """

    what: str
    would: Condition
    does: Condition
    region: str
    source: Source
    rule: ListedRule
    asked: tuple[str, ...] = ()


def near_misses(rules: Iterable[ListedRule]) -> Iterator[NearMiss]:
    """What each of an account's rules on the default bus would hear of, if one thing about it were otherwise."""
    for rule in rules:
        if rule.pattern is not None:
            yield from _misses(rule, rule.pattern)


def _misses(rule: ListedRule, pattern: Mapping[str, Any]) -> Iterator[NearMiss]:
    place = Place(rule.account, rule.region)
    enabled = rule.state != "DISABLED"
    does = heard_by(pattern, rule.state, place).at_most if enabled else NOTHING
    miss = NearMiss("", NOTHING, does, rule.region, rule.source, rule)
    subject = f"EventBridge rule {rule.name} ({rule.region}) would hear of"
    if not enabled:
        would = heard_by(pattern, "ENABLED", place)
        yield replace(miss, what=f"{subject} them, but it is disabled", would=would.surely)
        why = f"in the state {HEARS_READS}, but it is disabled"
        reads = heard_by(pattern, HEARS_READS, place).surely
        yield replace(miss, what=f"{subject} them {why}", would=reads, does=would.at_most)
        return
    if rule.state == "ENABLED":
        why = f"in the state {HEARS_READS}, but it is in the state ENABLED"
        yield replace(miss, what=f"{subject} them {why}", would=heard_by(pattern, HEARS_READS, place).surely)
    for asked, rest in _without_one(pattern):
        why = f"them if its pattern did not ask for {_shown(_at(pattern, asked))}"
        yield replace(miss, what=f"{subject} {why}", would=heard_by(rest, rule.state, place).surely, asked=asked)


def _without_one(pattern: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The place of each field of a pattern that names events, and of the record in it, but for those names.

    With each comes the pattern without it. A pattern that names no event was hardly meant for one that it does not
    match.
    """
    detail = pattern.get("detail")
    if not isinstance(detail, Mapping) or "eventName" not in detail:
        return
    for name, wanted in pattern.items():
        if name != "detail":
            yield (name,), _left(pattern, name)
        elif isinstance(wanted, Mapping):
            for inner in wanted:
                if inner != "eventName":
                    yield ("detail", inner), with_field(pattern, ("detail", inner), None)


def with_field(pattern: Mapping[str, Any], place: tuple[str, ...], wanted: Any) -> Mapping[str, Any]:
    """A pattern that asks for something else at a place, or for nothing there where ``wanted`` is None."""
    name, *below = place
    if below:
        inner = pattern.get(name)
        changed: Any = with_field(inner if isinstance(inner, Mapping) else {}, tuple(below), wanted)
    else:
        changed = wanted
    return _left(pattern, name) if changed is None else {**pattern, name: changed}


def _at(pattern: Mapping[str, Any], place: tuple[str, ...]) -> Mapping[str, Any]:
    """What a pattern asks for at a place, and nothing else of it."""
    name, *below = place
    return {name: _at(pattern[name], tuple(below)) if below else pattern[name]}


def _left(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


def _shown(asked: Mapping[str, Any]) -> str:
    text = json.dumps(asked)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
