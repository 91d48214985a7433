"""What came of a validation as JSON, for programs: ``trailwitness/integrity/v1``."""

from collections.abc import Mapping

from scanner import __version__
from scanner.integrity.judging.results import Beyond, ChainReport, Report
from scanner.integrity.judging.stretches import Tally
from scanner.integrity.names import ChainName, Place
from scanner.integrity.problems import Problem
from scanner.integrity.reading.log_content import TrailChange
from scanner.model import JsonValue
from scanner.times import rfc3339

SCHEMA = "trailwitness/integrity/v1"


def verdict_of(report: Report) -> str:
    """``invalid`` when anything contradicts itself or is missing, else ``unknown`` or ``valid``."""
    if report.invalid:
        return "invalid"
    return "unknown" if report.unknown or not report.chains else "valid"


def document(report: Report) -> Mapping[str, JsonValue]:
    """The whole report."""
    return {
        "schema": SCHEMA,
        "trailwitness": __version__,
        "source": report.source,
        "trail": report.trail or None,
        "period": {
            "since": rfc3339(report.period.since),
            "until": rfc3339(report.period.until),
            "as_of": rfc3339(report.period.now),
        },
        "verdict": verdict_of(report),
        "summary": {
            "digest_files": _tally(report.digests(backfill=False)),
            "backfill_digest_files": _tally(report.digests(backfill=True)),
            "log_files": _tally(report.logs()),
            "digest_files_missing": report.missing,
            "log_files_found": report.count("objects"),
            "log_files_unreferenced": report.count("unnamed"),
            "log_files_awaiting_a_digest": report.count("waiting"),
            "log_files_without_a_digest": report.count("unproven"),
        },
        "chains": list(map(_chain, report.chains)),
        "problems": list(map(_problem, report.problems)),
        "problems_not_listed": list(map(_beyond, report.beyond)),
        "trail_changes": list(map(_change, report.changes)),
    }


def _tally(tally: Tally) -> JsonValue:
    return {
        "total": tally.total,
        "valid": tally.valid,
        "invalid": tally.invalid,
        "unknown": tally.unknown,
        "of_invalid_digest_files": tally.unproven,
    }


def _place(place: Place) -> dict[str, JsonValue]:
    return {"root": place.root, "account": place.account, "region": place.region}


def _named(chain: ChainName | None) -> dict[str, JsonValue]:
    if chain is None:
        return {"trail": None, "home_region": None, "backfill": False}
    return {"trail": chain.trail, "home_region": chain.home, "backfill": chain.backfill}


def _chain(chain: ChainReport) -> JsonValue:
    return {
        **_place(chain.place),
        **_named(chain.chain),
        "from": rfc3339(chain.start),
        "until": rfc3339(chain.end),
        "digest_files": _tally(chain.digests),
        "digest_files_missing": chain.missing,
        "log_files": _tally(chain.logs),
    }


def _problem(problem: Problem) -> JsonValue:
    return {
        **_place(problem.place),
        **_named(problem.chain),
        "kind": str(problem.kind),
        "weight": str(problem.weight),
        "about": str(problem.about),
        "object": problem.subject or None,
        "from": rfc3339(problem.start) if problem.start else None,
        "until": rfc3339(problem.end) if problem.end else None,
        "digest_files_missing": problem.digests,
        "reason": problem.why,
    }


def _beyond(beyond: Beyond) -> JsonValue:
    return {"kind": beyond.kind, "weight": str(beyond.weight), "count": beyond.count}


def _change(change: TrailChange) -> JsonValue:
    return {
        "event": change.event,
        "trail": change.trail,
        "time": rfc3339(change.at),
        "event_id": change.event_id,
        "by": change.by,
        "account": change.account,
    }
