"""Where the subscription filters of a log group send its events: whether that is there, and what could not be sent.

Sources: CloudWatch Logs API reference, ``SubscriptionFilter``, ``Destination`` and ``AccountPolicy``; CloudWatch Logs
User Guide, "Monitoring with CloudWatch metrics" (``DeliveryErrors`` in ``AWS/Logs``, by ``LogGroupName``,
``DestinationType`` and ``FilterName``); CloudWatch User Guide, "CloudWatch search expression syntax".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.places import DATA_STREAM, FUNCTION_CONCURRENCY, STREAM
from scanner.audit_path.members import list_member, text_member
from scanner.audit_path.places import EVENT_LOG_GROUPS, LOG_GROUPS, LOG_REGIONS
from scanner.audit_path.stores import AuditLogGroup, mappings
from scanner.audit_path.topics import METRIC_DATA, endpoint_name, window
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.rows import Field
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, GapKind
from scanner.policies.statements import PolicyDocumentError, policy_from_text
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import parse_time, rfc3339

_FILTERS = "logs.DescribeSubscriptionFilters"
_DESTINATIONS = "logs.DescribeDestinations"
_ACCOUNT = "logs.DescribeAccountPolicies"
_WIDE: Mapping[str, Any] = {"policyType": "SUBSCRIPTION_FILTER_POLICY"}
_HOUR = 3600
_UNQUOTABLE = frozenset("\"'\\")
"""Characters that a search expression cannot hold in a value as they are."""

SUBSCRIPTION_FIELDS = ("Subscriptions", "DeliveryErrors", "AccountDestinations", "AccountSubscriptionsSound")
"""The fields that ``take_subscriptions`` puts in."""

FILTER_USES = (Use(_FILTERS, per=LOG_GROUPS), Use(_FILTERS, per=EVENT_LOG_GROUPS))


def _listed(look: Look) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The Region, the log group and the filter of every subscription."""
    for groups in (LOG_GROUPS, EVENT_LOG_GROUPS):
        for thing in look.each(groups):
            group = thing.facts["group"]
            answer = look.snapshot.ask(look.account, thing.region, _FILTERS, {"logGroupName": group})
            for _, item in mappings(answer, "subscriptionFilters"):
                yield thing.region, group, item


def _sent_to(look: Look) -> Iterator[Arn]:
    for _, _, item in _listed(look):
        arn = parse_arn(item.get("destinationArn"))
        if arn is not None and arn.account == look.account:
            yield arn


def _logical(look: Look) -> Iterator[Thing]:
    for arn in _sent_to(look):
        if arn.service == "logs":
            yield Thing(arn.region, {"endpoint": arn.named("destination:")})


_NAMED_BY = (*FILTER_USES, *LOG_GROUPS.named_by, *EVENT_LOG_GROUPS.named_by)
_LISTING = Use(_DESTINATIONS, per=Things("subscribed-destination", _logical, _NAMED_BY))


def _ends(look: Look, service: str) -> Iterator[Thing]:
    """Streams or functions that events are sent to, at once or by a destination of the account."""
    for arn in _sent_to(look):
        end = _end(look.snapshot, look.account, arn) if arn.service == "logs" else arn
        if end is not None and end.service == service and end.account == look.account:
            yield Thing(end.region, {"endpoint": _name(end)})


def _name(arn: Arn) -> str:
    return arn.after("stream/") if arn.service == "kinesis" else endpoint_name(arn)


def _end(snapshot: Snapshot, account: str, destination: Arn) -> Arn | None:
    """Where a destination of CloudWatch Logs delivers; None where it is not known, or gone."""
    name = destination.named("destination:")
    answer = snapshot.ask(account, destination.region, _DESTINATIONS, {"DestinationNamePrefix": name})
    for _, item in mappings(answer, "destinations"):
        if item.get("destinationName") == name:
            return parse_arn(item.get("targetArn"))
    return None


def _measured(look: Look) -> Iterator[Thing]:
    for region, group, item in _listed(look):
        arguments = _metric(group, text_member(item, "filterName"), look.snapshot.time_of(look.account))
        if arguments:
            yield Thing(region, besides=arguments)


def _metric(group: str, name: str, now: datetime) -> dict[str, Any]:
    """The arguments of ``GetMetricData`` for what a filter could not deliver; nothing where its name cannot be asked.

    Which values ``DestinationType`` has is not documented, so that it is searched for.
    """
    if not name or _UNQUOTABLE & set(group + name):
        return {}
    begin, end = window(now)
    wanted = f'MetricName="DeliveryErrors" LogGroupName="{group}" FilterName="{name}"'
    search = f"SEARCH('{{AWS/Logs,DestinationType,FilterName,LogGroupName}} {wanted}', 'Sum', {_HOUR})"
    return {
        "MetricDataQueries": [{"Id": "errors", "Expression": search}],
        "StartTime": rfc3339(begin),
        "EndTime": rfc3339(end),
    }


def take_subscriptions(
    facts: Facts, snapshot: Snapshot, account: str, group: AuditLogGroup, foreign: Gap | None
) -> None:
    """Put in what is forwarded where; gaps for a log group of another account."""
    if foreign is not None:
        facts.gaps.update(dict.fromkeys(SUBSCRIPTION_FIELDS, foreign))
        return
    asked = snapshot.ask(account, group.region, _FILTERS, {"logGroupName": group.name})
    answer = checked(asked, "subscriptionFilters", list)
    subscriptions: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    states, counts = [answer], [answer]
    for _, item in mappings(answer, "subscriptionFilters"):
        state, used = _state(snapshot, account, parse_arn(item.get("destinationArn")))
        subscriptions.append({**item, **_pattern(item), "State": state})
        states += used
        counted, told = _errors(snapshot, account, group, item)
        errors += counted
        counts.append(told)
    facts.take("Subscriptions", subscriptions, *states)
    facts.take("DeliveryErrors", errors, *counts)
    _account_policies(facts, snapshot, account, group.region)


def _pattern(item: Mapping[str, Any]) -> dict[str, str]:
    """The filter pattern without the blanks around it, which mean nothing; none where AWS does not tell it."""
    pattern = item.get("filterPattern")
    return {"filterPattern": pattern.strip()} if isinstance(pattern, str) else {}


def _state(snapshot: Snapshot, account: str, arn: Arn | None) -> tuple[str, list[Answer]]:
    """In which state a destination is, in AWS's words or ours, and the answers that tell."""
    if arn is not None and arn.account == account and arn.service == "logs":
        name = arn.named("destination:")
        listing = snapshot.ask(account, arn.region, _DESTINATIONS, {"DestinationNamePrefix": name})
        listing = checked(listing, "destinations", list)
        end = _end(snapshot, account, arn)
        if listing.gap is not None or end is None:
            return "gone", [listing]
        state, used = _state_of_end(snapshot, account, end)
        return state, [listing, *used]
    return _state_of_end(snapshot, account, arn)


def _state_of_end(snapshot: Snapshot, account: str, arn: Arn | None) -> tuple[str, list[Answer]]:
    read = _STATES.get(arn.service) if arn is not None and arn.account == account else None
    if arn is None or read is None:
        unasked = snapshot.ask(account, arn.region if arn is not None else "", _DESTINATIONS, {})
        reason = f"Events are sent to {arn or 'no ARN'}, which is of a kind or an account that is not looked into"
        return "", [undecided(unasked, reason)]
    operation, argument, state = read
    answer = snapshot.ask(account, arn.region, operation, {argument: _name(arn), **_MORE.get(operation, {})})
    return ("gone" if answer.absent else state(answer.first)), [answer]


def _stream(told: Mapping[str, Any]) -> str:
    return text_member(told.get("StreamDescriptionSummary"), "StreamStatus") or "not told"


def _delivery_stream(told: Mapping[str, Any]) -> str:
    return text_member(told.get("DeliveryStreamDescription"), "DeliveryStreamStatus") or "not told"


def _function(told: Mapping[str, Any]) -> str:
    """A function takes events where it is there and its concurrency is not held at none."""
    return "kept from running" if told.get("ReservedConcurrentExecutions") == 0 else "there"


_STATES: Mapping[str, tuple[str, str, Callable[[Mapping[str, Any]], str]]] = {
    "kinesis": (DATA_STREAM, "StreamName", _stream),
    "firehose": (STREAM, "DeliveryStreamName", _delivery_stream),
    "lambda": (FUNCTION_CONCURRENCY, "FunctionName", _function),
}
"""By the service of a destination: the call that tells its state, the argument that names it, and how to read it."""

_MORE: Mapping[str, Mapping[str, Any]] = {STREAM: {"Limit": 1}}


def _errors(
    snapshot: Snapshot, account: str, group: AuditLogGroup, item: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], Answer]:
    """The hours in which events could not be delivered, each with when it ended and how many."""
    name = text_member(item, "filterName")
    arguments = _metric(group.name, name, snapshot.time_of(account))
    told = checked(snapshot.ask(account, group.region, METRIC_DATA, arguments), "MetricDataResults", list)
    if not arguments:
        return [], undecided(told, f"The metrics of subscription filter {name} cannot be asked for by its name")
    found: list[dict[str, Any]] = []
    for _, result in mappings(told, "MetricDataResults"):
        if result.get("StatusCode") != "Complete":
            reason = f"CloudWatch did not answer whole about DeliveryErrors of subscription filter {name}"
            return [], undecided(told, reason, GapKind.ERROR)
        found += _hours(result, text_member(item, "destinationArn"))
    return found, told


def _hours(result: Mapping[str, Any], destination: str) -> Iterator[dict[str, Any]]:
    for when, count in zip(list_member(result, "Timestamps"), list_member(result, "Values"), strict=False):
        begin = parse_time(when)
        if begin is not None:
            until = rfc3339(begin + timedelta(seconds=_HOUR))
            yield {"destinationArn": destination, "Until": until, "Sum": count}


def _account_policies(facts: Facts, snapshot: Snapshot, account: str, region: str) -> None:
    """Subscription policies of the account forward groups too; what becomes of their events is not looked at."""
    answer = checked(snapshot.ask(account, region, _ACCOUNT, _WIDE), "accountPolicies", list)
    destinations: list[str] = []
    for _, item in mappings(answer, "accountPolicies"):
        try:
            document = policy_from_text(text_member(item, "policyDocument"))
        except PolicyDocumentError as error:
            answer = undecided(answer, f"A subscription policy of account {account}: {error}", GapKind.INVALID)
            break
        destinations.append(text_member(document, "DestinationArn"))
    facts.take("AccountDestinations", sorted(destinations), answer)
    if destinations and answer.gap is None:
        reason = f"What the subscription policies of account {account} in {region} deliver is not looked at"
        answer = undecided(answer, reason)
    facts.take("AccountSubscriptionsSound", False, answer)


def _uses(names: Sequence[tuple[str, str]]) -> tuple[Use, ...]:
    named_by = (*_NAMED_BY, _LISTING)
    return tuple(
        Use(operation, per=Things(f"subscribed-{service}", partial(_ends, service=service), named_by))
        for operation, service in names
    )


_STATE_USES = (
    *FILTER_USES,
    _LISTING,
    *_uses(((DATA_STREAM, "kinesis"), (STREAM, "firehose"), (FUNCTION_CONCURRENCY, "lambda"))),
)
_METRICS = Use(METRIC_DATA, per=Things("subscription-errors", _measured, _NAMED_BY))
_POLICIES = Use(
    _ACCOUNT,
    per=Things(
        "subscription-policies",
        lambda look: (Thing(thing.region, besides=_WIDE) for thing in look.each(LOG_REGIONS)),
        LOG_REGIONS.named_by,
    ),
)

SUBSCRIPTIONS: Mapping[str, Field] = {
    "Subscriptions": Field(
        "Its subscription filters, each with its filterPattern without blanks around it, and the State of what it "
        "sends to: that of a stream in AWS's words, gone, there or kept from running for a function; not known for a "
        "destination of another account.",
        calls=_STATE_USES,
    ),
    "DeliveryErrors": Field(
        "The hours of the last seven days in which events could not be delivered, as {destinationArn, Until, Sum}; [] "
        "without any.",
        calls=(*FILTER_USES, _METRICS),
    ),
    "AccountDestinations": Field(
        "ARNs of the destinations of the account's subscription policies in the Region; [] without any.",
        calls=(_POLICIES,),
    ),
    "AccountSubscriptionsSound": Field(
        "False without such policies; not known with one, because what they deliver is not looked at.",
        calls=(_POLICIES,),
    ),
}
"""Fields of ``logs.audit_log_group``."""
