"""What people state beside the evidence: waivers of failures, attestations of manual controls, and a baseline.

None of it changes a verdict. A waived failure stays a failure that somebody accepted for a time, an attested control
stays manual, and a failure that a baseline knows is reported like any other; all that changes is what stops a gate.
Every day is judged as of the day of the evidence, so that the same evidence gives the same result for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from scanner.model.values import RuleId


class WaiverKind(StrEnum):
    """Why a failure is accepted. A compensating control carries the worksheet of PCI DSS 4.0.1, appendix C."""

    RISK_ACCEPTED = "risk-accepted"
    COMPENSATING_CONTROL = "compensating-control"
    FALSE_POSITIVE = "false-positive"


WORKSHEET = ("constraints", "definition", "objective", "identified_risk", "validation", "maintenance")
"""What PCI DSS 4.0.1, appendix C, asks of a compensating control, in its order."""


class InForce(StrEnum):
    """Whether a statement counts on the day of the evidence."""

    NOT_YET = "not-yet"
    YES = "in-force"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class WaiverScope:
    """What a waiver is for: patterns of accounts, Regions and resources, with the wildcards ``*`` and ``?``."""

    accounts: tuple[str, ...] = ("*",)
    regions: tuple[str, ...] = ("*",)
    resources: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A failure that somebody accepts from one day until another, both included.

    ``rule`` is the id of one rule. ``worksheet`` are the six entries that PCI DSS 4.0.1 asks of a compensating control,
    by key in its order (empty for other kinds).
    """

    id: str
    rule: RuleId
    scope: WaiverScope
    kind: WaiverKind
    justification: str
    approver: str
    ticket: str
    since: date
    until: date
    worksheet: tuple[tuple[str, str], ...] = ()

    def in_force(self, day: date) -> InForce:
        """Whether it counts on a day."""
        return _in_force(self.since, self.until, day)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that an attestation rests on: its name, and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ControlAttestation:
    """What a person states of a manual control: on ``made``, and again by ``next_due`` at the latest."""

    framework: str
    control: str
    person: str
    role: str
    statement: str
    made: date
    next_due: date
    files: tuple[AttachedFile, ...] = ()

    def in_force(self, day: date) -> InForce:
        """Whether it counts on a day; expired says that the next one is overdue."""
        return _in_force(self.made, self.next_due, day)


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """A failure that a baseline knows: of which rule, on which resource."""

    rule: RuleId
    account: str
    region: str
    resource: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The failures that were there when it was made; ``made`` is the time of their evidence."""

    accounts: tuple[str, ...]
    made: str
    known: frozenset[KnownFailure]


@dataclass(frozen=True, slots=True)
class Exceptions:
    """What a run is told beside the evidence. ``texts`` are the files it was read from, by their name in a bundle."""

    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[ControlAttestation, ...] = ()
    baseline: Baseline | None = None
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """What became of a waiver: whether it counts on the day of the evidence, and how many failures it covers.

    ``concerned`` says whether the run judged what it is for: its rule, in one of its accounts and Regions. A waiver
    that expired, or that covers nothing of what was judged, is a fault of the file of waivers and stops a gate.
    """

    waiver: Waiver
    in_force: InForce
    findings: int
    concerned: bool = True

    @property
    def fault(self) -> str:
        """Why it stops a gate, as the end of a sentence ("" when it does not)."""
        if not self.concerned:
            return ""
        if self.in_force is InForce.EXPIRED:
            return f"waiver {self.waiver.id} expired on {self.waiver.until.isoformat()}"
        if self.in_force is InForce.YES and not self.findings:
            return f"waiver {self.waiver.id} matches no failure"
        return ""


@dataclass(frozen=True, slots=True)
class AttestationUse:
    """An attestation, and whether it counts on the day of the evidence."""

    attestation: ControlAttestation
    in_force: InForce


@dataclass(frozen=True, slots=True)
class BaselineUse:
    """What became of a baseline.

    ``size`` is how many failures it knows, ``findings`` how many of them this run has, and ``gone`` are those that this
    run no longer has. ``accounts`` and ``made`` are the baseline's.
    """

    accounts: tuple[str, ...]
    made: str
    size: int
    findings: int
    gone: tuple[KnownFailure, ...]


@dataclass(frozen=True, slots=True)
class ExceptionsUsed:
    """What became of everything that a run was told beside the evidence."""

    waivers: tuple[WaiverUse, ...] = ()
    attestations: tuple[AttestationUse, ...] = ()
    baseline: BaselineUse | None = None

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the waivers, each as the end of a sentence: it stops a gate."""
        return tuple(use.fault for use in self.waivers if use.fault)


def _in_force(first: date, last: date, day: date) -> InForce:
    if day < first:
        return InForce.NOT_YET
    return InForce.EXPIRED if day > last else InForce.YES
