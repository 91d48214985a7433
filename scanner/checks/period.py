"""``check: period``: clauses over what a measure computes of a period, each exactly true to pass.

What is proven wrong in the part that was looked at is a failure, whatever else there may be. What could not be looked
at, or covers less than the period, is unknown and never a pass; so is an account of which the measure says nothing.
"""

from collections.abc import Iterator, Mapping, Sequence

from scanner.checks.sentences import filled, shown_value
from scanner.errors import TrailwitnessError, UsageError
from scanner.expressions.language import UNKNOWN, WHOLE_ROW, Expression, Unknown, compile_expression
from scanner.facts.rows import Row
from scanner.model import (
    CallKey,
    Clause,
    Finding,
    Gap,
    GapKind,
    JsonValue,
    Outcome,
    PeriodCheck,
    PeriodDetails,
    Rule,
    RuleId,
    Source,
)
from scanner.period.evidence import Part, PeriodEvidence
from scanner.period.measured import Measure, Measured
from scanner.period.measures import MEASURES
from scanner.times import rfc3339

_SHOWN = 5


def judge_all(
    rules: Sequence[Rule], evidence: PeriodEvidence, parameters: Mapping[RuleId, Mapping[str, JsonValue]] | None = None
) -> Iterator[Finding]:
    """The findings of several period rules, by account, rule, Region and resource.

    ``parameters`` are values by rule; what is missing keeps the rule's default. Raises ``UsageError`` for another kind,
    and for an expression that is wrong.
    """
    given = parameters or {}
    found: list[Finding] = []
    for rule in rules:
        values = {parameter.name: parameter.default for parameter in rule.parameters} | dict(given.get(rule.id, {}))
        found.extend(judge(rule, evidence, values))
    yield from sorted(found, key=lambda each: (each.account, each.rule, each.region, each.resource, each.reason))


def judge(rule: Rule, evidence: PeriodEvidence, parameters: Mapping[str, JsonValue]) -> Iterator[Finding]:
    """The findings of a period rule: one for each thing that its measure tells of, and for each account without any.

    ``parameters`` holds every parameter of the rule. Raises ``UsageError`` for a rule of another kind.
    """
    check = rule.check
    if not isinstance(check, PeriodCheck):
        raise UsageError(f"Rule {rule.id} is not a period rule.")
    measure = MEASURES[check.measure]
    clauses = [(compile_expression(each.that, parameters), each) for each in check.clauses]
    told: set[str] = set()
    for measured in measure.take(evidence, parameters):
        told.add(measured.account)
        yield _judged(rule, check, clauses, measured, evidence, parameters)
    for account in evidence.accounts or ("",):
        if account not in told and not (told and not account):
            yield _nothing(rule, measure, evidence, account)


def _judged(
    rule: Rule,
    check: PeriodCheck,
    clauses: Sequence[tuple[Expression, Clause]],
    measured: Measured,
    evidence: PeriodEvidence,
    parameters: Mapping[str, JsonValue],
) -> Finding:
    row = _row(measured)
    try:
        failed, value = _first_failed(clauses, measured, evidence)
    except UsageError as error:
        return _finding(rule, measured, evidence, Outcome.UNKNOWN, f"could not be judged: {_why(error)}")
    if failed is not None:
        found = _found(failed, measured, evidence, parameters)
        reason = filled(failed.otherwise, row, parameters, found)
        if not isinstance(value, Unknown) and value is not False and value is not None:
            reason += f" (the rule's expression gave {shown_value(value)}, not true)"
        return _finding(rule, measured, evidence, Outcome.FAIL, reason)
    if value is UNKNOWN:
        named = [name for name in sorted(measured.gaps) if name in check.fields or WHOLE_ROW in check.fields]
        why = "; ".join(dict.fromkeys(measured.gaps[name] for name in named))
        return _finding(rule, measured, evidence, Outcome.UNKNOWN, f"could not be judged: {why}")
    if not measured.covered or measured.not_looked_at:
        shown = "; ".join(measured.not_looked_at[:_SHOWN]) or "no reason is told"
        left = len(measured.not_looked_at) - _SHOWN
        more = f"; and {left} more" if left > 0 else ""
        reason = f"nothing wrong was found, and the period was not looked at whole: {shown}{more}"
        return _finding(rule, measured, evidence, Outcome.UNKNOWN, reason)
    said = filled(check.passed, row, parameters) if check.passed else rule.title
    return _finding(rule, measured, evidence, Outcome.PASS, said)


def _first_failed(
    clauses: Sequence[tuple[Expression, Clause]], measured: Measured, evidence: PeriodEvidence
) -> tuple[Clause | None, JsonValue | Unknown]:
    """The clause that decides and its value: the first that fails whatever the gaps are, else unknown or true."""
    undecided = False
    for expression, clause in clauses:
        try:
            value = expression.decide(measured.facts, evidence.as_of, measured.gaps)
        except UsageError:
            if undecided:
                continue
            raise
        if value is UNKNOWN:
            undecided = True
        elif value is not True:
            return clause, value
    return None, UNKNOWN if undecided else True


def _found(
    clause: Clause, measured: Measured, evidence: PeriodEvidence, parameters: Mapping[str, JsonValue]
) -> JsonValue:
    """What the clause names as found; it decides nothing, so what it breaks on is only not known."""
    if not clause.found:
        return None
    try:
        value = compile_expression(clause.found, parameters).decide(measured.facts, evidence.as_of, measured.gaps)
    except UsageError:
        return "not known"
    return "not known" if isinstance(value, Unknown) else value


def _why(error: UsageError) -> str:
    cause = error.__cause__
    told = str(cause) if isinstance(cause, TrailwitnessError) else error.message
    return " ".join(told.split()).rstrip(".")


def _row(measured: Measured) -> Row:
    """What a measure found as templates see it."""
    key = CallKey(measured.account, measured.region, "")
    gaps = {name: Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=why) for name, why in measured.gaps.items()}
    return Row("", measured.account, measured.region, measured.resource, measured.facts, gaps=gaps)


def _nothing(rule: Rule, measure: Measure, evidence: PeriodEvidence, account: str) -> Finding:
    """That a measure tells nothing of an account: nothing of it was looked at, or nothing is there."""
    absent = (part.absent for part in _parts(measure, evidence) if part.absent)
    why = next(absent, f"the evidence of the period holds nothing that the measure {measure.name} reads")
    label = f"Account {account}" if account else "The period"
    measured = Measured(label, account, "", account, covered=False, not_looked_at=(why,), sources=measure.rests_on)
    return _finding(rule, measured, evidence, Outcome.UNKNOWN, f"could not be judged: {why}")


def _parts(measure: Measure, evidence: PeriodEvidence) -> Iterator[Part]:
    for name in measure.rests_on:
        part = getattr(evidence, name)
        if isinstance(part, Part):
            yield part


def _finding(rule: Rule, measured: Measured, evidence: PeriodEvidence, outcome: Outcome, reason: str) -> Finding:
    details = PeriodDetails(
        rfc3339(evidence.since),
        rfc3339(evidence.until),
        measured.covered and not measured.not_looked_at,
        measured.looked_at,
        measured.not_looked_at,
    )
    return Finding(
        rule=rule.id,
        outcome=outcome,
        severity=rule.severity,
        account=measured.account,
        region=measured.region,
        resource=measured.resource,
        reason=f"{measured.label}: {reason.rstrip('.')}.",
        title=rule.title,
        details=details,
        sources=tuple(Source(CallKey.of_source(name), "") for name in _named(measured, evidence)),
    )


def _named(measured: Measured, evidence: PeriodEvidence) -> list[str]:
    """What the parts of the evidence were read from that a finding rests on."""
    found = (getattr(evidence, name) for name in measured.sources)
    return sorted({part.source for part in found if isinstance(part, Part) and part.source})
