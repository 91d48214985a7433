"""Every call of the services that record, detect, alert and guard is reported by a rule, or omitted with a reason.

The names come from botocore's service models, so a call that AWS adds turns this test red until somebody has decided
about it: in a rule, or in ``scanner/content/reviewed/harmless_calls.yaml``.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from scanner.aws.botocore_tables.changing_calls import changing_calls
from scanner.content.reviewed.equivalents import equivalents
from scanner.content.rules import load_rules
from scanner.events.matching.conditions.compiled_rules import judged_rules
from scanner.events.matching.conditions.rule_fields import atoms, settle
from scanner.events.reading.fields.record_fields import EVENT_NAME, EVENT_SOURCE
from scanner.model import LogEventsCheck
from scanner.pattern.language.nodes import ANY, Compare, Expr, IsNull, NotExists

SERVICES = equivalents().services
"""botocore's name of a service, and what CloudTrail calls it (eventSource)."""

_NO_CALL = "NoSuchCall"


def changing(service: str) -> frozenset[str]:
    names = changing_calls(service)
    assert names is not None, service
    return names


@cache
def conditions() -> tuple[Expr, ...]:
    """What rules ask of the records they report."""
    rules = judged_rules([rule for rule in load_rules() if isinstance(rule.check, LogEventsCheck)])
    found = [rule.condition.events for rule in rules]
    for rule in rules:
        found += [each.events for each, _ in rule.documents]
    return tuple(found)


def reported(source: str, name: str) -> bool:
    def possible(expr: Expr) -> bool:
        """Whether the rule speaks of this call; what it says of all calls alike says nothing about one of them."""
        rest = settle(expr, EVENT_SOURCE, f"{source}.amazonaws.com")
        if isinstance(rest, bool):
            return False
        named = settle(rest, EVENT_NAME, name)
        return named is not False and named != settle(rest, EVENT_NAME, _NO_CALL)

    return any(map(possible, conditions()))


def left_out(service: str) -> Iterator[str]:
    for group in equivalents().harmless:
        if group.service == service:
            yield from group.calls


@pytest.mark.parametrize("service", SERVICES)
def test_every_call_is_reported_or_left_out_for_a_reason(service: str) -> None:
    source = SERVICES[service]
    silent = {name for name in changing(service) if not reported(source, name)}
    undecided = silent - set(left_out(service))
    assert not undecided, f"{service}: decide about {sorted(undecided)}"


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_left_out_exists_and_is_not_reported(service: str) -> None:
    names = list(left_out(service))
    assert len(names) == len(set(names))
    assert set(names) <= changing(service)
    assert not [name for name in names if reported(SERVICES[service], name)]


def test_every_reason_is_one() -> None:
    for group in equivalents().harmless:
        assert group.service in SERVICES
        assert len(group.why.split()) >= 3, group.why


@pytest.mark.parametrize(
    ("source", "name"),
    [("cloudtrail", "DeleteEventDataStore"), ("guardduty", "UpdateDetector"), ("config", "PutConfigurationRecorder")],
)
def test_patterns_and_documents_both_report(source: str, name: str) -> None:
    assert reported(source, name)
    assert not reported("example", name)


# Fields of which a rule asks that they be different from something, and need not be asked whether they are there.
ALWAYS_THERE = {
    ("awsRegion",): "a record without it is reported as incomplete",
    ("eventSource",): "a record without it is reported as incomplete",
    ("eventName",): "a record without it is reported as incomplete",
    ("eventTime",): "a record without it is reported as incomplete",
    ("requestParameters", "alarmActions", ANY): "an alarm without actions is reported if it is a notifying one",
    ("requestParameters", "cloudWatchLogsLogGroupArn"): "a call that names no log group leaves the trail's as it is",
    ("requestParameters", "s3BucketName"): "a call that names no bucket leaves the trail's bucket as it is",
}


def test_what_is_not_there_escapes_no_comparison() -> None:
    for expr in conditions():
        asked = list(atoms(expr))
        unequal = {each.selector.steps for each in asked if isinstance(each, Compare) and each.op == "!="}
        for companion in (NotExists, IsNull):
            asked_too = {each.selector.steps for each in asked if isinstance(each, companion)}
            assert unequal <= asked_too | ALWAYS_THERE.keys()
