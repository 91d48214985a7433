"""What the bundles of a period say of a control that rules about the configuration alone decide."""

from collections.abc import Callable, Collection
from dataclasses import replace

from scanner.model import Control, Outcome, PeriodCheck, Rule, RuleId
from scanner.period.evidence import PeriodEvidence, SnapshotSeen
from scanner.period.measured import Measured
from scanner.period.measures import MEASURES
from scanner.runs.selection import Selection

_MEASURE = "config-held"

Held = Callable[[Control], Outcome | None]


def held_over(selection: Selection, evidence: PeriodEvidence) -> Held:
    """Gives for a control whether its configuration rules held over the period, as the rule about that judges it.

    None where that rule was not selected, or where the control asks for something of the period itself.
    """
    rule = next(filter(_asks, selection.rules), None)
    if rule is None or evidence.bundles.absent:
        return lambda _control: None
    values = {parameter.name: parameter.default for parameter in rule.parameters}
    values |= dict(selection.parameters.get(rule.id, {}))

    def held(control: Control) -> Outcome | None:
        if control.period_rules or not control.rules:
            return None
        told = list(MEASURES[_MEASURE].take(_by(evidence, control.rules), values))
        return _outcome(told)

    return held


def _asks(rule: Rule) -> bool:
    return isinstance(rule.check, PeriodCheck) and rule.check.measure == _MEASURE


def _by(evidence: PeriodEvidence, rules: Collection[RuleId]) -> PeriodEvidence:
    """The evidence with what these rules alone said of each bundle."""
    snapshots = tuple(_only(seen, rules) for seen in evidence.bundles.snapshots)
    return replace(evidence, bundles=replace(evidence.bundles, snapshots=snapshots))


def _only(seen: SnapshotSeen, rules: Collection[RuleId]) -> SnapshotSeen:
    verdicts = tuple(each for each in seen.verdicts if each.rule in rules)
    return replace(seen, rules=tuple(name for name in seen.rules if name in rules), verdicts=verdicts)


def _outcome(told: Collection[Measured]) -> Outcome:
    if any(each.facts["failures"] for each in told):
        return Outcome.FAIL
    whole = bool(told) and all(each.covered and not each.not_looked_at for each in told)
    return Outcome.PASS if whole else Outcome.UNKNOWN
