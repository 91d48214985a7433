"""The log group and the metric filter: whether the filter reads the delivered events, and whether a match counts.

Sources: CloudWatch Logs User Guide, "Log classes" (metric filters need the Standard class) and "Creating metrics from
log events using filters"; CloudWatch Logs API reference, ``MetricFilter``.
"""

import re
from dataclasses import dataclass
from typing import Any

from scanner.alarms.metric import PublishedMetric, any_metric, published_metric
from scanner.checks.route.links import FILTER, LOG_GROUP, Step, cited
from scanner.errors import PatternError
from scanner.facts.rows import Row
from scanner.model import Outcome
from scanner.pattern import Pattern, parse

_OWN_ACCOUNT = re.compile(
    r"""\s*@aws\.account\s*(?:=\s*["']?(\d{12})["']?|IN\s*\[\s*["']?(\d{12})["']?\s*\])\s*""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class JudgedFilter:
    """A metric filter.

    ``pattern`` is what it matches (None when that is broken), ``metric`` what it counts (None: nothing usable),
    ``feeds`` what it publishes, whether or not that counts events.
    """

    row: Row
    step: Step
    pattern: Pattern | None
    metric: PublishedMetric | None
    feeds: PublishedMetric | None = None


def log_group_step(row: Row) -> Step:
    """Judge a ``logs.audit_log_group`` row: it exists and is of a class that metric filters work on."""
    name = str(row.data.get("logGroupName") or row.id)
    sources = cited(row, "Exists", "logGroupClass")
    gap = row.gaps.get("Exists")
    if gap is not None:
        reason = f"log group {name} could not be looked at: {gap.reason}"
        return Step(LOG_GROUP, Outcome.UNKNOWN, reason, name, sources)
    if row.data.get("Exists") is not True:
        return Step(LOG_GROUP, Outcome.FAIL, f"log group {name} does not exist", name, sources)
    log_class = row.data.get("logGroupClass") or "STANDARD"
    if log_class != "STANDARD":
        reason = f"log group {name} is of class {log_class}, on which metric filters do not run"
        return Step(LOG_GROUP, Outcome.FAIL, reason, name, sources)
    return Step(LOG_GROUP, Outcome.PASS, f"log group {name} exists and is of class STANDARD", name, sources)


def judged_filter(row: Row) -> JudgedFilter:
    """Judge a ``logs.metric_filter`` row as far as no rule is needed: validity, and whether a match counts."""
    name = str(row.data.get("filterName") or "")
    group = str(row.data.get("logGroupName") or "")
    subject = f"metric filter {name} of log group {group}"
    published = _published(row)
    metric = published if isinstance(published, PublishedMetric) else None
    pattern: Pattern | None = None
    verdict, reason = Outcome.PASS, f"{subject} publishes {metric.namespace}/{metric.name}" if metric else ""
    try:
        # Only an empty text matches everything; a pattern that is not given is not known.
        text = row.data.get("filterPattern")
        pattern = parse(text) if isinstance(text, str) else None
    except PatternError as error:
        verdict, reason = (
            Outcome.FAIL,
            f"{subject} has a pattern that CloudWatch Logs rejects: {error.message.rstrip('.')}",
        )
    if verdict is Outcome.PASS and isinstance(published, str):
        verdict, reason = Outcome.FAIL, f"{subject} does not count events: {published}"
    if verdict is Outcome.PASS and pattern is None:
        verdict, reason = Outcome.UNKNOWN, f"the pattern of {subject} is not known"
    if verdict is Outcome.PASS:
        verdict, reason = _narrowing(row, subject) or (verdict, reason)
    return JudgedFilter(row, Step(FILTER, verdict, reason, name, cited(row)), pattern, metric, _feeds(row))


def _published(row: Row) -> PublishedMetric | str:
    transformations = row.data.get("metricTransformations") or []
    if not transformations:
        return "it publishes no metric"
    return published_metric(transformations[0], *_place(row))


def _feeds(row: Row) -> PublishedMetric | None:
    transformations = row.data.get("metricTransformations") or []
    return any_metric(transformations[0], *_place(row)) if transformations else None


def _place(row: Row) -> tuple[str, Any]:
    return str(row.data.get("logGroupArn") or ""), row.data.get("emitSystemFieldDimensions")


def _narrowing(row: Row, subject: str) -> tuple[Outcome, str] | None:
    """Settings that make a filter read less than its log group receives."""
    if row.data.get("applyOnTransformedLogs") is True:
        return Outcome.FAIL, f"{subject} reads transformed log events, in which CloudTrail's fields need not exist"
    criteria = row.data.get("fieldSelectionCriteria")
    if criteria is None or criteria == "":
        return None
    own = _OWN_ACCOUNT.fullmatch(str(criteria))
    if own is not None and row.account in own.groups():
        return (
            Outcome.UNKNOWN,
            f"{subject} is limited by field selection criteria ({criteria}) that may leave nothing out",
        )
    return (
        Outcome.FAIL,
        f"{subject} is limited by field selection criteria ({criteria}) and so does not read every event",
    )
