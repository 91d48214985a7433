"""Runs of ``trailwitness logs`` as reviews: what their bundles say of when each was made, of which logs.

A run reviews the day on which it was made when it looked at the day before that moment, whole: its time window is at
least 24 hours long and ends within the last 24, and no source was left unread or left out. What it found does not
matter here.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise

import msgspec

from scanner.errors import SnapshotError
from scanner.period.evidence import ReviewRun
from scanner.runs.periods.inputs import REVIEW_FILES, HeldReview
from scanner.times import parse_time, rfc3339
from scanner.wording import several

KIND = "logs-run"

_ELSEWHERE = "Keep it elsewhere, if another version of Trailwitness wrote it."
_NO_LOGS = (".md", ".txt", ".html", ".pdf")
"""How names of files end that lie beside logs and hold none."""

_DAY = timedelta(days=1)
_DRIFT = timedelta(minutes=5)
"""How much shorter than a day the window of a daily run may be: ``--since 24h`` is taken a moment after it starts."""


class _Window(msgspec.Struct):
    since: str
    until: str


class _Collected(msgspec.Struct):
    started: str


class _PassedOver(msgspec.Struct):
    source: str
    why: str


class _Accounting(msgspec.Struct):
    records: int
    incomplete: int
    cut: int
    unread: int
    malformed: int
    records_by_account: dict[str, int]
    passed_over: list[_PassedOver] = []


class _Run(msgspec.Struct):
    kind: str
    scope: _Window
    collected: _Collected
    accounting: _Accounting
    rules: list[str]


class _Assessment(msgspec.Struct):
    run: _Run


def log_runs(reviews: Sequence[HeldReview]) -> Iterator[ReviewRun]:
    """Each run once for each account whose records it read; one that read none is told of every account.

    Raises SnapshotError for an assessment that is not what it must be.
    """
    for held in reviews:
        run = _read(held)
        made = parse_time(run.collected.started)
        if made is None:
            raise SnapshotError(f"The bundle {held.name} does not say when it was made.", _ELSEWHERE)
        name = f"{held.name} ({several(len(run.rules), 'rule')})"
        why = _why(run, made)
        accounts = [account for account, records in run.accounting.records_by_account.items() if records]
        for account in sorted(accounts) or [""]:
            yield ReviewRun(account, made, KIND, name, complete=not why, why=why)


def _read(held: HeldReview) -> _Run:
    """What the assessment of a bundle says of its run, which the manifests of the bundle vouch for."""
    from reports.bundle.bag import parse_manifest

    files = held.files()
    trusted = held.identity
    for name, following in pairwise((*REVIEW_FILES, "")):
        if sha256(files[name]).hexdigest() != trusted:
            raise SnapshotError(
                f"{name} of the bundle {held.name} is not the one that was sealed.",
                "Take the bundle from where it was kept unchanged.",
            )
        trusted = parse_manifest(files[name])[0].get(following, "") if following else ""
    try:
        return msgspec.json.decode(files[REVIEW_FILES[-1]], type=_Assessment).run
    except msgspec.DecodeError as error:
        raise SnapshotError(
            f"The assessment of the bundle {held.name} is not what it must be: {error}.", _ELSEWHERE
        ) from error


def _why(run: _Run, made: datetime) -> str:
    """Why a run does not review the day on which it was made, as a clause; "" where it does."""
    accounting = run.accounting
    lost = accounting.incomplete + accounting.cut + accounting.unread + accounting.malformed
    if lost or not accounting.records:
        return "it did not read every record" if lost else "it read no record"
    left_out = next(filter(_is_narrowed, accounting.passed_over), None)
    if left_out is not None:
        return f"{left_out.source} was {left_out.why}"
    since, until = parse_time(run.scope.since), parse_time(run.scope.until) or made
    if since is None:
        return "it was made without --since, so which days it looked at is not known"
    if until <= made - _DAY or min(until, made) - since < _DAY - _DRIFT:
        told = f"from {rfc3339(since)} to {rfc3339(until)}"
        return f"it looked at the time {told}, and 24 hours that end within a day before {rfc3339(made)} are required"
    return ""


def _is_narrowed(passed: _PassedOver) -> bool:
    """Whether logs were left out of what was named, by their names or Regions; of another account they may be."""
    by_name = passed.why.startswith("left out by --exclude") and not passed.source.lower().endswith(_NO_LOGS)
    return by_name or passed.why == "left out by --region"
