"""Repairs of EventBridge rules that just fail to hear: switched on, in another state, or with another event pattern.

The pattern that a rule is given asks for all that it asked for before, and for what is lost besides; it is tried before
it is proposed. Sources: AWS CLI Command Reference, ``events enable-rule`` and ``put-rule`` (settings that are left out
of ``put-rule`` are not kept, targets and tags are); EventBridge User Guide, "AWS service events delivered via AWS
CloudTrail".
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from scanner.checks.route.comparison import Required
from scanner.checks.route.fixing.commands import command, json_text
from scanner.checks.route.fixing.trail_fixes import Repair
from scanner.checks.route.lanes import EVERY, narrowed
from scanner.checks.route.watching.eventbridge.near_misses import NearMiss, with_field
from scanner.checks.route.watching.eventbridge.rules import HEARS_READS, heard_by
from scanner.eventbridge.cloudtrail_events import DETAIL_TYPES
from scanner.pattern import Pattern
from scanner.pattern.cloudtrail.event_bus import Place
from scanner.resources.monitoring.eventbridge.event_rules import ListedRule

_OPTIONS: Mapping[str, str] = {
    "Description": "description",
    "RoleArn": "role_arn",
    "ScheduleExpression": "schedule_expression",
}
_SERVICE = ".amazonaws.com"
_AGAIN = "; then scan again, as it has not been looked at where it sends them"


def heard_fully(required: Required, miss: NearMiss, outside: Pattern | None) -> Repair:
    """What lets a rule hear of all that is required but for what is ``outside``; no command where nothing does.

    A rule that an AWS service made is that service's to change.
    """
    rule = miss.rule
    if rule.managed_by or rule.pattern is None:
        return "", ()
    place = Place(rule.account, rule.region)
    for pattern, state in product(_patterns(required, rule, rule.pattern, miss.asked), _states(rule)):
        heard = narrowed(EVERY, heard_by(pattern, state, place).surely)
        known = [each for each in (heard, outside) if each is not None]
        if heard is not None and required.covering(known) is not None:
            return _put(rule, pattern, state)
    return "", ()


def _states(rule: ListedRule) -> tuple[str, ...]:
    """The states that it may be put in, the one that changes least first."""
    now = rule.state if rule.state in {"ENABLED", HEARS_READS} else "ENABLED"
    return tuple(dict.fromkeys((now, HEARS_READS)))


def _put(rule: ListedRule, pattern: Mapping[str, Any], state: str) -> Repair:
    same = pattern == rule.pattern
    named = f"EventBridge rule {rule.name}"
    if same and state == "ENABLED":
        return f"Enable {named}{_AGAIN}", (command("events", "enable-rule", name=rule.name, region=rule.region),)
    kept = {option: rule.kept[setting] for setting, option in _OPTIONS.items() if setting in rule.kept}
    put = command(
        "events", "put-rule", name=rule.name, event_pattern=json_text(pattern), state=state, **kept, region=rule.region
    )
    changed = [] if same else ["give it an event pattern that matches them too"]
    changed += [] if state == rule.state else [f"put it in the state {state}"]
    return f"Let {named} hear of these events: {' and '.join(changed)}{_AGAIN}", (put,)


def _patterns(
    required: Required, rule: ListedRule, pattern: Mapping[str, Any], asked: tuple[str, ...]
) -> Iterator[Mapping[str, Any]]:
    """Event patterns that match all that the rule's does, and more, the one that asks for most first."""
    if not asked:
        yield pattern
        return
    wanted: Any = pattern
    for name in asked:
        wanted = wanted[name]
    if isinstance(wanted, list):
        for more in _further(required, rule, asked):
            yield with_field(pattern, asked, [*wanted, *(each for each in more if each not in wanted)])
    yield with_field(pattern, asked, None)


def _further(required: Required, rule: ListedRule, asked: tuple[str, ...]) -> Iterator[list[str]]:
    """What a field may have been meant to ask for."""
    sources = sorted(text for text in required.literals if text.endswith(_SERVICE))
    match asked:
        case ("source",):
            yield [f"aws.{text.removesuffix(_SERVICE)}" for text in sources]
        case ("detail-type",):
            yield from ([each] for each in DETAIL_TYPES.values())
            yield list(DETAIL_TYPES.values())
        case ("account",) | ("detail", "recipientAccountId"):
            yield [rule.account]
        case ("region",) | ("detail", "awsRegion"):
            yield [rule.region]
        case ("detail", "eventSource"):
            yield sources
