"""Rules × facts → findings: pure, ordered, one account at a time."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from scanner.checks import CHECKS, Judge
from scanner.checks.route import Proofs
from scanner.model import Cause, Finding, JsonValue, Outcome, Over, Rule, RuleId
from scanner.snapshot.answers import Snapshot
from scanner.snapshot.partly import NotKnownError

Parameters = Mapping[RuleId, Mapping[str, JsonValue]]
"""Overridden parameter values by rule; what is missing keeps the rule's default."""


def evaluate(
    rules: Sequence[Rule],
    snapshot: Snapshot,
    parameters: Parameters | None = None,
    beside: Collection[RuleId] = (),
    proofs: Proofs | None = None,
) -> Iterator[Finding]:
    """Every finding of every rule on every account of the snapshot.

    ``beside`` names rules that count as judged too, without being among ``rules``. Whoever judges several snapshots may
    hand the same ``proofs`` to each, so that nothing about filters is proved twice.

    Ordered by account, rule id, Region and resource, whatever the order of ``rules``; the raw answers of an
    account are dropped when it is done, so that thousands of accounts fit into memory. Rules about log events are
    left out: a snapshot holds no records to judge them by.
    """
    overrides = parameters or {}
    ordered = sorted((rule for rule in rules if rule.check.over is Over.FACTS), key=lambda rule: rule.id)
    judged = {rule.id for rule in ordered} | set(beside)
    known = proofs or Proofs()
    kinds = {type(rule.check) for rule in ordered}
    judges = {check: CHECKS[check].judge_of(snapshot, judged, known) for check in kinds}
    for account in snapshot.accounts:
        for rule in ordered:
            values = effective(rule, overrides.get(rule.id))
            findings = _findings(judges[type(rule.check)], rule, account, values)
            if snapshot.left_out(account):
                findings = [replace(finding, cause=Cause(NOT_LOOKED_AT, account, account)) for finding in findings]
            yield from sorted(findings, key=lambda finding: (finding.region, finding.resource, finding.reason))
        snapshot.forget(account)


NOT_LOOKED_AT = "account that could not be looked at"
"""What findings come from in an account of which nothing was looked at."""


def _findings(judge: Judge, rule: Rule, account: str, parameters: Mapping[str, JsonValue]) -> list[Finding]:
    """What a rule says of an account; unknown when it rests on a place that is not known and no view told of."""
    try:
        return list(judge(rule, account, parameters))
    except NotKnownError as error:
        reason = f"Account {account} could not be judged: {error.gap.reason}."
        sources = (error.gap.source,)
        return [
            Finding(
                rule=rule.id,
                outcome=Outcome.UNKNOWN,
                severity=rule.severity,
                account=account,
                region="",
                resource=account,
                reason=reason,
                title=rule.title,
                sources=sources,
            )
        ]


def effective(rule: Rule, overrides: Mapping[str, JsonValue] | None = None) -> dict[str, JsonValue]:
    """Every parameter of a rule with the value in force."""
    values = {parameter.name: parameter.default for parameter in rule.parameters}
    values.update(overrides or {})
    return values
