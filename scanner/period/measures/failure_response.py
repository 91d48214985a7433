"""``failure-response``: whether each outage of the logging in a period is recorded with its cause and what was done.

Outages are the hours that no digest file covers, the times in which a trail was stopped or deleted, and those in which
an alarm that watches whether events arrive was in ALARM. That a record fits one in name, place and time is computed;
what it says is the word of whoever wrote it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from scanner.model import JsonValue
from scanner.period.evidence import AlarmName, PeriodEvidence, Response
from scanner.period.histories import stated, unknown_alarms, unknown_history, unstated
from scanner.period.measured import Measure, Measured, Parameters
from scanner.period.measures.chains import broken_hours, chain_faults, hours_of, unseen
from scanner.period.spans import Span, clipped, merged, told
from scanner.period.trails import spans_off, trails, unlisted, unseen_of
from scanner.wording import several

_LISTED = 20
_NEAR = timedelta(hours=1, minutes=15)
"""How much longer than its record an outage may show: digest files are an hour apart."""


@dataclass(frozen=True, slots=True)
class _Outage:
    """A time without logging: of a trail ("" where none is known) or an alarm, in a Region ("" for every one)."""

    of: str
    account: str
    region: str
    span: Span
    what: str

    @property
    def told(self) -> str:
        """The outage in a sentence."""
        where = f" in {self.region}" if self.region else ""
        return f"{self.what}{where} from {told(self.span)}"


def _take(evidence: PeriodEvidence, _parameters: Parameters) -> Iterator[Measured]:
    found = [*_without_digests(evidence), *_stopped(evidence), *_silent(evidence)]
    records = stated(evidence, "outage")
    for account in sorted({*evidence.accounts, *(each.account for each in found)}):
        outages = sorted((each for each in found if each.account == account), key=lambda each: (each.span, each.told))
        yield _measured(evidence, account, outages, records)


def _measured(
    evidence: PeriodEvidence, account: str, outages: list[_Outage], records: tuple[Response, ...]
) -> Measured:
    alone = [each for each in outages if not _is_recorded(each, records)]
    facts: dict[str, JsonValue] = {
        "outages": len(outages),
        "unrecorded": len(alone),
        "when": [each.told for each in alone[:_LISTED]],
    }
    why = unstated(evidence, "outage", "outages")
    count = several(len(outages), "outage")
    gaps = dict.fromkeys(("unrecorded", "when"), f"{count} of the logging can be told, and {why}") if why else {}
    missed = dict.fromkeys([*filter(None, [why]), *_missed(evidence, account)])
    return Measured(
        label=f"Account {account}",
        account=account,
        region="",
        resource=account,
        facts={name: value for name, value in facts.items() if name not in gaps},
        gaps=gaps,
        looked_at=("digest chains", "stops and starts of trails", "alarms on whether events arrive"),
        not_looked_at=tuple(missed),
        covered=not missed,
        sources=("integrity", "records", "bundles", "alarms", "responses"),
    )


def _without_digests(evidence: PeriodEvidence) -> Iterator[_Outage]:
    for of in chain_faults(evidence):
        if any(each.backfill for each in of.chains):
            continue
        for span in merged(hours_of(evidence, fault) for fault in broken_hours(evidence, of)):
            named = f"digest files of trail {of.trail} were missing" if of.trail else "digest files were missing"
            yield _Outage(of.trail, of.account, of.region, span, named)


def _stopped(evidence: PeriodEvidence) -> Iterator[_Outage]:
    for trail in trails(evidence):
        for span in merged(clipped(span, evidence) for span in spans_off(trail, evidence)):
            yield _Outage(trail.name, trail.account, "", span, f"trail {trail.name} did not log")


def _silent(evidence: PeriodEvidence) -> Iterator[_Outage]:
    """The times in which an alarm on whether events arrive was in ALARM."""
    for alarm in evidence.alarms.alarms:
        name = (alarm.account, alarm.region, alarm.alarm)
        changes = [each for each in evidence.alarms.changes if (each.account, each.region, each.alarm) == name]
        for number, each in enumerate(changes):
            if not alarm.heartbeat or each.state != "ALARM":
                continue
            until = next((later.at for later in changes[number + 1 :] if later.state != "ALARM"), evidence.until)
            begin, end = clipped((each.at, until), evidence)
            if begin < end:
                yield _Outage(
                    alarm.alarm, alarm.account, alarm.region, (begin, end), f"alarm {alarm.alarm} was in ALARM"
                )


def _is_recorded(outage: _Outage, records: Iterable[Response]) -> bool:
    return any(_fits(outage, record) for record in records)


def _fits(outage: _Outage, record: Response) -> bool:
    """Whether a record is about an outage, covers it, and says its cause, what was done and what was decided."""
    same = record.account == outage.account and outage.of in {"", record.subject}
    here = record.region in {"", outage.region}
    begin, end = outage.span
    covers = record.until is not None and record.at - _NEAR <= begin and end <= record.until + _NEAR
    return same and here and covers and all((record.cause, record.remediation, record.risk))


def _missed(evidence: PeriodEvidence, account: str) -> Iterator[str]:
    """What could tell of further outages and was not looked at, as clauses."""
    if evidence.integrity.absent:
        yield evidence.integrity.absent
    for of in chain_faults(evidence):
        if of.account == account:
            yield from unseen(evidence, of)
    known = [each for each in trails(evidence) if each.account == account]
    if not known:
        yield "no bundle and no record tells of a trail of the account"
    for trail in known:
        yield from unseen_of(trail, evidence)
    yield from unlisted(evidence, account)
    yield from unknown_alarms(evidence, account)
    yield from unknown_history(evidence, _heartbeats(evidence, account))


def _heartbeats(evidence: PeriodEvidence, account: str) -> Iterable[AlarmName]:
    for each in evidence.alarms.alarms:
        if each.heartbeat and each.account == account:
            yield AlarmName(each.account, each.region, each.alarm)


MEASURE = Measure(
    name="failure-response",
    title="Whether each outage of the logging that the evidence shows has a stated record.",
    facts={
        "outages": "how many times without logging the digest chains, the trails and the alarms tell of",
        "unrecorded": "how many of these have no record that covers them with cause, remediation and risk",
        "when": "the first of these, as texts",
    },
    take=_take,
    rests_on=("integrity", "records", "bundles", "alarms", "responses"),
)
