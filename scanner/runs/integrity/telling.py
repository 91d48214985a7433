"""A report in each of its forms, and in one sentence."""

from scanner.integrity.judging.results import Report
from scanner.integrity.problems import Weight
from scanner.runs.integrity.document import document
from scanner.runs.integrity.junit import junit
from scanner.runs.integrity.text import lines_of
from scanner.times import rfc3339
from scanner.wording import several


def written(report: Report, form: str) -> bytes:
    """The report as text, json or junit."""
    from reports.characters import visible
    from reports.plain_json import json_bytes

    if form == "json":
        return json_bytes(dict(document(report)))
    if form == "junit":
        return junit(report)
    return "".join(f"{visible(line, keep=chr(9))}\n" for line in lines_of(report)).encode()


def why(report: Report) -> str:
    """What the verdict rests on, as a sentence."""
    digests, logs = report.digests(backfill=False), report.logs()
    valid = f"{several(digests.valid, 'digest file')} and {several(logs.valid, 'log file')} are valid"
    if report.invalid:
        count = _count(report, Weight.INVALID)
        missing = f", and {several(report.missing, 'digest file')} missing" if report.missing else ""
        return f"{several(count, 'problem')} found{missing}; {valid}."
    if report.unknown:
        unseen = several(_count(report, Weight.UNKNOWN), "thing")
        return f"nothing contradicts itself, but {unseen} could not be seen; {valid}. This is not a pass."
    if not report.chains:
        return "no digest file was found. This is not a pass."
    period = report.period
    if period.demanded < period.until:
        return (
            f"{valid}, and each hour up to {rfc3339(period.demanded)} has its digest file; later ones may be to come."
        )
    return f"{valid}, and each hour of the period has its digest file."


def _count(report: Report, weight: Weight) -> int:
    listed = sum(each.weight is weight for each in report.problems)
    return listed + sum(each.count for each in report.beyond if each.weight is weight)
