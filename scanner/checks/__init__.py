"""One module per kind of check: a rule and an account in, findings out; log events have their own."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanner.checks.route import Proofs, RouteJudge
from scanner.checks.route import needs as route_needs
from scanner.checks.route.services import ServiceRouteJudge, service_uses
from scanner.facts.uses import Use
from scanner.model import Check, Finding, JsonValue, ResourceCheck, RouteCheck, Rule, RuleId, ServiceRouteCheck
from scanner.snapshot.answers import Snapshot

Judge = Callable[[Rule, str, Mapping[str, JsonValue]], Iterator[Finding]]
"""``judge(rule, account, parameters)``, made for one assessment; ``parameters`` holds every parameter of the rule."""


@dataclass(frozen=True, slots=True)
class OverFacts:
    """A kind of check over facts.

    ``judge_of`` makes the judge of its rules over a snapshot, given the rules that are judged in the same run and
    what was proved before. ``uses``
    says for some of its rules which calls to AWS their facts rest on; it raises ContentError when none are known.
    """

    judge_of: Callable[[Snapshot, Collection[RuleId], Proofs], Judge]
    uses: Callable[[Sequence[Rule]], frozenset[Use]]


def _resource_judge(snapshot: Snapshot, beside: Collection[RuleId], _proofs: Proofs) -> Judge:
    from scanner.checks.held import HeldThings, LatestViews
    from scanner.checks.resource import judge as judge_resources

    held = HeldThings(snapshot)
    views = LatestViews(snapshot)

    def judge(rule: Rule, account: str, parameters: Mapping[str, JsonValue]) -> Iterator[Finding]:
        return judge_resources(rule, snapshot, account, parameters, beside, held, views)

    return judge


def _resource_uses(rules: Sequence[Rule]) -> frozenset[Use]:
    from scanner.checks.resource import uses

    return uses(rules)


def _route_judge(snapshot: Snapshot, _beside: Collection[RuleId], proofs: Proofs) -> Judge:
    return RouteJudge(snapshot, proofs).judge


def _service_judge(snapshot: Snapshot, _beside: Collection[RuleId], _proofs: Proofs) -> Judge:
    return ServiceRouteJudge(snapshot).judge


CHECKS: Mapping[type[Check], OverFacts] = {
    ResourceCheck: OverFacts(_resource_judge, _resource_uses),
    RouteCheck: OverFacts(_route_judge, route_needs.uses),
    ServiceRouteCheck: OverFacts(_service_judge, service_uses),
}
"""The kinds of check over facts. ``LogEventsCheck`` is not here: ``log_events.judge`` needs records instead.

What judges resources is imported when one is judged: it knows every resource type, and routes need few of them.
"""
