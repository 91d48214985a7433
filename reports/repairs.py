"""What is to be put right, most controls first: the findings of one broken thing are one repair, however many they are.

One broken trail fails many rules in every account that it serves. A reader who sees the failures one by one cannot tell
that they are one; a list of the things behind them can.
"""

from collections.abc import Iterable
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
    """What a repair is about: its ARN, or its name where it has none, and the account that owns it."""

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
    """

    thing: Thing
    findings: int = 0
    severity: Severity = Severity.INFO
    rules: dict[RuleId, None] = field(default_factory=dict)
    accounts: dict[str, None] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)
    steps: dict[str, tuple[str, ...]] = field(default_factory=dict)

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


def repairs(findings: Iterable[Finding], found: Lookup, outcome: Outcome = Outcome.FAIL) -> list[Repair]:
    """What is behind the findings of one outcome: most controls first, then the gravest, then most findings.

    Failures that a waiver covers are left out: nobody is to put them right now.
    """
    by_thing: dict[Thing, Repair] = {}
    for finding in findings:
        if finding.outcome is not outcome or finding.waiver:
            continue
        thing = thing_of(finding)
        by_thing.setdefault(thing, Repair(thing)).add(finding, found)
    return sorted(by_thing.values(), key=_rank)


def thing_of(finding: Finding) -> Thing:
    """The thing that a finding comes from: what it names as its cause, else what it was judged on."""
    if finding.cause is not None:
        return Thing(finding.cause.account, finding.cause.resource)
    return Thing(finding.account, finding.resource)


def _rank(repair: Repair) -> tuple[int, int, int, str, str]:
    return (
        -len(repair.controls),
        -repair.severity.rank,
        -repair.findings,
        repair.thing.account,
        repair.thing.resource,
    )


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
