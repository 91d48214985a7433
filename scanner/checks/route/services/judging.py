"""``check: service-route``: every event of a service must travel to a person, in each Region where the service is on.

``docs/routes.md`` states how each link is judged. There is one finding per account and rule; its links are those of the
Region that decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from scanner.checks.route.links import RULE, SERVICE, JudgedLink
from scanner.checks.route.services.deciding import Decision, decide, elsewhere
from scanner.checks.route.services.events import Wanted, wanted_events
from scanner.checks.route.services.rules import Ways, ways_of
from scanner.checks.route.services.starts import NAMES, Start, start_of
from scanner.errors import UsageError
from scanner.model import Finding, Gap, JsonValue, Outcome, RouteDetails, Rule, ServiceRouteCheck, Source
from scanner.resources.trails.worlds import regions_left_out
from scanner.snapshot.answers import Snapshot


class ServiceRouteJudge:
    """Judges routes that begin with a service, over one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def judge(self, rule: Rule, account: str, parameters: Mapping[str, JsonValue]) -> Iterator[Finding]:
        """The finding of a service-route rule in one account. ``parameters`` holds every parameter of the rule.

        Raises ``PatternError`` when the rule's events are not an event pattern.
        """
        check = rule.check
        if not isinstance(check, ServiceRouteCheck):
            raise UsageError(f"Rule {rule.id} does not judge a route that begins with a service.")
        finding = partial(
            Finding,
            rule=rule.id,
            severity=rule.severity,
            account=account,
            region="",
            resource=account,
            title=rule.title,
        )
        yield self._judged(finding, check, account, parameters)

    def _judged(
        self,
        finding: "partial[Finding]",
        check: ServiceRouteCheck,
        account: str,
        parameters: Mapping[str, JsonValue],
    ) -> Finding:
        name = NAMES[check.service]
        regions = self._snapshot.regions(account)
        starts = {region: start_of(check.service, self._snapshot, account, region) for region in regions}
        enabled = {region: start for region, start in starts.items() if not start.no_region}
        decisions: dict[str, Decision] = {}
        for region, start in enabled.items():
            if start.on is not False:
                wanted = wanted_events(check, parameters, account, region)
                decisions[region] = self._decide(wanted, start, account, region)
        _, unseen = regions_left_out(self._snapshot, account, regions) if regions else ("", "")
        if not decisions:
            return _off(finding, name, list(enabled.values()), account, unseen)
        settled = [elsewhere(decision, decisions, name) for decision in decisions.values()]
        order = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS)
        worst = min(settled, key=lambda decision: order.index(decision.outcome))
        if worst.outcome is Outcome.PASS and unseen:
            return _left_open(finding, name, settled, unseen)
        if worst.outcome is Outcome.PASS:
            return _passed(finding, name, settled, [start for start in enabled.values() if start.on is False])
        return _not_passed(finding, name, worst)

    def _decide(self, wanted: Wanted, start: Start, account: str, region: str) -> Decision:
        """What becomes of the events of a Region in which the service is on, or may be."""
        some = wanted.among(start.known)
        ways = ways_of(some, self._snapshot, account, region)
        decision = decide(some, ways, region)
        if start.more is not None and start.known and decision.outcome is Outcome.PASS:
            decision, ways = self._with_more(wanted, start.more, account, region)
        decision = replace(decision, start=start)
        on = Outcome.PASS if start.on else Outcome.UNKNOWN
        first = JudgedLink(SERVICE, on, start.reason, region, start.sources)
        sources = (*start.sources, ways.listing, *decision.sources)
        decision = replace(decision, links=(first, *decision.links), sources=tuple(dict.fromkeys(sources)))
        if start.on is None:
            return replace(decision, outcome=Outcome.UNKNOWN, reason=start.reason)
        return decision

    def _with_more(self, wanted: Wanted, more: Gap, account: str, region: str) -> tuple[Decision, Ways]:
        """The decision where the service has whole ways for the events that it surely has, and may have others."""
        ways = ways_of(wanted, self._snapshot, account, region)
        decision = decide(wanted, ways, region)
        if decision.outcome is Outcome.FAIL:
            reason = f"{decision.reason}; whether there are such events is not known: {more.reason}"
            decision = replace(decision, outcome=Outcome.UNKNOWN, reason=reason)
        return decision, ways


def _off(finding: "partial[Finding]", name: str, starts: Sequence[Start], account: str, unseen: str) -> Finding:
    """The finding of an account in which the service is on nowhere; ``unseen`` says which Regions were left out."""
    sources: list[Source] = []
    for start in starts:
        sources += start.sources
    reasons = (
        "; ".join(dict.fromkeys(start.reason for start in starts))
        or f"no enabled Region of account {account} was looked at"
    )
    outcome, opening = Outcome.FAIL, f"{name} has no events that could reach anybody"
    if not starts or unseen:
        outcome, opening = Outcome.UNKNOWN, f"Whether events of {name} reach a person is not known"
    links = [JudgedLink(SERVICE, outcome, reasons)]
    return finding(
        outcome=outcome,
        reason=f"{opening}: {reasons}.{f' {unseen}.' if unseen else ''}",
        links=tuple(link.told() for link in links),
        details=RouteDetails(first_broken=SERVICE),
        sources=tuple(dict.fromkeys(sources)),
    )


def _left_open(finding: "partial[Finding]", name: str, decisions: Sequence[Decision], unseen: str) -> Finding:
    """The finding where the events of every Region that was looked at arrive, and enabled Regions were left out."""
    sources: list[Source] = []
    for decision in decisions:
        sources += decision.sources
    arrive = f"those in {', '.join(decision.region for decision in decisions)} do"
    return finding(
        outcome=Outcome.UNKNOWN,
        reason=f"Whether every event of {name} reaches a person is not known: {arrive}. {unseen}.",
        links=(JudgedLink(SERVICE, Outcome.UNKNOWN, unseen).told(),),
        details=RouteDetails(first_broken=SERVICE),
        sources=tuple(dict.fromkeys(sources)),
    )


def _passed(finding: "partial[Finding]", name: str, decisions: Sequence[Decision], off: Sequence[Start]) -> Finding:
    """The pass, which also names the Regions in which the service is off and has no events."""
    told: list[str] = []
    links: dict[str, list[JudgedLink]] = {}
    sources: list[Source] = []
    for decision in decisions:
        sources += decision.sources
        by_name = {link.name: link for link in decision.links}
        last = decision.links[-1].reason
        rules = by_name[RULE].candidate
        noun = "EventBridge rules" if ", " in rules else "EventBridge rule"
        remark = f" ({decision.reason})" if decision.reason else ""
        told.append(f"in {decision.region} through {noun} {rules}{remark}, and {last}")
        for link in decision.links:
            links.setdefault(link.name, []).append(link)
    for start in off:
        sources += start.sources
    left_out = "; ".join(dict.fromkeys(start.reason for start in off))
    aside = f" Where it is off, it has none: {left_out}." if off else ""
    joined = [_one(name_of, each) for name_of, each in links.items()]
    shown = tuple(map(JudgedLink.told, joined))
    return finding(
        outcome=Outcome.PASS,
        reason=f"Every event that is asked for travels from {name} {'; '.join(dict.fromkeys(told))}.{aside}",
        links=shown,
        details=RouteDetails(
            nearest=next(link.candidate for link in joined if link.name == RULE), warnings=_warnings(joined)
        ),
        sources=tuple(dict.fromkeys(sources)),
    )


def _one(name: str, links: Sequence[JudgedLink]) -> JudgedLink:
    """The links of one name of all Regions as one."""
    reason = "; ".join(dict.fromkeys(link.reason for link in links))
    candidate = ", ".join(dict.fromkeys(link.candidate for link in links if link.candidate))
    return JudgedLink(name, Outcome.PASS, reason, candidate, warnings=_warnings(links))


def _warnings(links: Sequence[JudgedLink]) -> tuple[str, ...]:
    """The remarks of links that change no verdict."""
    return tuple(dict.fromkeys(warning for link in links for warning in link.warnings))


def _not_passed(finding: "partial[Finding]", name: str, decision: Decision) -> Finding:
    failed = decision.outcome is Outcome.FAIL
    if failed:
        which = (
            f"Some events of {name} in {decision.region}"
            if decision.partly
            else f"The events of {name} in {decision.region}"
        )
        reason = f"{which} reach nobody through EventBridge rules: {decision.reason}."
    else:
        reason = f"Whether every event of {name} in {decision.region} reaches a person is not known: {decision.reason}."
    return finding(
        outcome=decision.outcome,
        reason=reason,
        links=tuple(map(JudgedLink.told, decision.links)),
        witness=decision.proof.witness if failed else None,
        details=RouteDetails(
            first_broken=decision.first_broken,
            lost=decision.proof.missed if failed else (),
            nearest=next((link.candidate for link in reversed(decision.links) if link.candidate), ""),
            warnings=_warnings(decision.links),
        ),
        sources=decision.sources,
    )
