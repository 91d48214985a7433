"""What came out: findings with what they rest on, controls, gaps, evidence, and the assessment that holds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scanner.model.calls import CallKey, Gap, OfCall, Source
from scanner.model.details import Details, HitDetails, NoHitDetails
from scanner.model.exceptions import ExceptionsUsed, InForce
from scanner.model.gate import Gate
from scanner.model.rules import Over, Rule
from scanner.model.run import LogRun, ScanRun, Summary
from scanner.model.values import Coverage, EvidenceId, JsonValue, Outcome, RuleId, Severity


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a route (trail, selectors, delivery, log group, filter, alarm, action, topic, subscription).

    ``verdict`` is a pass, fail or unknown outcome; ``candidate`` names the resource judged ("" if none).
    """

    name: str
    verdict: Outcome
    reason: str
    candidate: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """The thing that a finding which is not a pass comes from, of whichever account: it may cause many.

    ``what`` is a noun for it ("organization trail"), ``account`` its owner and ``resource`` its ARN, or its name when
    it has none.
    """

    what: str
    account: str
    resource: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one rule on one resource, with what it rests on.

    ``links`` are the links of a route in order; ``witness`` is an event that is lost (routes only); ``details`` are
    what the kind of check knows beside the reason; ``cause`` is the shared thing that it comes from, if any. ``waiver``
    is the id of the waiver in force that covers a failure ("" if none), and ``known`` says that a baseline knows it.
    """

    rule: RuleId
    outcome: Outcome
    severity: Severity
    account: str
    region: str
    resource: str
    reason: str
    title: str = ""
    links: tuple[Link, ...] = ()
    witness: Mapping[str, JsonValue] | None = None
    details: Details | None = None
    sources: tuple[Source, ...] = ()
    evidence: tuple[EvidenceId, ...] = ()
    cause: Cause | None = None
    waiver: str = ""
    known: bool = False

    def passed_over(self, gate: Gate) -> str:
        """Why a failure or an unknown does not stop the gate, as the end of a sentence ("" when it does)."""
        return gate.passes_over(self.outcome, self.severity, self.because, waiver=self.waiver, known=self.known)

    @property
    def because(self) -> tuple[str, ...]:
        """Why an unknown over log records is unknown: ``UNREAD``, ``UNSEEN`` or both; nothing for any other finding."""
        return self.details.because if isinstance(self.details, NoHitDetails) else ()

    @property
    def hit_count(self) -> int:
        """How many different log records matched the rule; 0 for any other finding."""
        return self.details.hit_count if isinstance(self.details, HitDetails) else 0


@dataclass(frozen=True, slots=True)
class ControlResult:
    """A control with the outcome its findings give it (as good as its worst rule; ``manual`` without rules).

    ``waived`` says that every failure of its rules is covered by a waiver in force and nothing of them is unknown: its
    outcome is ``fail`` all the same. ``attested`` says whether the attestation of what a person decides counts, None
    where there is none. In an assessment of a period ``over`` is what its configuration, its records and the period
    say, each by itself.
    """

    framework: str
    id: str
    title: str
    coverage: Coverage
    outcome: Outcome
    notes: str
    rules: tuple[RuleId, ...]
    waived: bool = False
    attested: InForce | None = None
    over: Mapping[Over, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence(OfCall):
    """One recorded call as evidence: number, raw file ("" for a refused call), digest and provenance."""

    id: EvidenceId
    key: CallKey
    file: str
    sha256: str
    bytes: int
    started: str
    request_ids: tuple[str, ...]
    error: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The one truth that every report is made from: how it came about, the rules, and all that came out of them."""

    run: ScanRun | LogRun
    rules: tuple[Rule, ...]
    findings: Sequence[Finding]
    controls: tuple[ControlResult, ...]
    gaps: tuple[Gap, ...]
    evidence: Sequence[Evidence]
    summary: Summary
    exceptions: ExceptionsUsed = field(default_factory=ExceptionsUsed)
