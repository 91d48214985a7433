"""``check: resource``: one expression over each resource of a type, exactly true to pass.

Neither a null, a value of another type nor an expression that breaks is ever a pass: the first two fail, the third
is unknown. A fact that could not be had makes the verdict unknown unless the other facts already decide it. An empty
population with a gap is unknown: "nothing found" and "could not look" are different things.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from scanner.errors import UsageError
from scanner.expressions import UNKNOWN, WHOLE_ROW, Expression, compile_expression
from scanner.model import Finding, Gap, JsonValue, Outcome, ResourceCheck, Rule, Source
from scanner.resources import RESOURCES
from scanner.resources.arns import parse_arn
from scanner.resources.rows import Row, View
from scanner.snapshot import Snapshot, call_key

_INSERT = re.compile(r"\{(\$?[A-Za-z][A-Za-z0-9_.]*)\}")
_LONGEST_INSERT = 200


def judge(rule: Rule, snapshot: Snapshot, account: str, parameters: Mapping[str, JsonValue]) -> Iterator[Finding]:
    """The findings of a resource rule in one account: one for each resource judged, and for what could not be seen.

    ``parameters`` holds every parameter of the rule. Raises ``UsageError`` when an expression of the rule is wrong.
    """
    check = _check_of(rule)
    expect = compile_expression(check.expect, parameters)
    where = compile_expression(check.where, parameters) if check.where else None
    view = RESOURCES[check.resource].view(snapshot, account)
    now = snapshot.collected_at
    judged = 0
    for row in view.rows:
        finding = _judge_row(rule, row, where, expect, now, parameters)
        if finding is not None:
            judged += 1
            yield finding
    if view.gaps:
        yield _population_unknown(rule, account, view.gaps)
    elif not judged:
        yield _nothing_selected(rule, snapshot, account, view)


def _check_of(rule: Rule) -> ResourceCheck:
    if not isinstance(rule.check, ResourceCheck):
        raise UsageError(f"Rule {rule.id} is not a resource rule.")
    return rule.check


def _judge_row(
    rule: Rule,
    row: Row,
    where: Expression | None,
    expect: Expression,
    now: datetime,
    parameters: Mapping[str, JsonValue],
) -> Finding | None:
    """The finding about one resource, or None when the rule does not select it."""
    named = expect.fields | (where.fields if where else frozenset())
    try:
        if where is not None:
            selected = where.decide(row.data, now, row.gaps)
            if selected is UNKNOWN:
                return _row_unknown(rule, row, where.fields)
            if selected is not True:
                return None
        value = expect.decide(row.data, now, row.gaps)
    except UsageError as error:
        reason = f"{_label(row)} could not be judged: {error.message}"
        return _finding(rule, row, Outcome.UNKNOWN, reason, _sources(row, named))
    if value is UNKNOWN:
        return _row_unknown(rule, row, expect.fields)
    if value is True:
        return _finding(rule, row, Outcome.PASS, f"{_label(row)}: {rule.title}.", _sources(row, named))
    reason = f"{_label(row)}: {_filled(_check_of(rule).reason, row, parameters)}"
    if value is not False and value is not None:
        reason += f" (the rule's expression gave {_shown(value)}, not true)"
    return _finding(rule, row, Outcome.FAIL, f"{reason.rstrip('.')}.", _sources(row, named))


def _row_unknown(rule: Rule, row: Row, fields: Collection[str]) -> Finding:
    named = [name for name in sorted(row.gaps) if name in fields or WHOLE_ROW in fields]
    gaps = list(dict.fromkeys(row.gaps[name].reason for name in named))
    reason = f"{_label(row)} could not be judged: {'; '.join(gaps)}."
    return _finding(rule, row, Outcome.UNKNOWN, reason, _sources(row, fields))


def _sources(row: Row, fields: Collection[str]) -> tuple[Source, ...]:
    """What a verdict over these fields rests on: the row's answers, the fields' own, and the calls refused."""
    sources = list(row.sources)
    for name in sorted(row.cites):
        if name in fields or WHOLE_ROW in fields:
            sources += row.cites[name]
    sources += [_refused(row.gaps[name]) for name in sorted(row.gaps) if name in fields or WHOLE_ROW in fields]
    return tuple(dict.fromkeys(sources))


def _refused(gap: Gap) -> Source:
    return Source(call_key(gap.account, gap.region, gap.operation, gap.arguments), "")


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
    more = f" (and {len(gaps) - 1} more)" if len(gaps) > 1 else ""
    reason = f"Account {account}: not every {_noun(_check_of(rule).resource)} could be seen: {gaps[0].reason}{more}."
    sources = tuple(dict.fromkeys(_refused(gap) for gap in gaps))
    return _account_finding(rule, account, Outcome.UNKNOWN, reason, sources)


def _nothing_selected(rule: Rule, snapshot: Snapshot, account: str, view: View) -> Finding:
    """The account's finding when all could be seen and the rule selected nothing."""
    check = _check_of(rule)
    which = f" for which {check.where}" if check.where and view.rows else ""
    sources = [source for row in view.rows for source in _sources(row, frozenset({WHOLE_ROW}))]
    # Every population begins at the trails: their listings show that there is nothing.
    listings = () if sources else snapshot.made(account, "cloudtrail.DescribeTrails")
    sources += [Source(call.key, "") for call in listings]
    reason = f"Account {account} has no {_noun(check.resource)}{which}."
    return _account_finding(rule, account, check.when_none, reason, tuple(dict.fromkeys(sources)))


def _account_finding(rule: Rule, account: str, outcome: Outcome, reason: str, sources: tuple[Source, ...]) -> Finding:
    return _finding(rule, Row("", account, "", account, {}), outcome, reason, sources)


def _noun(resource: str) -> str:
    """What a resource type is called in a sentence: ``s3.log_bucket`` is a "log bucket"."""
    return resource.partition(".")[2].replace("_", " ")


def _label(row: Row) -> str:
    """The resource in a sentence: "Trail main (us-east-1)"."""
    if not row.region and row.id == row.account:
        return f"Account {row.account}"
    arn = parse_arn(row.id)
    name = re.split("[:/]", arn.resource, maxsplit=1)[-1] if arn else row.id
    where = f" ({row.region})" if row.region else ""
    return f"{_noun(row.type).capitalize()} {name}{where}"


def _filled(template: str, row: Row, parameters: Mapping[str, JsonValue]) -> str:
    """The reason with ``{Field}``, ``{Field.member}`` and ``{$parameter}`` replaced by their values."""

    def inserted(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("$"):
            return _shown(parameters.get(name[1:]))
        value: JsonValue = row.data
        for step in name.split("."):
            if value is row.data and step in row.gaps:
                return "unknown"
            value = value.get(step) if isinstance(value, Mapping) else None
        return _shown(value)

    return _INSERT.sub(inserted, template)


def _shown(value: JsonValue) -> str:
    """A value in a sentence, bounded in length."""
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        text = ", ".join(value) or "none"
    else:
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_INSERT else f"{text[:_LONGEST_INSERT]}…"
