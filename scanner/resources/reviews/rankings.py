"""Contributor Insights rules over audit log groups, and whether those that are enabled counted anything lately.

Source: CloudWatch API reference, ``DescribeInsightRules``, ``InsightRule`` and ``GetInsightRuleReport`` (its
``AggregateValue`` is "the sum of the values from all individual contributors that match the rule"); CloudWatch User
Guide, "Contributor Insights rule syntax".
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from scanner.audit_path.places import LOG_REGIONS
from scanner.audit_path.stores import AuditLogGroup, mappings
from scanner.facts.facts import Facts, checked
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.resources.reviews.groups import audit_groups, left_out
from scanner.snapshot.answers import Answer, Snapshot
from scanner.texts.globs import glob_match
from scanner.times import rfc3339

RULE_LISTING = Use("cloudwatch.DescribeInsightRules", per=LOG_REGIONS)

_ENABLED, _JSON = "ENABLED", "JSON"
_HOURS, _HOUR = 24, 3600


def _counting(look: Look) -> Iterator[Thing]:
    groups = audit_groups(look.snapshot, look.account).own(look.account)
    for region in sorted({thing.region for thing in look.each(LOG_REGIONS)}):
        here = [group for group in groups if group.region == region]
        for rule in _told(look.snapshot.ask(look.account, region, RULE_LISTING.operation), region, here):
            if _counts(rule):
                asked = _window(look.snapshot.time_of(look.account))
                yield Thing(region, {"insight_rule": rule["Name"]}, asked)


REPORT = Use("cloudwatch.GetInsightRuleReport", per=Things("counting-insight-rule", _counting, (RULE_LISTING,)))
"""What each enabled rule that reads an audit log group as JSON counted."""


def take_rules(snapshot: Snapshot, account: str, groups: Sequence[AuditLogGroup], facts: Facts) -> None:
    """The account's rules in the Regions of these log groups, and which of them counted nothing in a day.

    A Region that was left out, or does not list its rules, may have more.
    """
    found: list[dict[str, Any]] = []
    listings: list[Answer] = []
    for region in sorted({group.region for group in groups}):
        listings.append(snapshot.ask(account, region, RULE_LISTING.operation))
        found += _told(listings[-1], region, [group for group in groups if group.region == region])
    answers = [checked(listing, "InsightRules", list) for listing in listings]
    told = [answer for answer in answers if answer.gap is None]
    facts.take("ContributorRules", sorted(found, key=lambda rule: (str(rule["Name"]), rule["Region"])), *told)
    gap = next((answer.gap for answer in answers if answer.gap is not None), None)
    gap = gap or left_out(snapshot, account, RULE_LISTING.operation)
    if gap is not None:
        facts.gaps["MoreRules"] = gap
    else:
        facts.take("MoreRules", [], *told)
    reports = {(rule["Name"], rule["Region"]): _report(snapshot, account, rule) for rule in found if _counts(rule)}
    silent = [name for (name, _), report in sorted(reports.items()) if _sum(report) == 0]
    facts.take("SilentRules", silent, *answers, *reports.values())


def _told(listing: Answer, region: str, groups: Iterable[AuditLogGroup]) -> list[dict[str, Any]]:
    rules = mappings(checked(listing, "InsightRules", list), "InsightRules")
    return [_rule(item, region, groups) for _, item in rules]


def _rule(item: Mapping[str, Any], region: str, groups: Iterable[AuditLogGroup]) -> dict[str, Any]:
    definition = _document(item.get("Definition"))
    names, arns = _texts(definition.get("LogGroupNames")), _texts(definition.get("LogGroupARNs"))
    read = [group.name for group in groups if _names(names, group.name) or _names_arn(arns, group.arn)]
    name, state, form = item.get("Name"), item.get("State"), definition.get("LogFormat")
    only = f", {form} and not JSON" if form != _JSON else ""
    return {
        "Name": name,
        "State": state,
        "Region": region,
        "LogFormat": form,
        "AuditGroups": read,
        "Summary": f"{name} ({state}{only}, reads {', '.join((*names, *arns)) or 'no log group'})",
    }


def _counts(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is enabled and reads an audit log group as CloudTrail writes it."""
    running = rule["State"] == _ENABLED and rule["LogFormat"] == _JSON
    return running and bool(rule["AuditGroups"]) and isinstance(rule["Name"], str)


def _window(now: datetime) -> Mapping[str, str]:
    """The day before the last full hour before the collection: the same snapshot always asks for the same day."""
    end = now.replace(minute=0, second=0, microsecond=0)
    return {"StartTime": rfc3339(end - timedelta(hours=_HOURS)), "EndTime": rfc3339(end)}


def _report(snapshot: Snapshot, account: str, rule: Mapping[str, Any]) -> Answer:
    asked = {"RuleName": rule["Name"], "Period": _HOUR, "MaxContributorCount": 1}
    asked |= _window(snapshot.time_of(account))
    return checked(snapshot.ask(account, rule["Region"], REPORT.operation, asked), "AggregateValue", float)


def _sum(report: Answer) -> float | None:
    value = report.first.get("AggregateValue") if report.gap is None else None
    return value if isinstance(value, float) else None


def _document(text: Any) -> Mapping[str, Any]:
    """The definition; the shape of the answer was examined before, so a text that is not an object is not here."""
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        value = None
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _names(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the names, of which a star at the end is any ending, is that of the log group."""
    return any(name.startswith(each[:-1]) if each.endswith("*") else name == each for each in patterns)


def _names_arn(patterns: Iterable[str], arn: str) -> bool:
    """Whether one of the ARNs, with ``*`` for any text, is that of a log group; AWS writes ``log-group/NAME`` too."""
    return any(glob_match(each.replace(":log-group/", ":log-group:").removesuffix(":*"), arn) for each in patterns)
