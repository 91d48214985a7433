"""``daily-review``: whether the logs were reviewed on every day of a period.

A day counts on which a scheduled query over an audit log group completed (``GetScheduledQueryHistory``, CloudWatch Logs
API reference; the bundles keep seven days of it), on which ``trailwitness logs`` judged the records of the 24 hours
before, by its bundle, or of which people state a review. Days are those of UTC.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from scanner.model import JsonValue
from scanner.period.evidence import PeriodEvidence, ReviewRun
from scanner.period.measured import Measure, Measured, Parameters
from scanner.period.spans import concerning, days
from scanner.wording import several

_LISTED = 20
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


def _take(evidence: PeriodEvidence, _parameters: Parameters) -> Iterator[Measured]:
    if evidence.reviews.absent:
        return
    for account in evidence.accounts:
        yield _measured(evidence, account)


def _measured(evidence: PeriodEvidence, account: str) -> Measured:
    part = evidence.reviews
    wanted = list(days(evidence.since.date(), (evidence.until - _MOMENT).date()))
    done = [each for each in part.runs if each.account in {"", account} and each.complete]
    reviewed = {each.at.date() for each in done}
    signed = {each.at.date() for each in done if each.signed_by}
    without = [day for day in wanted if day not in reviewed]
    missing = [day for day in without if part.stated and _is_known(evidence, account, day)]
    unsigned = [day for day in wanted if day not in signed]
    missed = tuple(_missed(evidence, account, [day for day in without if day not in missing]))
    facts: dict[str, JsonValue] = {
        "days": len(wanted),
        "missing_days": len(missing),
        "when": _listed(missing),
        "unsigned_days": len(unsigned),
        "unsigned": _listed(unsigned),
        "how": _how(done, wanted),
    }
    gaps = {} if part.stated else dict.fromkeys(("unsigned_days", "unsigned"), _unstated(evidence))
    return Measured(
        label=f"Account {account}",
        account=account,
        region="",
        resource=account,
        facts={name: value for name, value in facts.items() if name not in gaps},
        gaps=gaps,
        looked_at=(f"{_how(done, wanted)} on {several(len(wanted), 'day')}", *_discounted(evidence, account, wanted)),
        not_looked_at=missed,
        covered=not missed,
        sources=("reviews",),
    )


def _how(done: Iterable[ReviewRun], wanted: Sequence[date]) -> str:
    """By how many reviews of each kind the days were reviewed."""
    counts = Counter(each.kind for each in done if wanted[0] <= each.at.date() <= wanted[-1])
    told = (several(counts[kind], noun) for kind, noun in _NOUNS.items() if counts[kind])
    return " and ".join(told) or "no review"


def _discounted(evidence: PeriodEvidence, account: str, wanted: Sequence[date]) -> Iterator[str]:
    """Which runs on some days do not count as reviews, and why, as clauses."""
    for each in evidence.reviews.runs:
        if each.why and each.account in {"", account} and each.at.date() in wanted:
            yield f"trailwitness logs run {each.name} of {each.at.date().isoformat()}, which does not count: {each.why}"


def _listed(found: Sequence[date]) -> list[JsonValue]:
    return [day.isoformat() for day in found[:_LISTED]]


def _moments(day: date) -> tuple[datetime, datetime]:
    begin = datetime.combine(day, datetime.min.time(), UTC)
    return begin, begin + _DAY


def _is_known(evidence: PeriodEvidence, account: str, day: date) -> bool:
    """Whether a bundle tells of every run of scheduled queries on a day."""
    begin, end = _moments(day)
    return any(each.account == account and each.since <= begin and end <= each.until for each in evidence.reviews.known)


def _unstated(evidence: PeriodEvidence) -> str:
    """That people stated no review, as a clause."""
    if evidence.responses.absent:
        return evidence.responses.absent
    return "the statements say nothing of reviews (--statements)"


def _missed(evidence: PeriodEvidence, account: str, open_days: Sequence[date]) -> Iterator[str]:
    """Why it is not known whether the logs were reviewed on some days, as clauses."""
    if not open_days:
        return
    yield f"no review is known of {several(len(open_days), 'day')}, the first {open_days[0].isoformat()}"
    if not evidence.reviews.stated:
        yield _unstated(evidence)
    yield from _discounted(evidence, account, open_days)
    unknown = [day for day in open_days if not _is_known(evidence, account, day)]
    if unknown:
        begin, end = _moments(unknown[0])
        why = next(concerning(evidence.reviews, account, "", begin, end), "")
        told = why or "a bundle tells of the seven days before it, and none was collected in time"
        yield f"whether a scheduled query ran on {unknown[0].isoformat()} is not known: {told}"


_NOUNS = {
    "scheduled-query": "scheduled query run",
    "logs-run": "trailwitness logs run",
    "stated": "stated review",
}
"""By the kind of a review, what one is called."""

MEASURE = Measure(
    name="daily-review",
    title="Whether a scheduled query, a run of trailwitness logs or a stated review looked at the logs on every day.",
    facts={
        "days": "how many days the period has",
        "missing_days": "on how many of these nobody reviewed the logs, for certain",
        "when": "the first of these days",
        "unsigned_days": "on how many days nobody signed a review",
        "unsigned": "the first of these days",
        "how": "how many reviews of each kind there were, as a text",
    },
    take=_take,
    rests_on=("reviews",),
)
