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
    """

    what: str
    would: Condition
    does: Condition
    region: str
    source: Source


def near_misses(rules: Iterable[ListedRule]) -> Iterator[NearMiss]:
    """What each of an account's rules on the default bus would hear of, if one thing about it were otherwise."""
    for rule in rules:
        if rule.pattern is not None:
            yield from _misses(rule, rule.pattern)


def _misses(rule: ListedRule, pattern: Mapping[str, Any]) -> Iterator[NearMiss]:
    place = Place(rule.account, rule.region)
    enabled = rule.state != "DISABLED"
    does = heard_by(pattern, rule.state, place).at_most if enabled else NOTHING
    miss = NearMiss("", NOTHING, does, rule.region, rule.source)
    subject = f"EventBridge rule {rule.name} ({rule.region}) would hear of"
    if not enabled:
        would = heard_by(pattern, "ENABLED", place).surely
        yield replace(miss, what=f"{subject} them, but it is disabled", would=would)
        return
    if rule.state == "ENABLED":
        why = f"in the state {HEARS_READS}, but it is in the state ENABLED"
        yield replace(miss, what=f"{subject} them {why}", would=heard_by(pattern, HEARS_READS, place).surely)
    for asked, rest in _without_one(pattern):
        why = f"them if its pattern did not ask for {_shown(asked)}"
        yield replace(miss, what=f"{subject} {why}", would=heard_by(rest, rule.state, place).surely)


def _without_one(pattern: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each field of a pattern that names events, and of the record in it, but for those names; the pattern without it.

    A pattern that names no event was hardly meant for one that it does not match.
    """
    detail = pattern.get("detail")
    if not isinstance(detail, Mapping) or "eventName" not in detail:
        return
    for name, wanted in pattern.items():
        if name != "detail":
            yield {name: wanted}, _left(pattern, name)
        elif isinstance(wanted, Mapping):
            for inner, value in wanted.items():
                if inner != "eventName":
                    yield {"detail": {inner: value}}, {**pattern, "detail": _left(wanted, inner)}


def _left(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


def _shown(asked: Mapping[str, Any]) -> str:
    text = json.dumps(asked)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
