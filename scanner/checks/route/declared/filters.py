"""Subscription filters of audit log groups that declared routes lead through.

Source: CloudWatch Logs API reference, ``SubscriptionFilter``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.declared import LIST_SUBSCRIPTION_FILTERS, subscription_filter
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings
from scanner.checks.route.declared.feed import ALL, Feed
from scanner.checks.route.links import SUBSCRIPTION_FILTER, JudgedLink
from scanner.checks.route.watching.eventbridge.destinations import destination_link
from scanner.errors import PatternError
from scanner.facts.facts import checked
from scanner.model import BySubscriptionFilter, Outcome, Source
from scanner.pattern import EveryPattern, JsonPattern, parse
from scanner.recording.recorded_events import Recorded
from scanner.resources.monitoring.eventbridge.places import LOGS, Sender
from scanner.snapshot.answers import Answer, Snapshot


def feeds_of(group: str, stream: str, snapshot: Snapshot) -> Iterator[Feed]:
    """The subscription filters of a log group that send to a stream, and those that are not known."""
    answer = _listing(group, snapshot)
    if answer.gap is not None:
        reason = f"the subscription filters of log group {_name(group)} are not known: {answer.gap.reason}"
        link = JudgedLink(SUBSCRIPTION_FILTER, Outcome.UNKNOWN, reason, "", (answer.gap.source,))
        yield Feed((link,), group=group)
    for _, listed in mappings(answer, "subscriptionFilters"):
        if text_member(listed, "destinationArn") == stream:
            yield by_filter(BySubscriptionFilter(group, text_member(listed, "filterName"), stream), snapshot)


def _name(group: str) -> str:
    return group.partition(":log-group:")[2]


def _listing(group: str, snapshot: Snapshot) -> Answer:
    """The subscription filters of a log group as its own account lists them."""
    arn = parse_arn(group)
    account, region, name = (arn.account, arn.region, arn.named("log-group:")) if arn else ("", "", group)
    answer = snapshot.ask(account, region, LIST_SUBSCRIPTION_FILTERS, {"logGroupName": name})
    return checked(answer, "subscriptionFilters", list)


def by_filter(through: BySubscriptionFilter, snapshot: Snapshot) -> Feed:
    """A subscription filter that is declared, from its own facts to the place that it sends to."""
    answer = _listing(through.log_group, snapshot)
    subject = f"subscription filter {through.name} of log group {_name(through.log_group)}"
    source = answer.gap.source if answer.gap is not None else Source(answer.key, "")
    first = JudgedLink(SUBSCRIPTION_FILTER, Outcome.PASS, f"{subject} exists", through.name, (source,))
    feed = Feed((first,), group=through.log_group, name=through.name)
    if answer.gap is not None:
        reason = f"whether {subject} exists is not known: {answer.gap.reason}"
        return feed.ending(replace(first, verdict=Outcome.UNKNOWN, reason=reason))
    listed = subscription_filter(snapshot, through)
    target = text_member(listed, "destinationArn")
    if not listed:
        return feed.ending(replace(first, verdict=Outcome.FAIL, reason=f"{subject} does not exist"))
    if through.destination not in {"", target}:
        reason = f"{subject} sends to {target} and not to {through.destination}"
        return feed.ending(replace(first, verdict=Outcome.FAIL, reason=reason))
    fault, passes = _passed_on(listed, subject)
    if fault is not None:
        return feed.ending(replace(first, verdict=fault[0], reason=fault[1]))
    arn = parse_arn(through.log_group)
    sender = Sender(LOGS, f"{through.log_group}:*", arn.account if arn else "", text_member(listed, "roleArn"))
    return replace(feed, links=(first, destination_link(snapshot, target, sender)), passes=passes)


def _passed_on(listed: Mapping[str, Any], subject: str) -> tuple[tuple[Outcome, str] | None, Recorded]:
    """What a subscription filter passes on; or why that is nothing, or not known."""
    if listed.get("applyOnTransformedLogs") is True:
        reason = f"{subject} reads transformed log events, in which CloudTrail's fields need not exist"
        return (Outcome.UNKNOWN, reason), ALL
    if listed.get("fieldSelectionCriteria"):
        reason = f"{subject} is limited by field selection criteria ({listed['fieldSelectionCriteria']})"
        return (Outcome.UNKNOWN, f"{reason}, which may leave events out"), ALL
    text = listed.get("filterPattern")
    try:
        pattern = parse(text) if isinstance(text, str) else None
    except PatternError as error:
        reason = f"{subject} has a pattern that CloudWatch Logs rejects: {error.message.rstrip('.')}"
        return (Outcome.FAIL, reason), ALL
    if isinstance(pattern, EveryPattern):
        return None, ALL
    if isinstance(pattern, JsonPattern):
        return None, Recorded(pattern.expr, pattern.expr)
    return (Outcome.UNKNOWN, f"what the pattern of {subject} lets through could not be decided"), ALL
