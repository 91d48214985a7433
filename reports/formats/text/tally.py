"""How many findings there are of each kind: counted in one pass, so that of thousands of accounts nothing is held."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from scanner.model import UNSEEN, Finding, HitDetails, MatchedRecord, Outcome, RuleId, Severity


@dataclass(slots=True)
class RuleTally:
    """The failures of one rule that no waiver covers: how grave, how many, of how many records and which one first.

    ``accounts`` are those of the records.
    """

    rule: RuleId
    title: str
    severity: Severity
    findings: int = 0
    accounts: set[str] = field(default_factory=set)
    hits: int = 0
    first_hit: MatchedRecord | None = None

    def add(self, finding: Finding) -> None:
        """Count a failure in."""
        self.findings += 1
        self.severity = max(self.severity, finding.severity, key=lambda severity: severity.rank)
        if finding.hit_count:  # of facts, thousands of accounts have findings of every rule, and nobody asks which
            self.accounts.add(finding.account)
        self.hits += finding.hit_count
        if self.first_hit is None and isinstance(finding.details, HitDetails) and finding.details.hits:
            self.first_hit = finding.details.hits[0]


@dataclass(slots=True)
class Tally:
    """Findings by outcome; failures by rule; the rules that are unknown, with a reason, and those that passed."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    waived: int = 0
    known: int = 0
    failed: dict[RuleId, RuleTally] = field(default_factory=dict)
    unknown: dict[RuleId, str] = field(default_factory=dict)
    unseen: set[RuleId] = field(default_factory=set)
    passed: set[RuleId] = field(default_factory=set)

    @property
    def gravest(self) -> list[RuleTally]:
        """The rules that failed, gravest first."""
        return sorted(self.failed.values(), key=lambda each: (-each.severity.rank, each.rule))

    def add(self, finding: Finding) -> None:
        """Count a finding in."""
        self.outcomes[finding.outcome] += 1
        match finding.outcome:
            case Outcome.FAIL:
                self._add_failure(finding)
            case Outcome.UNKNOWN:
                self._add_unknown(finding)
            case Outcome.PASS:
                self.passed.add(finding.rule)
            case _:
                pass

    def _add_failure(self, finding: Finding) -> None:
        self.known += finding.known
        if finding.waiver:
            self.waived += 1
            return
        if finding.rule not in self.failed:
            self.failed[finding.rule] = RuleTally(finding.rule, finding.title, finding.severity)
        self.failed[finding.rule].add(finding)

    def _add_unknown(self, finding: Finding) -> None:
        if UNSEEN in finding.because:
            self.unseen.add(finding.rule)
        if set(finding.because) != {UNSEEN}:
            self.unknown.setdefault(finding.rule, finding.reason)


def tallied(findings: Iterable[Finding]) -> Tally:
    """All of them counted."""
    tally = Tally()
    for finding in findings:
        tally.add(finding)
    return tally
