"""The log group and the metric filter: whether the filter reads the delivered events, and whether a match counts.

Sources: CloudWatch Logs User Guide, "Log classes" (metric filters need the Standard class) and "Creating metrics from
log events using filters"; CloudWatch Logs API reference, ``MetricFilter``.
"""

import re
from dataclasses import dataclass

from scanner.alarms.metric import MetricTransformation, PublishedMetric
from scanner.audit_path.watching import ListedFilter
from scanner.checks.route.links import FILTER, LOG_GROUP, JudgedLink, cited
from scanner.errors import PatternError
from scanner.facts.rows import Row
from scanner.model import Outcome
from scanner.pattern import Pattern, parse

_BY_ACCOUNT = re.compile(
    r"""\s*@aws\.account\s*(?:
        (?P<is>=|!=)\s*["']?\d{12}["']?
        | (?P<within>(?:NOT\s+)?IN)\s*\[\s*["']?\d{12}["']?(?:\s*,\s*["']?\d{12}["']?)*\s*\]
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
"""Field selection criteria that ask for nothing but the account."""


@dataclass(frozen=True, slots=True)
class JudgedFilter:
    """A metric filter.

    ``pattern`` is what it matches (None when that is broken), ``metric`` what it counts (None: nothing usable),
    ``feeds`` what it publishes, whether or not that counts events.
    """

    listed: ListedFilter
    link: JudgedLink
    pattern: Pattern | None
    metric: PublishedMetric | None
    feeds: PublishedMetric | None = None


def log_group_link(row: Row) -> JudgedLink:
    """Judge a ``logs.audit_log_group`` row: it exists and is of a class that metric filters work on."""
    name = str(row.data.get("logGroupName") or row.id)
    sources = cited(row, "Exists", "logGroupClass")
    gap = row.gaps.get("Exists")
    if gap is not None:
        reason = f"log group {name} could not be looked at: {gap.reason}"
        return JudgedLink(LOG_GROUP, Outcome.UNKNOWN, reason, name, sources)
    if row.data.get("Exists") is not True:
        return JudgedLink(LOG_GROUP, Outcome.FAIL, f"log group {name} does not exist", name, sources)
    log_class = row.data.get("logGroupClass") or "STANDARD"
    if log_class != "STANDARD":
        reason = f"log group {name} is of class {log_class}, on which metric filters do not run"
        return JudgedLink(LOG_GROUP, Outcome.FAIL, reason, name, sources)
    return JudgedLink(LOG_GROUP, Outcome.PASS, f"log group {name} exists and is of class STANDARD", name, sources)


def judged_filter(listed: ListedFilter) -> JudgedFilter:
    """Judge a metric filter as far as no rule is needed: validity, and whether a match counts."""
    subject = f"metric filter {listed.name} of log group {listed.group.name}"
    first = listed.transformations[0] if listed.transformations else _NOTHING
    metric = first.published if isinstance(first.published, PublishedMetric) else None
    pattern: Pattern | None = None
    fault = ""
    try:
        pattern = parse(listed.pattern) if listed.pattern is not None else None
    except PatternError as error:
        fault = f"{subject} has a pattern that CloudWatch Logs rejects: {error.message.rstrip('.')}"
    if not fault and isinstance(first.published, str):
        fault = f"{subject} does not count events: {first.published}"
    verdict, reason = Outcome.FAIL, fault
    if not fault and pattern is None:
        verdict, reason = Outcome.UNKNOWN, f"the pattern of {subject} is not known{_because(listed, 'filterPattern')}"
    elif not fault and metric is not None:
        counting = f"{subject} publishes {metric.namespace}/{metric.name}"
        verdict, reason = _narrowing(listed, subject) or (Outcome.PASS, counting)
    sources = (listed.source, *(gap.source for gap in listed.unknown.values()))
    return JudgedFilter(
        listed, JudgedLink(FILTER, verdict, reason, listed.name, sources), pattern, metric, first.possible
    )


_NOTHING = MetricTransformation("it publishes no metric", None)


def _because(listed: ListedFilter, member: str) -> str:
    """Why a member is not known, for the end of a clause; "" when nothing says so."""
    gap = listed.unknown.get(member)
    return f": {gap.reason}" if gap is not None else ""


def _unnarrowed(listed: ListedFilter, subject: str) -> tuple[Outcome, str] | None:
    """Settings that may make a filter read less, which are not known."""
    for member in ("applyOnTransformedLogs", "fieldSelectionCriteria"):
        if member in listed.unknown:
            return Outcome.UNKNOWN, f"whether {subject} reads every event is not known{_because(listed, member)}"
    return None


def _narrowing(listed: ListedFilter, subject: str) -> tuple[Outcome, str] | None:
    """Settings that make a filter read less than its log group receives."""
    if listed.transformed:
        return Outcome.FAIL, f"{subject} reads transformed log events, in which CloudTrail's fields need not exist"
    if not listed.criteria:
        return _unnarrowed(listed, subject)
    limited = f"{subject} is limited by field selection criteria ({listed.criteria})"
    if _keep_account(listed.criteria, listed.group.account):
        return Outcome.UNKNOWN, f"{limited} that may leave nothing out"
    return Outcome.FAIL, f"{limited} and so does not read every event"


def _keep_account(criteria: str, account: str) -> bool:
    """Whether criteria ask for nothing but the account, and keep this one."""
    found = _BY_ACCOUNT.fullmatch(criteria)
    if found is None:
        return False
    keeps = found["is"] == "=" or (found["within"] or "NOT")[:1].upper() == "I"
    return (account in re.findall(r"\d{12}", criteria)) is keeps
