"""What becomes of a service's events in one Region: carried, lost, or not known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.checks.route.links import RULE, JudgedLink
from scanner.checks.route.services.events import Wanted
from scanner.checks.route.services.rules import Way, Ways
from scanner.checks.route.services.starts import Start
from scanner.model import Outcome, Source
from scanner.pattern import CoverageProof, CoverageVerdict

_COVERED = CoverageProof(CoverageVerdict.COVERED)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the events of one Region; ``partly`` says that some of them may arrive."""

    outcome: Outcome
    region: str
    reason: str
    links: tuple[JudgedLink, ...]
    sources: tuple[Source, ...]
    proof: CoverageProof = _COVERED
    start: Start | None = None
    partly: bool = False

    @property
    def first_broken(self) -> str:
        """The first link that does not pass."""
        return next((link.name for link in self.links if link.verdict is not Outcome.PASS), "")


def decide(wanted: Wanted, ways: Ways, region: str) -> Decision:
    """Whether the rules of a Region carry all of the events."""
    whole = [way for way in ways.found if way.verdict is Outcome.PASS and way.surely]
    proof = wanted.covered_by([way.heard for way in whole])
    if proof.verdict is CoverageVerdict.COVERED:
        return Decision(Outcome.PASS, region, "", _joined(whole), _sources(whole))
    possible = [way for way in ways.found if way.verdict is not Outcome.FAIL]
    bound = wanted.covered_by([way.heard for way in possible])
    shown = _shown(whole, possible, ways)
    links, sources = shown.links if shown is not None else (), _sources(ways.found)
    if ways.gap is not None:
        reason = f"the EventBridge rules in {region} are not known: {ways.gap.reason}"
        hidden = JudgedLink(RULE, Outcome.UNKNOWN, reason, "", (ways.gap.source,))
        return Decision(Outcome.UNKNOWN, region, reason, (hidden,), (*sources, ways.gap.source))
    if bound.verdict is CoverageVerdict.NOT_COVERED:
        reason, links = _why_lost(shown, whole, bound, region)
        return Decision(Outcome.FAIL, region, reason, links, sources, bound, partly=bool(possible))
    fault = next((link for link in links if link.verdict is Outcome.UNKNOWN), None)
    unread = next((way.links[0].candidate for way in possible if not way.surely), "")
    why = (
        f"the event pattern of EventBridge rule {unread} could not be read" if unread else proof.reason or bound.reason
    )
    reason = fault.reason if fault is not None else why
    if fault is None:
        links = (JudgedLink(RULE, Outcome.UNKNOWN, reason, "", (ways.listing,)), *links[1:])
    return Decision(Outcome.UNKNOWN, region, reason, links, sources, bound)


def _shown(whole: Sequence[Way], possible: Sequence[Way], ways: Ways) -> Way | None:
    """The rule whose links a finding shows: one of which something is not known, else a broken one."""
    unknown = [way for way in possible if way not in whole]
    broken = [way for way in ways.found if way.verdict is Outcome.FAIL]
    return next(iter([*unknown, *broken, *whole]), None)


def _why_lost(
    shown: Way | None, whole: Sequence[Way], proof: CoverageProof, region: str
) -> tuple[str, tuple[JudgedLink, ...]]:
    """Why events are lost, and the links that show it."""
    if shown is None:
        reason = f"no enabled EventBridge rule in {region} hears of them"
        return reason, (JudgedLink(RULE, Outcome.FAIL, reason),)
    fault = next((link for link in shown.links if link.verdict is Outcome.FAIL), None)
    if fault is not None:
        return fault.reason, shown.links
    names = ", ".join(way.links[0].candidate for way in whole or [shown])
    missed = ", ".join(proof.missed) or "some of them"
    several = ", " in names
    rules = f"EventBridge rules {names} in {region} do" if several else f"EventBridge rule {names} in {region} does"
    reason = f"{rules} not hear of {missed}"
    return reason, (replace(shown.links[0], verdict=Outcome.FAIL, reason=reason),)


def _joined(ways: Sequence[Way]) -> tuple[JudgedLink, ...]:
    """The links of rules that carry the events together, one of each name."""
    names = dict.fromkeys(link.name for way in ways for link in way.links)
    joined: list[JudgedLink] = []
    for name in names:
        links = [link for way in ways for link in way.links if link.name == name]
        reason = "; ".join(dict.fromkeys(link.reason for link in links))
        candidate = ", ".join(dict.fromkeys(link.candidate for link in links if link.candidate))
        warnings = tuple(dict.fromkeys(warning for link in links for warning in link.warnings))
        joined.append(JudgedLink(name, Outcome.PASS, reason, candidate, warnings=warnings))
    return tuple(joined)


def _sources(ways: Sequence[Way]) -> tuple[Source, ...]:
    found: list[Source] = []
    for way in ways:
        for link in way.links:
            found += link.sources
    return tuple(dict.fromkeys(found))


def elsewhere(decision: Decision, decisions: Mapping[str, Decision], name: str) -> Decision:
    """The decision where another Region or account receives the same events: their way counts, or leaves it unknown."""
    start = decision.start
    if decision.outcome is Outcome.PASS or start is None:
        return decision
    home = decisions.get(start.home)
    if home is not None and home.outcome is Outcome.PASS and start.on:
        reason = f"{name} sends the findings of {decision.region} to {start.home}"
        sources = tuple(dict.fromkeys((*start.sources, *home.sources)))
        return replace(home, region=decision.region, reason=reason, sources=sources)
    if start.home:
        where = "another Region" if start.home == "?" else f"Region {start.home}"
        reason = f"{decision.reason}; {name} may send them to {where}, of which no whole route is known"
        return _unknown(decision, reason)
    if start.administrator:
        whose = "another account" if start.administrator == "?" else f"account {start.administrator}"
        reason = f"{decision.reason}; {whose} may administer {name} here and receive them too, which is not looked at"
        return _unknown(decision, reason)
    return decision


def _unknown(decision: Decision, reason: str) -> Decision:
    return replace(decision, outcome=Outcome.UNKNOWN, reason=reason)
