"""The configuration of each bundle of a period, judged again by the rules of this run: one yardstick for all of them.

What a bundle sealed as its verdicts is not believed: another version may have judged by other rules.
"""

from collections.abc import Iterable

from scanner.assessment.evaluate import evaluate
from scanner.checks.route import Proofs
from scanner.model import Finding, Outcome, Over, PeriodCheck
from scanner.period.evidence import Verdict
from scanner.runs.periods.inputs import HeldBundle
from scanner.runs.selection import Selection

_TOLD = (Outcome.FAIL, Outcome.UNKNOWN)


class Configurations:
    """Judges the bundles of a period by the configuration rules that were selected, where a period rule asks for it.

    The bundles share what is proved about filters, which seldom change from one to the next.
    """

    def __init__(self, selection: Selection) -> None:
        self._rules = [rule for rule in selection.rules if rule.check.over is Over.FACTS]
        self._parameters = selection.parameters
        self._proofs = Proofs()
        checks = (rule.check for rule in selection.rules)
        self._wanted = any(isinstance(check, PeriodCheck) and check.measure == "config-held" for check in checks)

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that bundles are judged by; none where no rule rests on it."""
        return tuple(sorted(rule.id for rule in self._rules)) if self._wanted else ()

    def verdicts(self, held: HeldBundle) -> tuple[Verdict, ...]:
        """What the rules fail or cannot judge over the facts of a bundle, in their order."""
        if not self._wanted:
            return ()
        return tuple(_told(evaluate(self._rules, held.snapshot, self._parameters, proofs=self._proofs)))


def _told(findings: Iterable[Finding]) -> Iterable[Verdict]:
    for each in findings:
        if each.outcome in _TOLD:
            yield Verdict(each.rule, each.account, each.region, each.resource, str(each.outcome), each.reason)
