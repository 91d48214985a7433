"""Rules × facts → findings: pure, ordered, one account at a time."""

from collections.abc import Iterator, Mapping, Sequence

from scanner.checks import CHECKS
from scanner.model import Finding, JsonValue, Rule, RuleId
from scanner.snapshot import Snapshot

Parameters = Mapping[RuleId, Mapping[str, JsonValue]]
"""Overridden parameter values by rule; what is missing keeps the rule's default."""


def evaluate(rules: Sequence[Rule], snapshot: Snapshot, parameters: Parameters | None = None) -> Iterator[Finding]:
    """Every finding of every rule on every account of the snapshot.

    Ordered by account, rule id, Region and resource, whatever the order of ``rules``; the raw answers of an
    account are dropped when it is done, so that thousands of accounts fit into memory. Rules about log events are
    left out: a snapshot holds no records to judge them by.
    """
    overrides = parameters or {}
    ordered = sorted((rule for rule in rules if type(rule.check) in CHECKS), key=lambda rule: rule.id)
    for account in snapshot.accounts:
        for rule in ordered:
            findings = CHECKS[type(rule.check)](rule, snapshot, account, effective(rule, overrides.get(rule.id)))
            yield from sorted(findings, key=lambda finding: (finding.region, finding.resource, finding.reason))
        snapshot.forget(account)


def effective(rule: Rule, overrides: Mapping[str, JsonValue] | None = None) -> dict[str, JsonValue]:
    """Every parameter of a rule with the value in force."""
    values = {parameter.name: parameter.default for parameter in rule.parameters}
    values.update(overrides or {})
    return values
