"""An account with what is kept for reviewing its audit log groups: saved queries and Contributor Insights rules."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.audit_path.places import EVENT_LOG_GROUP_LISTING, LOG_REGIONS, TRAIL_LISTING
from scanner.audit_path.stores import AuditLogGroup, mappings
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, ResourceType, View, view_of
from scanner.facts.uses import Use
from scanner.model import Gap
from scanner.pattern.insights.keeping import QUERY_LANGUAGE
from scanner.resources.reviews.groups import audit_groups, left_out, named_groups
from scanner.resources.reviews.monitors import LINK, LINK_LISTING, SAVED_OF_MONITORS, saved_by_monitors
from scanner.resources.reviews.queried import QUERIES, take_queried
from scanner.resources.reviews.rankings import REPORT, RULE_LISTING, take_rules
from scanner.snapshot.answers import Answer, Snapshot

SAVED_QUERIES = Use("logs.DescribeQueryDefinitions", per=LOG_REGIONS)
_SAVED_CALLS = (SAVED_QUERIES, LINK_LISTING, LINK, SAVED_OF_MONITORS)


def reviewing_account_view(snapshot: Snapshot, account: str) -> View:
    """One row for the account; what it keeps counts in the Regions of its own log groups that events reach."""
    found = audit_groups(snapshot, account)
    groups = found.own(account)
    facts = Facts({"AuditGroups": sorted({group.name for group in groups})})
    elsewhere = left_out(snapshot, account, SAVED_QUERIES.operation)
    if elsewhere is not None and not groups:
        facts = Facts({}, {"AuditGroups": elsewhere})
    _saved(snapshot, account, groups, facts, [elsewhere] if elsewhere else [])
    take_rules(snapshot, account, groups, facts)
    take_queried(snapshot, account, groups, facts)
    sources = tuple(dict.fromkeys(trail.source for group in groups for trail in group.trails))
    listed = tuple(group.listed for group in groups if group.listed is not None)
    return view_of([facts.row("insights.account", account, "", account, (*sources, *listed))], list(found.gaps))


def _saved(snapshot: Snapshot, account: str, groups: Sequence[AuditLogGroup], facts: Facts, hidden: list[Gap]) -> None:
    """Put in the saved queries; ``hidden`` says why there may be more beside those of monitoring accounts.

    Source: CloudWatch Logs API reference, ``DescribeQueryDefinitions``, ``QueryDefinition``.
    """
    found: list[dict[str, Any]] = []
    answers: list[Answer] = []
    for region in sorted({group.region for group in groups}):
        asked = snapshot.ask(account, region, SAVED_QUERIES.operation)
        answers.append(checked(asked, "queryDefinitions", list))
        here = [group for group in groups if group.region == region]
        found += [_query(item, here) for _, item in mappings(answers[-1], "queryDefinitions")]
    for group in groups:
        elsewhere = saved_by_monitors(snapshot, group)
        answers += elsewhere.answers
        hidden += elsewhere.hidden
        found += [{**_query(item, ()), "AuditGroups": [group.name], "Monitor": of} for of, item in elsewhere.known]
    facts.take("SavedQueries", sorted(found, key=lambda query: str(query["Name"])), *answers)
    facts.take("MoreQueries", [], *answers)
    if hidden:
        facts.data.pop("MoreQueries", None)
        facts.gaps.setdefault("MoreQueries", hidden[0])


def _query(item: Mapping[str, Any], groups: Iterable[AuditLogGroup]) -> dict[str, Any]:
    return {
        "Name": item.get("name"),
        "Query": item.get("queryString"),
        "Language": item.get("queryLanguage") or QUERY_LANGUAGE,
        "AuditGroups": list(named_groups(item.get("logGroupNames") or (), groups)),
        "Monitor": None,
    }


REVIEWING_ACCOUNT = ResourceType(
    name="insights.account",
    title="Account with what it keeps for reviewing its audit log groups",
    view=reviewing_account_view,
    calls=(TRAIL_LISTING, EVENT_LOG_GROUP_LISTING),
    fields={
        "AuditGroups": Field(
            "Names of the account's own log groups that CloudTrail's events reach; [] only where every enabled Region "
            "was looked at."
        ),
        "SavedQueries": Field(
            "Saved queries of Logs Insights in the Regions of these log groups, as objects {Name, Query, Language, "
            "AuditGroups, Monitor}; AuditGroups are the names of those of the log groups that the query is saved for; "
            "Monitor is the monitoring account that keeps it, and null for the account itself; [] without any.",
            calls=_SAVED_CALLS,
        ),
        "MoreQueries": Field(
            "Always []; a gap where a Region was left out, or the saved queries of a monitoring account that may see "
            "one of the log groups are not known.",
            calls=_SAVED_CALLS,
        ),
        "ContributorRules": Field(
            "Contributor Insights rules in the same Regions, as objects {Name, State, Region, LogFormat, AuditGroups, "
            "Summary}; AuditGroups are the names of those of the log groups that the rule reads; [] without any.",
            calls=(RULE_LISTING,),
        ),
        "MoreRules": Field(
            "Always []; a gap where a Region was left out, or does not list its rules.", calls=(RULE_LISTING,)
        ),
        "SilentRules": Field(
            "Names of those of them that are enabled, read one of the log groups as JSON, and counted nothing in the "
            "24 hours before the last full hour; [] without any.",
            calls=(RULE_LISTING, REPORT),
        ),
        "UnqueriedGroups": Field(
            "Names of these log groups for which CloudWatch Logs lists no recent query, by a person or a schedule, "
            "but those that failed or were cancelled.",
            calls=(QUERIES,),
        ),
    },
    one_per_account=True,
)
