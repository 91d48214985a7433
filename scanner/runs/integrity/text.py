"""What came of a validation as text, in the words of ``aws cloudtrail validate-logs`` where it has some."""

from collections.abc import Iterator

from scanner.integrity.judging.results import Report
from scanner.integrity.judging.stretches import Tally
from scanner.integrity.problems import About, Problem, Weight
from scanner.times import rfc3339
from scanner.wording import several

_WORDS = {Weight.INVALID: "INVALID", Weight.UNKNOWN: "UNKNOWN"}
_NAMES = {About.DIGEST: "Digest file", About.LOG: "Log file"}


def lines_of(report: Report) -> Iterator[str]:
    """The report line by line."""
    since, until = rfc3339(report.period.since), rfc3339(report.period.until)
    trail = f" of trail {report.trail}" if report.trail else ""
    yield f"Validating log files{trail} in {report.source} between {since} and {until}"
    yield ""
    for problem in report.problems:
        if problem.about is About.HOURS and problem.subject and problem.weight is Weight.INVALID:
            yield f"Digest file\t{problem.subject}\tINVALID: not found"
        yield told(problem)
    for beyond in report.beyond:
        yield f"{several(beyond.count, 'more problem')} of the kind {beyond.kind} ({beyond.weight}), not listed"
    if report.problems:
        yield ""
    yield from _chains(report)
    yield f"Results requested for {since} to {until}"
    yield _found(report)
    yield ""
    yield from _ratio(report.digests(backfill=False), "digest")
    yield from _ratio(report.digests(backfill=True), "backfill digest")
    yield from _ratio(report.logs(), "log")
    yield from _counts(report)


def told(problem: Problem) -> str:
    """One problem on one line; parts are divided by tabs, as ``validate-logs`` does it."""
    backfill = "(backfill) " if problem.chain is not None and problem.chain.backfill else ""
    word = _WORDS[problem.weight]
    name = _NAMES.get(problem.about)
    if name is not None:
        return f"{backfill}{name}\t{problem.subject}\t{word}: {problem.why}"
    trail = f" trail {problem.chain.trail}" if problem.chain is not None else ""
    where = f"{problem.place.account} {problem.place.region}{trail}".strip()
    return f"{backfill}Hours\t{where}\t{word}: {problem.why}"


def _chains(report: Report) -> Iterator[str]:
    """A line per chain: what was found of it."""
    for each in report.chains:
        kind = " (backfill)" if each.chain.backfill else ""
        missing = f", {each.missing} missing" if each.missing else ""
        yield (
            f"{each.place.account}  {each.place.region}  {each.chain.trail}{kind}: "
            f"{each.digests.valid}/{each.digests.total} digest files valid{missing}, "
            f"{each.logs.valid}/{each.logs.total} log files valid, {rfc3339(each.start)} to {rfc3339(each.end)}"
        )
    if report.chains:
        yield ""


def _found(report: Report) -> str:
    if not report.chains:
        return "No digests found"
    start = max(report.period.since, min(each.start for each in report.chains))
    end = min(report.period.until, max(each.end for each in report.chains))
    return f"Results found for {rfc3339(start)} to {rfc3339(end)}:"


def _ratio(tally: Tally, name: str) -> Iterator[str]:
    if not tally.total:
        return
    line = f"{tally.valid}/{tally.total} {name} files valid"
    if tally.invalid:
        line += f", {tally.invalid}/{tally.total} {name} files INVALID"
    if tally.unknown:
        line += f", {tally.unknown}/{tally.total} {name} files UNKNOWN"
    if tally.unproven:
        line += f", {tally.unproven}/{tally.total} {name} files of an invalid digest file"
    yield line


def _counts(report: Report) -> Iterator[str]:
    """What is missing, and what nothing vouches for."""
    if report.missing:
        yield f"{several(report.missing, 'digest file')} missing"
    for field, words in (
        ("unnamed", "that no valid digest file names"),
        ("unproven", "delivered in hours that no valid digest file covers"),
        ("waiting", "so new that no digest file is awaited yet"),
    ):
        if count := report.count(field):
            yield f"{several(count, 'log file')} {words}"
