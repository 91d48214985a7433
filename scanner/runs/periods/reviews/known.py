"""The reviews that are known of: runs of queries, by the bundles of scans, of Trailwitness, and what people state."""

from collections.abc import Iterator
from datetime import timedelta

from scanner.content.stated.statements import read_statements
from scanner.model import PeriodCheck
from scanner.period.evidence import Lack, ReviewRun, Reviews, RunsKnown
from scanner.resources.reviews.scheduled import HISTORY_DAYS, ReviewRuns, review_runs
from scanner.runs.periods.gathering import STATEMENTS
from scanner.runs.periods.inputs import HeldBundle, Inputs
from scanner.runs.periods.reviews.log_runs import log_runs
from scanner.runs.selection import Selection

_MEASURE = "daily-review"


def reviews_of(inputs: Inputs, selection: Selection) -> Reviews:
    """The reviews that are known; nothing where no selected rule rests on them."""
    checks = [rule.check for rule in selection.rules]
    if not any(isinstance(check, PeriodCheck) and check.measure == _MEASURE for check in checks):
        return Reviews(absent="no rule was selected that rests on reviews")
    stated = read_statements(inputs.statements, STATEMENTS).reviews if inputs.statements is not None else None
    runs, known, lacks = {*(stated or ()), *log_runs(inputs.reviews)}, [], []
    for held in inputs.bundles:
        for account in sorted(held.snapshot.accounts):
            told = review_runs(held.snapshot, account)
            runs.update(_runs(account, told))
            found = _known(held, account)
            if told.gaps:
                lacks += [_lack(held, found, why) for why in dict.fromkeys(told.gaps)]
            else:
                known.append(found)
    ordered = sorted(runs, key=lambda each: (each.at, each.account, each.kind, each.name, each.signed_by))
    return Reviews(
        source="the kept bundles" if stated is None else STATEMENTS,
        lacks=tuple(lacks),
        runs=tuple(ordered),
        known=tuple(known),
        stated=stated is not None,
    )


def _runs(account: str, told: ReviewRuns) -> Iterator[ReviewRun]:
    for each in told.runs:
        yield ReviewRun(account, each.when, "scheduled-query", each.query, complete=each.complete)


def _known(held: HeldBundle, account: str) -> RunsKnown:
    taken = held.snapshot.collected_at
    today = taken.replace(hour=0, minute=0, second=0, microsecond=0)
    return RunsKnown(account, today - timedelta(days=HISTORY_DAYS), taken)


def _lack(held: HeldBundle, of: RunsKnown, why: str) -> Lack:
    told = f"bundle {held.name} does not tell of every run of scheduled queries ({why.rstrip('.')})"
    return Lack(told, of.account, "", of.since, of.until)
