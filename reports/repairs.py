"""What is to be put right, most controls first: the findings of one broken thing are one repair, however many they are.

One broken trail fails many rules in every account that it serves. A reader who sees the failures one by one cannot tell
that they are one; a list of the things behind them can.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reports.wording import Lookup, control_names, repair_words
from scanner.arns import parse_arn
from scanner.model import Finding, Outcome, ResourceDetails, RouteDetails, RuleId, Severity

OPEN = (Outcome.FAIL, Outcome.UNKNOWN)
"""Outcomes that somebody has to do something about."""

MOST_STEPS = 20
"""Steps that are kept of one repair: the findings of its rules tell all of them."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What a repair is about: its ARN, or its name where it has none, and whose it is ("" for a bucket)."""

    account: str
    resource: str

    @property
    def name(self) -> str:
        """In words, short enough for a line: "trail org-audit", or "account 111122223333"."""
        if self.resource == self.account:
            return f"account {self.account}" if self.account else "log records without an account"
        arn = parse_arn(self.resource)
        if arn is None:
            return self.resource
        noun, name = _named(arn.service, arn.resource)
        return f"{noun} {name}" if noun else name


@dataclass(slots=True)
class Repair:
    """One thing to put right, with the failures and the unknown verdicts that come from it.

    ``findings`` is how many it explains, ``severity`` that of the gravest, ``rules`` and ``accounts`` are theirs in the
    order of the findings. ``controls`` are ``framework id`` of each control that rests on one of the rules. ``steps``
    are what the findings say of how it is put right, each with its commands, the first ``MOST_STEPS`` of them.
    ``first_commands`` is how many commands of the first step are those of one finding: where nothing is set up yet,
    many rules ask for the same step, each with commands of its own.
    """

    thing: Thing
    findings: int = 0
    severity: Severity = Severity.INFO
    rules: dict[RuleId, None] = field(default_factory=dict)
    accounts: dict[str, None] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)
    steps: dict[str, tuple[str, ...]] = field(default_factory=dict)
    first_commands: int = 0

    def add(self, finding: Finding, found: Lookup) -> None:
        """Count a finding in."""
        self.findings += 1
        self.severity = max(self.severity, finding.severity, key=lambda severity: severity.rank)
        if finding.rule not in self.rules:
            self.controls.update(dict.fromkeys(control_names(finding.rule, found)))
        self.rules[finding.rule] = None
        self.accounts[finding.account] = None
        step = " ".join(repair_words(finding, found).split())
        if step and (step in self.steps or len(self.steps) < MOST_STEPS):
            told = (*self.steps.get(step, ()), *_commands(finding))
            self.steps[step] = tuple(dict.fromkeys(told))
            if not self.first_commands and step == next(iter(self.steps)):
                self.first_commands = len(self.steps[step])


@dataclass(frozen=True, slots=True)
class Repairs:
    """The first repairs of a list, and how many there are in all."""

    first: tuple[Repair, ...]
    total: int

    @property
    def left(self) -> int:
        """How many there are beside the first."""
        return self.total - len(self.first)


def repairs(findings: Sequence[Finding], found: Lookup, most: int, outcome: Outcome = Outcome.FAIL) -> Repairs:
    """What is behind the findings of one outcome: most controls first, then the gravest, then most findings.

    Failures that a waiver covers are left out: nobody is to put them right now. The findings are passed over twice, so
    that of thousands of things no more is held than a few numbers; the ``most`` first ones are then told whole.
    """
    weights: dict[Thing, _Weight] = {}
    for finding in _of(findings, outcome):
        weights.setdefault(thing_of(finding), _Weight()).add(finding)
    order = sorted(weights, key=lambda thing: weights[thing].rank(thing, found))
    first = {thing: Repair(thing) for thing in order[:most]}
    for finding in _of(findings, outcome) if first else ():
        repair = first.get(thing_of(finding))
        if repair is not None:
            repair.add(finding, found)
    return Repairs(tuple(first.values()), len(order))


def _of(findings: Iterable[Finding], outcome: Outcome) -> Iterator[Finding]:
    return (finding for finding in findings if finding.outcome is outcome and not finding.waiver)


class _Weight:
    """How much depends on a thing: what is needed to tell which one comes first."""

    __slots__ = ("_findings", "_rules", "_severity")

    def __init__(self) -> None:
        self._findings = self._severity = 0
        self._rules: tuple[RuleId, ...] = ()

    def add(self, finding: Finding) -> None:
        """Count a finding in."""
        self._findings += 1
        self._severity = max(self._severity, finding.severity.rank)
        if finding.rule not in self._rules:
            self._rules = (*self._rules, finding.rule)

    def rank(self, thing: Thing, found: Lookup) -> tuple[int, int, int, str, str]:
        """A key by which what comes first is least."""
        controls = {name for rule in self._rules for name in control_names(rule, found)}
        return -len(controls), -self._severity, -self._findings, thing.account, thing.resource


def thing_of(finding: Finding) -> Thing:
    """The thing that a finding comes from: what it names as its cause, else what it was judged on.

    A bucket is one of its name in all accounts, and several may judge it: it is one thing, whoever looked at it.
    """
    if finding.cause is not None:
        return Thing(finding.cause.account, finding.cause.resource)
    arn = parse_arn(finding.resource)
    whose = "" if arn is not None and arn.service == "s3" else finding.account
    return Thing(whose, finding.resource)


def _commands(finding: Finding) -> tuple[str, ...]:
    details = finding.details
    if isinstance(details, RouteDetails | ResourceDetails) and details.fix is not None:
        return details.fix.commands
    return ()


_NOUNS = {
    ("cloudtrail", "trail/"): "trail",
    ("cloudtrail", "eventdatastore/"): "event data store",
    ("logs", "log-group:"): "log group",
    ("cloudwatch", "alarm:"): "alarm",
    ("events", "rule/"): "EventBridge rule",
    ("events", "event-bus/"): "event bus",
    ("kms", "key/"): "key",
    ("s3", ""): "bucket",
    ("sns", ""): "topic",
    ("sqs", ""): "queue",
}


def _named(service: str, resource: str) -> tuple[str, str]:
    for (owner, kind), noun in _NOUNS.items():
        if owner == service and resource.startswith(kind):
            return noun, resource.removeprefix(kind)
    return "", resource
