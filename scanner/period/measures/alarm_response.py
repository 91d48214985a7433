"""``alarm-response``: whether somebody recorded a response to each alarm of a period, and in time.

CloudWatch records when alarms went into ALARM, for 30 days (``DescribeAlarmHistory``, CloudWatch API reference). That a
record fits an alarm by its name, place and time is computed; what it says is the word of whoever wrote it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from scanner.model import JsonValue
from scanner.period.evidence import AlarmChange, AlarmName, PeriodEvidence, Response
from scanner.period.histories import stated, unknown_alarms, unknown_history, unstated
from scanner.period.measured import Measure, Measured, Parameters
from scanner.times import rfc3339
from scanner.wording import several

_LISTED = 20
_NEAR = timedelta(minutes=5)
"""How far from the time that a response names its alarm may be recorded: people note minutes."""


def _take(evidence: PeriodEvidence, parameters: Parameters) -> Iterator[Measured]:
    if evidence.alarms.absent:
        return
    limit = timedelta(hours=int(str(parameters["max_hours"])))
    for account in evidence.accounts:
        yield _measured(evidence, account, limit)


def _measured(evidence: PeriodEvidence, account: str, limit: timedelta) -> Measured:
    part = evidence.alarms
    names = [AlarmName(each.account, each.region, each.alarm) for each in part.alarms if each.account == account]
    rung = [each for each in part.changes if each.account == account and _counts(evidence, each)]
    answers = stated(evidence, "alarm")
    best = [(change, _best(change, answers)) for change in rung]
    late = [(change, answer) for change, answer in best if answer is not None and _took(change, answer) > limit]
    alone = [change for change, answer in best if answer is None]
    due = [change for change in alone if change.at + limit <= evidence.as_of]
    unanswered = [f"{_named(change)} has no response" for change in due]
    slow = [
        f"{_named(change)} was answered after {_hours(_took(change, answer))} ({answer.id})" for change, answer in late
    ]
    facts: dict[str, JsonValue] = {
        "alarms": len(rung),
        "unanswered": len(due),
        "late": len(late),
        "when": [*unanswered, *slow][:_LISTED],
    }
    why = unstated(evidence, "alarm", "alarms that were handled")
    gaps = (
        dict.fromkeys(("unanswered", "late", "when"), f"{several(len(rung), 'alarm')} went off, and {why}")
        if why
        else {}
    )
    missed = [*filter(None, [why]), *_unseen(evidence, account, names)]
    missed += [f"{_named(change)} may still be answered" for change in alone if change not in due]
    return Measured(
        label=f"Account {account}",
        account=account,
        region="",
        resource=account,
        facts={name: value for name, value in facts.items() if name not in gaps},
        gaps=gaps,
        looked_at=(f"the history of {several(len(names), 'alarm')} that watch audit logs",),
        not_looked_at=tuple(dict.fromkeys(missed)),
        covered=not missed,
        sources=("alarms", "responses"),
    )


def _counts(evidence: PeriodEvidence, change: AlarmChange) -> bool:
    return change.state == "ALARM" and evidence.since <= change.at < evidence.until


def _unseen(evidence: PeriodEvidence, account: str, names: Sequence[AlarmName]) -> Iterator[str]:
    """What alarms may have done that nobody looked at, as clauses."""
    if not names:
        yield "no bundle shows an alarm that watches audit logs"
    yield from unknown_alarms(evidence, account)
    yield from unknown_history(evidence, names)


def _best(change: AlarmChange, answers: Iterable[Response]) -> Response | None:
    """The response to an alarm that came first; None without one."""
    fitting = [each for each in answers if _fits(change, each)]
    return min(fitting, key=lambda each: (_took(change, each), each.id), default=None)


def _fits(change: AlarmChange, answer: Response) -> bool:
    same = (answer.subject, answer.account, answer.region) == (change.alarm, change.account, change.region)
    return same and answer.at - _NEAR <= change.at <= (answer.until or answer.at) + _NEAR


def _took(change: AlarmChange, answer: Response) -> timedelta:
    return (answer.handled or answer.at) - change.at


def _named(change: AlarmChange) -> str:
    return f"ALARM of {change.alarm} in {change.region} at {rfc3339(change.at)}"


def _hours(time: timedelta) -> str:
    return f"{time.total_seconds() / 3600:.1f} hours"


MEASURE = Measure(
    name="alarm-response",
    title="Whether each alarm of audit logs that went off in the period has a stated response, and in time.",
    facts={
        "alarms": "how many times alarms that watch audit logs went into ALARM in the period",
        "unanswered": "how many of these have no response",
        "late": "how many have one that came too late",
        "when": "the first of these, as texts",
    },
    take=_take,
    rests_on=("alarms", "responses"),
    parameters={"max_hours": "integer"},
)
