"""``check: resource``: clauses over each resource of a type, each exactly true to pass.

Neither a null, a value of another type nor an expression that breaks is ever a pass: the first two fail, the third
is unknown. A fact that could not be collected makes the verdict unknown unless the other facts already decide it. An
empty population with a gap is unknown: "nothing found" and "could not look" are different things. A resource that does
not exist is reported by one rule of its type; for the others judged beside that one it is not applicable. What a rule
judges once, in the account that owns it, is not applicable in the accounts that use it, and names that account.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain

from scanner.checks.held import HeldThings, LatestViews
from scanner.checks.repairs import own_remediation
from scanner.checks.sentences import filled, label, noun, shown_value
from scanner.errors import ContentError, TrailwitnessError, UsageError
from scanner.expressions.language import UNKNOWN, WHOLE_ROW, Expression, Unknown, compile_expression
from scanner.facts.rows import Existence, Row, View
from scanner.facts.uses import Use
from scanner.model import (
    CallKey,
    Clause,
    Finding,
    Fix,
    Gap,
    JsonValue,
    Outcome,
    ResourceCheck,
    ResourceDetails,
    ResourceScope,
    Rule,
    RuleId,
    Source,
)
from scanner.resources import RESOURCES
from scanner.resources.trails.worlds import regions_left_out
from scanner.snapshot.answers import Snapshot


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause ready to be asked, and what a finding says when it does not hold."""

    that: Expression
    otherwise: str
    found: Expression | None = None


@dataclass(frozen=True, slots=True)
class _Judging:
    """A rule ready to be asked about rows, at the time of collection."""

    rule: Rule
    where: Expression | None
    clauses: tuple[_Clause, ...]
    passed: str
    remarks: tuple[_Clause, ...]
    parameters: Mapping[str, JsonValue]
    now: datetime
    existence: Existence | None
    reported: bool  # the rule that reports missing resources of this type is judged as well

    @property
    def expected(self) -> frozenset[str]:
        """The row fields that the clauses name."""
        return frozenset[str]().union(*(clause.that.fields for clause in self.clauses))

    @property
    def named(self) -> frozenset[str]:
        """The row fields that the rule names anywhere."""
        return self.expected | (self.where.fields if self.where else frozenset())


def judge(
    rule: Rule,
    snapshot: Snapshot,
    account: str,
    parameters: Mapping[str, JsonValue],
    beside: Collection[RuleId] = (),
    held: HeldThings | None = None,
    views: LatestViews | None = None,
) -> Iterator[Finding]:
    """The findings of a resource rule in one account: one for each resource judged, and for what could not be seen.

    ``parameters`` holds every parameter of the rule, ``beside`` the rules that are judged in the same run, ``held``
    what the accounts of the snapshot hold for each other, ``views`` the views that are known already. Raises
    ``UsageError`` when an expression of the rule is wrong.
    """
    check = _check_of(rule)
    judging = _prepared(rule, check, snapshot.time_of(account), parameters, beside)
    view = (views or LatestViews(snapshot)).of(RESOURCES[check.resource], account)
    judged = 0
    things = held or HeldThings(snapshot)
    for row in view.rows:
        finding = _judged_elsewhere(judging, row, things) or _judged_here(judging, row, things)
        if finding is not None:
            judged += 1
            yield finding
    if view.gaps:
        yield _population_unknown(rule, account, view.gaps)
    elif not judged:
        yield _nothing_selected(judging, snapshot, account, view)


def _judged_here(judging: _Judging, row: Row, things: HeldThings) -> Finding | None:
    """The finding about a resource in the account that uses it, as far as its owner tells of it too.

    What is to be judged by its owner, in whose account it could not be seen, passes nowhere else.
    """
    told = things.told(row)
    finding = _judge_row(judging, told)
    if finding is None:
        return None
    hidden = things.hidden(row) if _check_of(judging.rule).scope is ResourceScope.OWNER else ""
    if hidden and finding.outcome is Outcome.PASS:
        reason = f"{label(row)} could not be judged where it belongs: {hidden}."
        finding = replace(finding, outcome=Outcome.UNKNOWN, reason=reason)
    return things.cause(finding, told)


def _judged_elsewhere(judging: _Judging, row: Row, things: HeldThings) -> Finding | None:
    """Where the finding about a thing is that is judged once, in the account that owns it; None for any other.

    A failure that the owner's facts do not show, and that those of this account do, is not left to the owner.
    """
    check = _check_of(judging.rule)
    own = things.judged_there(row, judging.named) if check.scope is ResourceScope.OWNER else None
    if own is None:
        return None
    there = things.verdict(judging.rule.id, own, partial(_outcome, judging))
    here = None if there is None else _judge_row(judging, row)
    if here is None:
        return None
    if here.outcome is Outcome.FAIL and there is not Outcome.FAIL:
        return things.cause(here, row)
    reason = f"{label(row)} is judged in account {own.account}, which owns it ({there} there)."
    sources = tuple(dict.fromkeys((*row.sources, *own.sources)))
    return _finding(judging.rule, row, Outcome.NOT_APPLICABLE, reason, sources)


def _outcome(judging: _Judging, row: Row, now: datetime) -> Outcome | None:
    """What the rule says of a row at a time; None when it does not select the row."""
    finding = _judge_row(replace(judging, now=now), row)
    return None if finding is None else finding.outcome


def uses(rules: Sequence[Rule]) -> frozenset[Use]:
    """The calls that the facts of rules rest on. Raises ContentError for a resource type that does not exist."""
    return frozenset(chain.from_iterable(map(_uses, rules)))


def _uses(rule: Rule) -> frozenset[Use]:
    check = _check_of(rule)
    if check.resource not in RESOURCES:
        raise ContentError(
            [f"{rule.path}: no API calls are known for the resource type {check.resource!r} of rule {rule.id}."],
            f"The resource types are {', '.join(sorted(RESOURCES))}.",
        )
    return RESOURCES[check.resource].uses(check.fields)


def _check_of(rule: Rule) -> ResourceCheck:
    if not isinstance(rule.check, ResourceCheck):
        raise UsageError(f"Rule {rule.id} is not a resource rule.")
    return rule.check


def _prepared(
    rule: Rule,
    check: ResourceCheck,
    now: datetime,
    parameters: Mapping[str, JsonValue],
    beside: Collection[RuleId],
) -> _Judging:
    existence = RESOURCES[check.resource].existence
    elsewhere = existence is not None and existence.reported_by != rule.id
    remarks = tuple(_Clause(compile_expression(each.when, parameters), each.say) for each in check.remarks)
    return _Judging(
        rule=rule,
        where=compile_expression(check.where, parameters) if check.where else None,
        clauses=tuple(_compiled(clause, parameters) for clause in check.clauses),
        passed=check.passed,
        remarks=remarks,
        parameters=parameters,
        now=now,
        existence=existence if elsewhere else None,
        reported=existence is not None and existence.reported_by in beside,
    )


def _compiled(clause: Clause, parameters: Mapping[str, JsonValue]) -> _Clause:
    found = compile_expression(clause.found, parameters) if clause.found else None
    return _Clause(compile_expression(clause.that, parameters), clause.otherwise, found)


def _judge_row(judging: _Judging, row: Row) -> Finding | None:
    """The finding about one resource, or None when the rule does not select it."""
    rule, sources = judging.rule, _sources(row, judging.named)
    try:
        if judging.where is not None:
            selected = judging.where.decide(row.data, judging.now, row.gaps)
            if selected is UNKNOWN:
                return _row_unknown(rule, row, judging.where.fields)
            if selected is not True:
                return None
        if judging.existence is not None and row.data.get(judging.existence.field) is False:
            return _missing(judging, judging.existence, row)
        failed, value = _first_failed(judging, row)
    except UsageError as error:
        reason = f"{label(row)} could not be judged: {_broken(error)}."
        return _finding(rule, row, Outcome.UNKNOWN, reason, sources)
    if value is UNKNOWN:
        return _row_unknown(rule, row, judging.expected)
    return _passed(judging, row, sources) if failed is None else _failed(judging, failed, value, row, sources)


def _failed(judging: _Judging, failed: _Clause, value: JsonValue, row: Row, sources: tuple[Source, ...]) -> Finding:
    """The finding about a resource that fails a clause, with what to do about it."""
    found = _found(judging, failed, row)
    reason = f"{label(row)}: {filled(failed.otherwise, row, judging.parameters, found)}"
    if value is not False and value is not None:
        reason += f" (the rule's expression gave {shown_value(value)}, not true)"
    own = own_remediation(judging.rule.remediation, row)
    details = ResourceDetails(Fix(own)) if own else None
    return replace(_finding(judging.rule, row, Outcome.FAIL, f"{reason.rstrip('.')}.", sources), details=details)


def _found(judging: _Judging, clause: _Clause, row: Row) -> JsonValue:
    """What the clause names as found; it decides nothing, so what it breaks on is only not known."""
    if clause.found is None:
        return None
    with suppress(UsageError):
        value = clause.found.decide(row.data, judging.now, row.gaps)
        if not isinstance(value, Unknown):
            return value
    return "not known"


def _broken(error: UsageError) -> str:
    """Why an expression has no value over a row: a clause about the facts, or the expression if that is to blame."""
    cause = error.__cause__
    if isinstance(cause, TrailwitnessError) or type(cause) is ValueError:
        told = str(cause).splitlines()[0].rstrip(".")
        return f"{told[:1].lower()}{told[1:]}"
    return " ".join(error.message.split()).rstrip(".")


def _passed(judging: _Judging, row: Row, sources: tuple[Source, ...]) -> Finding:
    """The finding about a resource that holds all clauses, with the remarks that are true of it."""
    said = [filled(judging.passed, row, judging.parameters) if judging.passed else judging.rule.title]
    for remark in judging.remarks:
        with suppress(UsageError):  # a remark decides nothing, so what it breaks on is not said
            if remark.that.decide(row.data, judging.now, row.gaps) is True:
                said.append(filled(remark.otherwise, row, judging.parameters))
                sources += _sources(row, remark.that.fields)
    reason = f"{label(row)}: {'; '.join(text.rstrip('.') for text in said)}."
    return _finding(judging.rule, row, Outcome.PASS, reason, tuple(dict.fromkeys(sources)))


def _first_failed(judging: _Judging, row: Row) -> tuple[_Clause | None, JsonValue | Unknown]:
    """The clause that decides and its value: the first that fails whatever the missing facts are, else unknown or true.

    A clause behind an undecided one may rest on it: what it fails by counts, what it breaks on does not.
    """
    undecided = False
    for clause in judging.clauses:
        try:
            value = clause.that.decide(row.data, judging.now, row.gaps)
        except UsageError:
            if undecided:
                continue
            raise
        if value is UNKNOWN:
            undecided = True
        elif value is not True:
            return clause, value
    return None, UNKNOWN if undecided else True


def _missing(judging: _Judging, existence: Existence, row: Row) -> Finding:
    """The finding about a resource that does not exist: one rule reports it."""
    sources = _sources(row, frozenset({existence.field}))
    if judging.reported:
        reason = f"{label(row)} does not exist; {existence.reported_by} reports that."
        return _finding(judging.rule, row, Outcome.NOT_APPLICABLE, reason, sources)
    return _finding(judging.rule, row, Outcome.FAIL, f"{label(row)} does not exist.", sources)


def _row_unknown(rule: Rule, row: Row, fields: Collection[str]) -> Finding:
    named = [name for name in sorted(row.gaps) if name in fields or WHOLE_ROW in fields]
    gaps = list(dict.fromkeys(row.gaps[name].reason for name in named))
    reason = f"{label(row)} could not be judged: {'; '.join(gaps)}."
    return _finding(rule, row, Outcome.UNKNOWN, reason, _sources(row, fields))


def _sources(row: Row, fields: Collection[str]) -> tuple[Source, ...]:
    """What a verdict over these fields rests on: the row's answers, the fields' own, and the calls refused."""
    sources = list(row.sources)
    for name in sorted(row.cites):
        if name in fields or WHOLE_ROW in fields:
            sources += row.cites[name]
    sources += [row.gaps[name].source for name in sorted(row.gaps) if name in fields or WHOLE_ROW in fields]
    return tuple(dict.fromkeys(sources))


def _finding(rule: Rule, row: Row, outcome: Outcome, reason: str, sources: tuple[Source, ...]) -> Finding:
    return Finding(
        rule=rule.id,
        outcome=outcome,
        severity=rule.severity,
        account=row.account,
        region=row.region,
        resource=row.id,
        reason=reason,
        title=rule.title,
        sources=sources,
    )


def _population_unknown(rule: Rule, account: str, gaps: Sequence[Gap]) -> Finding:
    """The account's finding when its resources could not all be listed."""
    reasons = "; ".join(dict.fromkeys(gap.reason for gap in gaps))
    reason = f"Account {account}: not every {noun(_check_of(rule).resource)} could be seen: {reasons}."
    sources = tuple(dict.fromkeys(gap.source for gap in gaps))
    return _account_finding(rule, account, Outcome.UNKNOWN, reason, sources)


def _nothing_selected(judging: _Judging, snapshot: Snapshot, account: str, view: View) -> Finding:
    """The account's finding when nothing that was looked at is selected: unknown where Regions were left out."""
    rule = judging.rule
    check = _check_of(rule)
    title = RESOURCES[check.resource].title
    # Accounts have rules that CloudTrail's events do not match: only the title says which are meant.
    lacked = f"{title[0].lower()}{title[1:]}" if check.resource.startswith("events.") else noun(check.resource)
    said = f"has no {lacked}"
    outcome = check.when_none
    if check.where and view.rows:
        outcome = check.when_none_selected or outcome
        said = check.where_none.rstrip(".") or f"{said} for which {check.where}"
    sources = [source for row in view.rows for source in _sources(row, frozenset({WHOLE_ROW}))]
    if not sources:
        listings = RESOURCES[check.resource].listed_by
        sources = [Source(call.key, "") for name in listings for call in snapshot.made(account, name)]
    left_out = _left_out(judging, snapshot, account)
    if left_out:
        sources.append(Source(CallKey(account, "", RESOURCES[check.resource].listed_by[0]), ""))
        outcome = Outcome.UNKNOWN
        said = f"{said}, as far as was looked at: {left_out[:1].lower()}{left_out[1:]}"
    reason = f"Account {account} {said}."
    return _account_finding(rule, account, outcome, reason, tuple(dict.fromkeys(sources)))


def _left_out(judging: _Judging, snapshot: Snapshot, account: str) -> str:
    """Why the rule may select something in Regions that were not looked at; "" where it cannot."""
    resource = RESOURCES[_check_of(judging.rule).resource]
    if resource.one_per_account or not resource.regional:
        return ""
    where = judging.where
    if where is not None and where.decide({}, judging.now, where.fields) not in (UNKNOWN, True):
        return ""  # whatever the facts are, the parameters select nothing
    return regions_left_out(snapshot, account, snapshot.regions(account))[1]


def _account_finding(rule: Rule, account: str, outcome: Outcome, reason: str, sources: tuple[Source, ...]) -> Finding:
    return _finding(rule, Row("", account, "", account, {}), outcome, reason, sources)
