"""What is known of alarms over a period, and what people stated of it."""

from collections.abc import Iterable, Iterator

from scanner.period.evidence import AlarmName, PeriodEvidence, Response
from scanner.period.spans import concerning, told, uncovered

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


def stated(evidence: PeriodEvidence, kind: str) -> tuple[Response, ...]:
    """What people stated of a kind."""
    return tuple(each for each in evidence.responses.responses if each.kind == kind)


def unstated(evidence: PeriodEvidence, kind: str, what: str) -> str:
    """That nobody stated anything of a kind, as a clause; "" where the file of statements speaks of it."""
    part = evidence.responses
    if part.absent:
        return part.absent
    return "" if kind in part.kinds else f"the statements say nothing of {what} {_STATE}"
