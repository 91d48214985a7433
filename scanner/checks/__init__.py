"""One module per kind of check: a rule and an account in, findings out; log events have their own."""

from collections.abc import Callable, Collection, Iterator, Mapping

from scanner.checks import resource
from scanner.checks.route import RouteJudge
from scanner.model import Check, Finding, JsonValue, ResourceCheck, RouteCheck, Rule, RuleId
from scanner.snapshot.answers import Snapshot

Judge = Callable[[Rule, str, Mapping[str, JsonValue]], Iterator[Finding]]
"""``judge(rule, account, parameters)``, made for one assessment; ``parameters`` holds every parameter of the rule."""


def _resource_judge(snapshot: Snapshot, beside: Collection[RuleId]) -> Judge:
    def judge(rule: Rule, account: str, parameters: Mapping[str, JsonValue]) -> Iterator[Finding]:
        return resource.judge(rule, snapshot, account, parameters, beside)

    return judge


def _route_judge(snapshot: Snapshot, _beside: Collection[RuleId]) -> Judge:
    return RouteJudge(snapshot).judge


CHECKS: Mapping[type[Check], Callable[[Snapshot, Collection[RuleId]], Judge]] = {
    ResourceCheck: _resource_judge,
    RouteCheck: _route_judge,
}
"""What makes a judge of rules over a snapshot, beside the rules that are judged in the same run.

``LogEventsCheck`` is not here: ``log_events.judge`` needs records instead.
"""
