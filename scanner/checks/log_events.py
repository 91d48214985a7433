"""``check: log-events``: what the records of a log must not contain, or must, one finding for each account.

The absence of a hit means something only where records were read and none was lost on the way: without any record, with
a source that could not be read whole, or when a declared limit was passed, the verdict is unknown and never a pass.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import assert_never

from scanner.errors import UsageError
from scanner.events.counting.results import Bursts, Hits, LogResult
from scanner.events.hits import Burst, Hit
from scanner.events.matching.conditions.categories import AGGREGATED, INSIGHT, NETWORK_ACTIVITY
from scanner.model import (
    UNREAD,
    UNSEEN,
    CallKey,
    Finding,
    HitDetails,
    JsonValue,
    LogEventsCheck,
    MatchedRecord,
    NoHitDetails,
    Outcome,
    Polarity,
    RecordBurst,
    Rule,
    RuleId,
    Source,
)

_SHOWN_BURSTS = 10
_SHOWN_OCCURRENCES = 10
_NO_HITS = Hits(0, 0, ())
_NO_BURSTS = Bursts((), 0, over=False)
_KINDS = {NETWORK_ACTIVITY: "network activity", INSIGHT: "Insights", AGGREGATED: "aggregated"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def judge_all(
    rules: Sequence[Rule], result: LogResult, parameters: Mapping[RuleId, Mapping[str, JsonValue]] | None = None
) -> Iterator[Finding]:
    """The findings of several log-events rules, by account and rule.

    ``parameters`` are values by rule; what is missing keeps the rule's default. Raises ``UsageError`` for another kind.
    """
    given = parameters or {}
    found: list[Finding] = []
    for rule in rules:
        values = {parameter.name: parameter.default for parameter in rule.parameters} | dict(given.get(rule.id, {}))
        found.extend(judge(rule, result, values))
    yield from sorted(found, key=lambda finding: (finding.account, finding.rule))


def judge(rule: Rule, result: LogResult, parameters: Mapping[str, JsonValue]) -> Iterator[Finding]:
    """The findings of a log-events rule: one for each account that the records are of, in order of the accounts.

    ``parameters`` holds every parameter of the rule. Raises ``UsageError`` for a rule of another kind.
    """
    check = rule.check
    if not isinstance(check, LogEventsCheck):
        raise UsageError(f"Rule {rule.id} is not a log-events rule.")
    missing = [name for name in check.needs if not parameters[name]]
    for account in sorted(result.accounts) or ("",):
        if missing:
            reason = f"not judged: the parameter {missing[0]} is empty"
            yield _finding(rule, account, Outcome.NOT_APPLICABLE, reason)
        elif not result.accounts:
            yield _unknown(rule, account, "no record was read" + _unread(result), None, (UNREAD,))
        elif check.threshold is not None:
            yield _judge_bursts(rule, check, result, account, parameters)
        else:
            yield _judge_hits(rule, check, result, account, parameters)


def _judge_hits(
    rule: Rule, check: LogEventsCheck, result: LogResult, account: str, parameters: Mapping[str, JsonValue]
) -> Finding:
    hits = result.hits.get((rule.id, account), _NO_HITS)
    if not hits.records:
        return _absence(rule, check, result, account, "")
    details = HitDetails(hits.count, hits.records, result.exact, tuple(_matched(hit) for hit in hits.first))
    text = _records(hits.count, exact=result.exact)
    example = f", for example {_told(hits.first[0])}" if hits.first else ""
    reason = f"{_where(account)}: {text} found{example}"
    return _finding(rule, account, _presence(check, parameters), reason, details, _sources(hits.first))


def _judge_bursts(
    rule: Rule, check: LogEventsCheck, result: LogResult, account: str, parameters: Mapping[str, JsonValue]
) -> Finding:
    bursts = result.bursts.get(rule.id, _NO_BURSTS)
    found = [burst for burst in bursts.found if _is_of(burst, account)]
    if not found:
        return _absence(rule, check, result, account, _uncounted(bursts), _left_out(check, bursts))
    hits = result.hits.get((rule.id, account), _NO_HITS)
    first = min(found, key=lambda burst: burst.occurrences[0])
    shown = [item.hit for item in first.occurrences[:_SHOWN_OCCURRENCES]]
    records = tuple(_matched(hit) for hit in shown)
    listed = tuple(_burst(burst) for burst in found[:_SHOWN_BURSTS])
    details = HitDetails(hits.count, hits.records, result.exact, records, len(found), listed)
    several = f"{len(found)} bursts" if len(found) > 1 else "a burst"
    begun = first.occurrences[0]
    reason = (
        f"{_where(account)}: {several} of such records, the first of {len(first.occurrences)} "
        f"from {_time(begun.time)} to {_time(first.occurrences[-1].time)}, beginning with {_told(begun.hit)}"
    )
    return _finding(rule, account, _presence(check, parameters), reason, details, _sources(shown))


def _is_of(burst: Burst, account: str) -> bool:
    """Whether some record of a burst is of an account."""
    return any(item.hit.account == account for item in burst.occurrences)


def _uncounted(bursts: Bursts) -> str:
    """Why there may be bursts that were not found; "" when there are none."""
    if bursts.over:
        return "there were more groups or records to count than are kept"
    return f"{_records(bursts.undated)} without a readable eventTime could not be counted" if bursts.undated else ""


def _left_out(check: LogEventsCheck, bursts: Bursts) -> str:
    """What was not counted although it matches, as the end of a clause."""
    if not bursts.ungrouped or check.threshold is None:
        return ""
    paths = ", ".join(dict.fromkeys((*check.threshold.by, *check.threshold.or_by)))
    return f"; {_records(bursts.ungrouped)} that match could not be counted by {paths}"


def _presence(check: LogEventsCheck, parameters: Mapping[str, JsonValue]) -> Outcome:
    """What it means that there are such records."""
    match check.polarity:
        case Polarity.MUST:
            return Outcome.PASS
        case Polarity.LIST:
            return Outcome.FAIL if parameters.get("require_approval") is True else Outcome.PASS
        case Polarity.MUST_NOT:
            return Outcome.FAIL
        case _:
            assert_never(check.polarity)


def _absence(
    rule: Rule, check: LogEventsCheck, result: LogResult, account: str, doubt: str, left_out: str = ""
) -> Finding:
    """What it means that there are no such records."""
    apart = {
        kind: count for (owner, kind), count in result.apart.items() if owner == account and kind not in check.also
    }
    looked = result.accounts[account] - sum(apart.values())
    if not looked:
        kinds = ", ".join(f"{count:,} {_KINDS[kind]}" for kind, count in sorted(apart.items()))
        reason = f"{_where(account)}: no record of a kind that this rule judges was read, only {kinds}"
        return _unknown(rule, account, reason, looked, (UNSEEN,))
    wanted = "no burst of such records among" if check.threshold is not None else "no such record among"
    none = f"{_where(account)}: {wanted} {_records(looked)}{left_out}"
    unseen = check.seen is not None and (rule.id, account) not in result.seen
    if doubt or result.incomplete:
        reason = f"{none}, but {doubt or _unread(result).lstrip(': ')}"
        also = "; nor does any record show that such events are logged at all" if unseen else ""
        return _unknown(rule, account, reason + also, looked, (UNREAD, UNSEEN) if unseen else (UNREAD,))
    if unseen:
        reason = f"{none}, but no record shows that such events are logged at all"
        return _unknown(rule, account, reason, looked, (UNSEEN,))
    outcome = Outcome.FAIL if check.polarity is Polarity.MUST else Outcome.PASS
    return _finding(rule, account, outcome, none, NoHitDetails(looked))


def _unread(result: LogResult) -> str:
    """What could not be read, as the end of a sentence."""
    lost = result.incomplete
    if not lost:
        return ""
    others = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return f": {lost[0].source} could not be read whole ({lost[0].why}){others}"


def _unknown(rule: Rule, account: str, reason: str, looked: int | None, because: tuple[str, ...]) -> Finding:
    """An unknown that says why: evidence was not read, or the rule saw none of the records it judges by."""
    return _finding(rule, account, Outcome.UNKNOWN, reason, NoHitDetails(looked, because))


def _finding(
    rule: Rule,
    account: str,
    outcome: Outcome,
    reason: str,
    details: HitDetails | NoHitDetails | None = None,
    sources: tuple[Source, ...] = (),
) -> Finding:
    return Finding(
        rule=rule.id,
        outcome=outcome,
        severity=rule.severity,
        account=account,
        region="",
        resource=account,
        reason=reason,
        title=rule.title,
        details=details,
        sources=sources,
    )


def _sources(hits: Sequence[Hit]) -> tuple[Source, ...]:
    """Where the records are: the source, and the place of each among its items."""
    return tuple(
        Source(CallKey.of_source(hit.source), f"/{hit.position}")
        for hit in sorted(hits, key=lambda hit: (hit.source, hit.position))
    )


def _matched(hit: Hit) -> MatchedRecord:
    return MatchedRecord(
        event_id=hit.event_id,
        event_time=hit.time,
        event_name=hit.name,
        event_source=hit.service,
        region=hit.region,
        actor=hit.actor,
        source_ip=hit.address,
        error=hit.error,
        source=hit.source,
        record=hit.position,
    )


def _burst(burst: Burst) -> RecordBurst:
    return RecordBurst(
        group=burst.group[1:],
        records=len(burst.occurrences),
        start=_time(burst.occurrences[0].time),
        end=_time(burst.occurrences[-1].time),
        event_ids=tuple(item.hit.event_id for item in burst.occurrences[:_SHOWN_OCCURRENCES]),
    )


def _time(microseconds: int) -> str:
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _told(hit: Hit) -> str:
    """One record in words."""
    who = f" by {hit.actor}" if hit.actor else ""
    when = f" at {hit.time}" if hit.time else ""
    return f"{hit.name or 'a record without eventName'}{who}{when} ({hit.source}, record {hit.position})"


def _where(account: str) -> str:
    return f"account {account}" if account else "records without an account"


def _records(count: int, *, exact: bool = True) -> str:
    return f"{'' if exact else 'at most '}{count:,} record{'' if count == 1 else 's'}"
