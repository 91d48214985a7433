"""What is known of alarms over a period, and what people stated of it."""

from collections.abc import Iterable, Iterator

from scanner.period.evidence import AlarmName, PeriodEvidence, Response
from scanner.period.spans import concerning, told, uncovered
from scanner.times import rfc3339

_STATE = "(--statements)"


def unknown_history(evidence: PeriodEvidence, alarms: Iterable[AlarmName]) -> Iterator[str]:
    """Over which times of the period it is not known what alarms did, as clauses."""
    part = evidence.alarms
    known = {AlarmName(each.account, each.region, each.alarm): each.known for each in part.alarms}
    for name in alarms:
        spans = ((each.since, each.until) for each in known.get(name, ()))
        for since, until in uncovered(spans, (evidence.since, evidence.until)):
            why = next(concerning(part, name.account, name.region, since, until), "")
            because = why or "AWS keeps 30 days of it, and no bundle was collected in time"
            yield f"what alarm {name.alarm} in {name.region} did from {told((since, until))} is not known: {because}"


def unknown_alarms(evidence: PeriodEvidence, account: str) -> Iterator[str]:
    """Why it is not known which alarms an account has, as clauses."""
    if evidence.alarms.absent:
        yield evidence.alarms.absent
    for lack in evidence.alarms.lacks:
        if lack.account == account and lack.since is None:
            yield lack.why


def stated(evidence: PeriodEvidence, kind: str) -> tuple[Response, ...]:
    """What people stated of a kind."""
    return tuple(each for each in evidence.responses.responses if each.kind == kind)


def unstated(evidence: PeriodEvidence, kind: str, what: str) -> str:
    """That nobody stated anything of a kind, as a clause; "" where the file of statements speaks of it."""
    part = evidence.responses
    if part.absent:
        return part.absent
    return "" if kind in part.kinds else f"the statements say nothing of {what} {_STATE}"


def beside(evidence: PeriodEvidence) -> Iterator[str]:
    """What people stated of nothing that this period is judged by, as sentences without a full stop: a slip, perhaps.

    Alarms and outages that nobody stated anything of are told by the rules; here it is the other way round.
    """
    routes = {each.route for each in evidence.alarms.routes}
    for each in evidence.responses.responses:
        end = each.until or each.at
        named = f"statement {each.id} ({each.kind})"
        if end < evidence.since or each.at >= evidence.until:
            when = rfc3339(each.at) if end == each.at else told((each.at, end))
            yield f"{named} is of {when}, which is not in the period"
        elif each.account not in evidence.accounts:
            yield f"{named} is of account {each.account}, of which there is no bundle"
        elif each.kind == "test" and routes and each.subject not in routes:
            yield f"{named} is of route {each.subject}, and no such route was judged"
