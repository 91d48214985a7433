"""An account with what is kept for reviewing its audit log groups: saved queries and Contributor Insights rules."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.audit_path.places import EVENT_LOG_GROUP_LISTING, LOG_REGIONS, TRAIL_LISTING
from scanner.audit_path.stores import AuditLogGroup, mappings
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, ResourceType, View, view_of
from scanner.facts.uses import Use
from scanner.pattern.insights.keeping import QUERY_LANGUAGE
from scanner.resources.reviews.groups import audit_groups, named_groups
from scanner.snapshot.answers import Answer, Snapshot
from scanner.texts.globs import glob_match

RULE_LISTING = Use("cloudwatch.DescribeInsightRules", per=LOG_REGIONS)
SAVED_QUERIES = Use("logs.DescribeQueryDefinitions", per=LOG_REGIONS)


def reviewing_account_view(snapshot: Snapshot, account: str) -> View:
    """One row for the account; what it keeps counts in the Regions of its own log groups that events reach."""
    found = audit_groups(snapshot, account)
    groups = found.own(account)
    facts = Facts({"AuditGroups": sorted({group.name for group in groups})})
    _saved(snapshot, account, groups, facts)
    _rules(snapshot, account, groups, facts)
    sources = tuple(dict.fromkeys(trail.source for group in groups for trail in group.trails))
    listed = tuple(group.listed for group in groups if group.listed is not None)
    return view_of([facts.row("insights.account", account, "", account, (*sources, *listed))], list(found.gaps))


def _saved(snapshot: Snapshot, account: str, groups: Sequence[AuditLogGroup], facts: Facts) -> None:
    """Source: CloudWatch Logs API reference, ``DescribeQueryDefinitions``, ``QueryDefinition``."""
    found: list[dict[str, Any]] = []
    answers: list[Answer] = []
    for region in sorted({group.region for group in groups}):
        asked = snapshot.ask(account, region, SAVED_QUERIES.operation)
        answers.append(checked(asked, "queryDefinitions", list))
        here = [group for group in groups if group.region == region]
        found += [_query(item, here) for _, item in mappings(answers[-1], "queryDefinitions")]
    facts.take("SavedQueries", sorted(found, key=lambda query: str(query["Name"])), *answers)


def _query(item: Mapping[str, Any], groups: Iterable[AuditLogGroup]) -> dict[str, Any]:
    return {
        "Name": item.get("name"),
        "Query": item.get("queryString"),
        "Language": item.get("queryLanguage") or QUERY_LANGUAGE,
        "AuditGroups": list(named_groups(item.get("logGroupNames") or (), groups)),
    }


def _rules(snapshot: Snapshot, account: str, groups: Sequence[AuditLogGroup], facts: Facts) -> None:
    """Source: CloudWatch API reference, ``DescribeInsightRules``, ``InsightRule``."""
    found: list[dict[str, Any]] = []
    answers: list[Answer] = []
    for region in sorted({group.region for group in groups}):
        asked = snapshot.ask(account, region, RULE_LISTING.operation)
        answers.append(checked(asked, "InsightRules", list))
        here = [group for group in groups if group.region == region]
        found += [_rule(item, region, here) for _, item in mappings(answers[-1], "InsightRules")]
    facts.take("ContributorRules", sorted(found, key=lambda rule: (str(rule["Name"]), rule["Region"])), *answers)


def _rule(item: Mapping[str, Any], region: str, groups: Iterable[AuditLogGroup]) -> dict[str, Any]:
    definition = _document(item.get("Definition"))
    names, arns = _texts(definition.get("LogGroupNames")), _texts(definition.get("LogGroupARNs"))
    read = [group.name for group in groups if _names(names, group.name) or _names_arn(arns, group.arn)]
    name, state, form = item.get("Name"), item.get("State"), definition.get("LogFormat")
    only = f", {form} and not JSON" if form != "JSON" else ""
    return {
        "Name": name,
        "State": state,
        "Region": region,
        "LogFormat": form,
        "AuditGroups": read,
        "Summary": f"{name} ({state}{only}, reads {', '.join((*names, *arns)) or 'no log group'})",
    }


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


REVIEWING_ACCOUNT = ResourceType(
    name="insights.account",
    title="Account with what it keeps for reviewing its audit log groups",
    view=reviewing_account_view,
    calls=(TRAIL_LISTING, EVENT_LOG_GROUP_LISTING),
    fields={
        "AuditGroups": Field("Names of the account's own log groups that CloudTrail's events reach."),
        "SavedQueries": Field(
            "Saved queries of Logs Insights in the Regions of these log groups, as objects {Name, Query, Language, "
            "AuditGroups}; AuditGroups are the names of those of the log groups that the query is saved for; "
            "[] without any.",
            calls=(SAVED_QUERIES,),
        ),
        "ContributorRules": Field(
            "Contributor Insights rules in the same Regions, as objects {Name, State, Region, LogFormat, AuditGroups, "
            "Summary}; AuditGroups are the names of those of the log groups that the rule reads; [] without any.",
            calls=(RULE_LISTING,),
        ),
    },
)
