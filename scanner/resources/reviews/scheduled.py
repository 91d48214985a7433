"""Scheduled queries of Logs Insights: which log groups they read, how often, and how their last runs went.

Source: CloudWatch Logs API reference, ``ListScheduledQueries``, ``GetScheduledQuery``, ``GetScheduledQueryHistory``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scanner.audit_path.places import LOG_REGIONS
from scanner.audit_path.stores import AuditLogGroup, log_group_arn, mappings
from scanner.facts.facts import checked
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, GapKind
from scanner.pattern.insights.keeping import QUERY_LANGUAGE, kept_events, understood
from scanner.resources.reviews.groups import audit_groups, names_group
from scanner.resources.reviews.schedules import longest_gap_hours
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import from_milliseconds, parse_time, rfc3339

HISTORY_DAYS = 7
"""Days of runs that are asked for."""

_SECONDS_UNTIL = 10**11
"""Epoch numbers from here on are milliseconds: as seconds they would be after the year 5000."""

ENABLED, _COMPLETE = "ENABLED", "Complete"
_DELIVERED, _LOST_STATES = "COMPLETE", ("FAILED", "CLIENT_ERROR")
_ARRIVED, _ON_ITS_WAY, _LOST = "arrived", "on its way", "lost"
_UNDER_WAY = ("Running",)

SCHEDULED_LISTING = Use("logs.ListScheduledQueries", per=LOG_REGIONS)


def _listed(look: Look) -> Iterator[Thing]:
    for region in sorted({thing.region for thing in look.each(LOG_REGIONS)}):
        answer = look.snapshot.ask(look.account, region, SCHEDULED_LISTING.operation)
        for _, item in mappings(checked(answer, "scheduledQueries", list), "scheduledQueries"):
            if arn := _text(item, "scheduledQueryArn"):
                yield Thing(region, {"query": arn})


SCHEDULED_QUERIES = Things("scheduled-query", _listed, (SCHEDULED_LISTING,))
"""Each scheduled query of a Region with an audit log group."""

SCHEDULED_QUERY = Use("logs.GetScheduledQuery", per=SCHEDULED_QUERIES)


def _to_be_followed(look: Look) -> Iterator[Thing]:
    groups = audit_groups(look.snapshot, look.account).own(look.account)
    for thing in look.each(SCHEDULED_QUERIES):
        answer = told_query(look.snapshot, look.account, thing.region, thing.facts["query"])
        here = [group for group in groups if group.region == thing.region]
        if answer.first.get("state") == ENABLED and any(_reads(answer, group) for group in here):
            yield Thing(thing.region, thing.facts, run_window(look.snapshot))


FOLLOWED_QUERIES = Things("followed-query", _to_be_followed, (SCHEDULED_QUERY,))
"""Those of them that are enabled and read an audit log group."""

RUNS = Use("logs.GetScheduledQueryHistory", per=FOLLOWED_QUERIES)


def run_window(snapshot: Snapshot) -> Mapping[str, int]:
    """The day of the collection and those before it, in seconds since 1970 as AWS's examples have them."""
    today = snapshot.collected_at.replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = today - timedelta(days=HISTORY_DAYS), today + timedelta(days=1)
    return {"startTime": int(start.timestamp()), "endTime": int(end.timestamp())}


def told_query(snapshot: Snapshot, account: str, region: str, arn: str) -> Answer:
    """What an account says of one of its scheduled queries."""
    return snapshot.ask(account, region, SCHEDULED_QUERY.operation, {"identifier": arn})


def _reads(answer: Answer, group: AuditLogGroup) -> bool:
    """Whether a query reads a log group; one of another account reads it by its ARN only (``StartQuery``)."""
    named = answer.first.get("logGroupIdentifiers") or ()
    if answer.account != group.account:
        return group.arn in {log_group_arn(each) for each in named if isinstance(each, str)}
    return names_group(named, group)


@dataclass(slots=True)
class ScheduledQueries:
    """The scheduled queries that read one log group.

    ``known`` are those that are known whole, or reviewed nothing in any case, as facts for rules; ``hidden`` says why
    there may be more; ``answers`` are what the known ones rest on.
    """

    known: list[dict[str, Any]] = field(default_factory=list)
    hidden: list[Gap] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def add(self, others: "ScheduledQueries") -> None:
        """Add those of other accounts."""
        self.known += others.known
        self.hidden += others.hidden
        self.answers += others.answers


def scheduled_queries(snapshot: Snapshot, account: str, group: AuditLogGroup) -> tuple[Answer, ScheduledQueries]:
    """The listing of the group's Region, and the scheduled queries in it that read the group."""
    listing = checked(snapshot.ask(account, group.region, SCHEDULED_LISTING.operation), "scheduledQueries", list)
    found = ScheduledQueries()
    for _, item in mappings(listing, "scheduledQueries"):
        arn = _text(item, "scheduledQueryArn")
        answer = told_query(snapshot, account, group.region, arn)
        if not answer.absent:  # one that is gone since it was listed reviews nothing
            add_query(found, snapshot, group, answer)
    found.known.sort(key=lambda query: str(query["Name"]))
    return listing, found


def add_query(found: ScheduledQueries, snapshot: Snapshot, group: AuditLogGroup, answer: Answer) -> None:
    """Add a query where it reads the group, or what is not known of it."""
    if answer.gap is not None:
        found.hidden.append(answer.gap)
        return
    query = answer.first
    if not query.get("logGroupIdentifiers"):
        why = "it names its log groups in its text only, which is not followed"
        found.hidden.append(_open_point(answer, _text(query, "name"), why))
        return
    if not _reads(answer, group):
        return
    facts, undecided = _facts(snapshot, answer)
    facts["Monitor"] = answer.account if answer.account != group.account else None
    runs = [] if facts["State"] != ENABLED else [_history(snapshot, answer)]
    _follow(facts, runs)
    undecided += _untold(facts, runs, snapshot.collected_at)
    hidden = [run.gap for run in runs if run.gap is not None]
    hidden += [_open_point(answer, str(facts["Name"]), why) for why in undecided]
    if hidden and facts["State"] == ENABLED and facts["LastStatus"] in (_COMPLETE, *_UNDER_WAY, None):
        found.hidden += hidden
        return
    found.known.append(facts)
    found.answers += [answer, *(run for run in runs if run.gap is None)]


def _facts(snapshot: Snapshot, answer: Answer) -> tuple[dict[str, Any], list[str]]:
    """What a query says of itself, and why not all of that can be judged."""
    query = answer.first
    schedule = _text(query, "scheduleExpression")
    gap = longest_gap_hours(schedule)
    back = _looked_back(query)
    undecided = [] if gap is not None else [f"its schedule {schedule or '(none)'} is not understood"]
    if back is None:
        undecided.append("AWS does not say how far back it looks")
    language, text = _text(query, "queryLanguage"), _text(query, "queryString")
    return {
        "Name": _text(query, "name"),
        "Monitor": None,
        "State": _state_at(query, snapshot.collected_at),
        "Schedule": schedule,
        "LongestGapHours": gap,
        "LookbackHours": back,
        "Language": language or QUERY_LANGUAGE,
        "Query": text,
        "Keeps": kept_events(understood(text, language or QUERY_LANGUAGE)),
        "Destinations": _destinations(query),
        "Role": _text(query, "executionRoleArn") or None,
        "LastStatus": _text(query, "lastExecutionStatus") or None,
        "LastTriggered": _told(_moment(query.get("lastTriggeredTime"))),
        "Summary": "",
    }, undecided


def _state_at(query: Mapping[str, Any], now: datetime) -> str:
    """The state, in AWS's word or, for a query that is enabled and does not run now, in ours."""
    state = _text(query, "state")
    if state != ENABLED:
        return state
    start, end = _moment(query.get("scheduleStartTime")), _moment(query.get("scheduleEndTime"))
    if end is not None and end <= now:
        return "ENDED"
    return "NOT STARTED" if start is not None and start > now else state


def _looked_back(query: Mapping[str, Any]) -> float | None:
    """The hours that one run looks at; None where AWS does not say, or they do not end with the run."""
    start, end = query.get("startTimeOffset"), query.get("endTimeOffset") or 0
    if not isinstance(start, int) or not isinstance(end, int) or start <= end or end < 0:
        return None
    return (start - end) / 3600


def _destinations(query: Mapping[str, Any]) -> list[str]:
    """Where results go, in words."""
    configured = query.get("destinationConfiguration")
    configured = configured if isinstance(configured, Mapping) else {}
    bucket, table = configured.get("s3Configuration"), configured.get("lookupTableConfiguration")
    found = [_text(bucket, "destinationIdentifier")] if isinstance(bucket, Mapping) else []
    if isinstance(table, Mapping):
        found.append(f"lookup table {_text(table, 'tableName')}")
    return [each for each in found if each]


def _history(snapshot: Snapshot, answer: Answer) -> Answer:
    key = answer.key
    arguments = {"identifier": key.arguments["identifier"], **run_window(snapshot)}
    return checked(snapshot.ask(key.account, key.region, RUNS.operation, arguments), "triggerHistory", list)


def _follow(facts: dict[str, Any], histories: Sequence[Answer]) -> None:
    """Add what the runs of the last days tell; ``LastDelivered`` is the latest that reached every destination."""
    runs = sorted(_runs(histories), key=lambda run: run.when, reverse=True)
    complete = [run for run in runs if run.status == _COMPLETE]
    delivered = [run for run in complete if run.result == _ARRIVED]
    facts["Runs"], facts["FailedRuns"] = len(runs), sum(1 for run in runs if run.problem)
    facts["LastResult"] = complete[0].result if complete else None
    facts["LastDelivered"] = rfc3339(delivered[0].when) if delivered else None
    facts["LastProblem"] = next((run.problem for run in runs if run.problem), None)
    facts["LastToldOfDelivery"] = not complete or complete[0].result is not None
    facts["Summary"] = _summary(facts)


def _untold(facts: dict[str, Any], histories: Sequence[Answer], now: datetime) -> Iterator[str]:
    """What the runs of the last days leave open, as clauses."""
    if not facts.pop("LastToldOfDelivery"):
        yield "AWS does not say whether its last result reached a destination"
    last = parse_time(facts["LastTriggered"])
    told = any(history.gap is None for history in histories)
    if told and not facts["Runs"] and last is not None and now - timedelta(days=HISTORY_DAYS) <= last <= now:
        yield "its history shows none of its runs, although AWS says that it ran"


@dataclass(frozen=True, slots=True)
class _Run:
    """One run; ``result`` is None where AWS tells of no destination. ``problem`` is what failed, as a clause."""

    when: datetime
    status: str
    result: str | None
    problem: str


def _runs(histories: Sequence[Answer]) -> Iterator[_Run]:
    for history in histories:
        for _, item in mappings(history, "triggerHistory"):
            when, status = _moment(item.get("triggeredTimestamp")), _text(item, "executionStatus")
            if when is not None:
                states = [_text(each, "status") for each in item.get("destinations") or () if isinstance(each, Mapping)]
                yield _Run(when, status, _result(states), _problem(item, status, when))


def _result(states: Sequence[str]) -> str | None:
    """What became of a result by the states of its destinations."""
    if any(state in _LOST_STATES for state in states):
        return _LOST
    if not states:
        return None
    return _ARRIVED if all(state == _DELIVERED for state in states) else _ON_ITS_WAY


def _problem(item: Mapping[str, Any], status: str, when: datetime) -> str:
    said = _text(item, "errorMessage")
    if status not in (_COMPLETE, *_UNDER_WAY):
        return f"its run of {rfc3339(when)} is {status}{': ' + said if said else ''}"
    for each in item.get("destinations") or ():
        if isinstance(each, Mapping) and _text(each, "status") in _LOST_STATES:
            place, why = _text(each, "destinationIdentifier"), _text(each, "errorMessage")
            return (
                f"the result of {rfc3339(when)} did not reach {place or 'its destination'}{': ' + why if why else ''}"
            )
    return ""


def _summary(facts: Mapping[str, Any]) -> str:
    gap, back = facts["LongestGapHours"], facts["LookbackHours"]
    every = f"at most {_hours(gap)} apart" if gap is not None else "how far apart is not known"
    looks = f"looks {_hours(back)} back" if back is not None else "how far back it looks is not known"
    last = f"last run {facts['LastStatus']} at {facts['LastTriggered']}" if facts["LastTriggered"] else "never run"
    where = " and ".join(facts["Destinations"]) or "no destination"
    state = facts["State"] or "state not told"
    whose = f" of the monitoring account {facts['Monitor']}" if facts["Monitor"] else ""
    told = [f"{state}, {facts['Schedule']}: {every}", looks, f"keeps {facts['Keeps']}", where, last]
    told += [facts["LastProblem"]] if facts["LastProblem"] else []
    return f"{facts['Name']}{whose} ({'; '.join(told)})"


def _hours(number: float) -> str:
    return f"{number:g} hour{'' if number == 1 else 's'}"


def _open_point(answer: Answer, name: str, why: str) -> Gap:
    return Gap(key=answer.key, kind=GapKind.ERROR, reason=f"Scheduled query {name} is not judged whole: {why}")


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _moment(value: Any) -> datetime | None:
    """A time that AWS calls "Unix epoch format" without its unit: seconds, or milliseconds where it is too large."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return None
    try:
        return from_milliseconds(value if value >= _SECONDS_UNTIL else value * 1000)
    except OverflowError:
        return None


def _told(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment is not None else None


@dataclass(frozen=True, slots=True)
class ReviewRun:
    """One run of a scheduled query over an audit log group; ``complete`` says that its result arrived, or may yet."""

    query: str
    when: datetime
    complete: bool


@dataclass(slots=True)
class ReviewRuns:
    """The runs that the last days tell of; ``gaps`` say why there may be more."""

    runs: list[ReviewRun] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


def review_runs(snapshot: Snapshot, account: str) -> ReviewRuns:
    """The runs of the scheduled queries of an account that read one of its audit log groups, of the last days."""
    audit = audit_groups(snapshot, account)
    found = ReviewRuns(gaps=[gap.reason for gap in audit.gaps])
    own = audit.own(account)
    for region in sorted({group.region for group in own}):
        listing = checked(snapshot.ask(account, region, SCHEDULED_LISTING.operation), "scheduledQueries", list)
        if listing.gap is not None:
            found.gaps.append(listing.gap.reason)
        for _, item in mappings(listing, "scheduledQueries"):
            answer = told_query(snapshot, account, region, _text(item, "scheduledQueryArn"))
            if not answer.absent:
                _add_runs(found, snapshot, answer, [group for group in own if group.region == region])
    return found


def _add_runs(found: ReviewRuns, snapshot: Snapshot, answer: Answer, groups: Sequence[AuditLogGroup]) -> None:
    """Add the runs of a query where it reads one of the groups, or why they are not known."""
    name = _text(answer.first, "name")
    if answer.gap is not None:
        found.gaps.append(answer.gap.reason)
    elif not answer.first.get("logGroupIdentifiers"):
        found.gaps.append(f"scheduled query {name} names its log groups in its text only, which is not followed")
    elif not any(_reads(answer, group) for group in groups):
        return
    elif answer.first.get("state") != ENABLED:
        last = _moment(answer.first.get("lastTriggeredTime"))
        if last is not None and last >= snapshot.collected_at - timedelta(days=HISTORY_DAYS + 1):
            found.gaps.append(f"scheduled query {name} is off now, so its runs were not asked for")
    else:
        history = _history(snapshot, answer)
        found.gaps += [history.gap.reason] if history.gap is not None else []
        for run in _runs([history]):
            found.runs.append(ReviewRun(name, run.when, run.status == _COMPLETE and run.result != _LOST))
