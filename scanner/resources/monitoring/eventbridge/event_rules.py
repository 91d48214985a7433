"""EventBridge: the enabled rules on the default event bus that CloudTrail's events can match, and their targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.event_rules import ENABLED_STATES, event_pattern, heard_rules, rules_of
from scanner.audit_path.eventbridge.buses import ABOUT_BUSES, DEFAULT, RULE_LISTING, TARGET_LISTING, on_bus
from scanner.audit_path.eventbridge.encryption import ABOUT_BUS_KEYS, ABOUT_DEFAULT_BUSES
from scanner.audit_path.eventbridge.places import ABOUT_PLACES, dead_letter_queue, task_definition
from scanner.audit_path.eventbridge.roles import ABOUT_ROLES
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings
from scanner.audit_path.topics import ABOUT_TARGET_TOPICS
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.model import CallKey, Gap, GapKind, Source
from scanner.resources.monitoring.eventbridge.encryption import take_default_bus_key
from scanner.resources.monitoring.eventbridge.target_facts import is_dead
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION
from scanner.snapshot.answers import Answer, Snapshot

_TRANSFORMING = ("Input", "InputPath", "InputTransformer")
"""Members of a target that make it receive something else than the event."""

_KEPT = ("Description", "RoleArn", "ScheduleExpression")
"""Settings of a rule beside its pattern and state: "If you omit arguments in PutRule, the old values are not kept"."""

LIST_RULES = RULE_LISTING.operation


def event_rule_view(snapshot: Snapshot, account: str) -> View:
    """One row for each enabled rule on the default event bus of a Region in scope that CloudTrail's events can match.

    CloudTrail's events arrive on the default bus of the Region in which they happened. Source: EventBridge API
    reference, ``ListRules`` (without ``EventBusName``: the default bus), ``ListTargetsByRule``; EventBridge User Guide,
    "AWS service events delivered via AWS CloudTrail".
    """
    regions = snapshot.regions(account)
    answers = {region: rules_listed(snapshot, account, region) for region in regions}
    rows: list[Row] = []
    for answer in answers.values():
        rows += rule_rows(snapshot, answer, DEFAULT)
    if not regions:
        reason = f"No Region of account {account} was in scope"
        return view_of(
            rows, [Gap(key=CallKey(account, "", RULE_LISTING.operation), kind=GapKind.NOT_COLLECTED, reason=reason)]
        )
    gaps = [answer.gap for answer in answers.values() if answer.gap is not None]
    # In a Region that is not enabled nothing happens; when all refuse so, nothing was looked at.
    enabled = [gap for gap in gaps if gap.kind is not GapKind.REGION_OFF]
    return view_of(rows, gaps if len(gaps) == len(regions) else enabled)


@dataclass(frozen=True, slots=True)
class ListedRule:
    """A rule on the default event bus as it is listed, whatever it hears; ``pattern`` is None where it has none.

    ``kept`` are its other settings, which are lost where it is put anew without them; ``managed_by`` is the AWS service
    that made it ("" for the account itself).
    """

    account: str
    region: str
    name: str
    state: Any
    pattern: Mapping[str, Any] | None
    source: Source
    arn: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)
    managed_by: str = ""


def listed_rules(snapshot: Snapshot, account: str) -> tuple[ListedRule, ...]:
    """Every rule on the default event bus of each Region in scope, disabled ones included."""
    found: list[ListedRule] = []
    for region in snapshot.regions(account):
        answer = rules_listed(snapshot, account, region)
        for pointer, rule in rules_of(answer):
            name, source = text_member(rule, "Name"), Source(answer.key, pointer)
            found.append(_listed(account, region, name, rule, source))
    return tuple(found)


def _listed(account: str, region: str, name: str, rule: Mapping[str, Any], source: Source) -> ListedRule:
    kept = {setting: text for setting in _KEPT if (text := text_member(rule, setting))}
    arn, managed_by = text_member(rule, "Arn"), text_member(rule, "ManagedBy")
    return ListedRule(account, region, name, rule.get("State"), event_pattern(rule), source, arn, kept, managed_by)


def rules_listed(snapshot: Snapshot, account: str, region: str) -> Answer:
    """The rules on the default event bus of a Region."""
    return checked(snapshot.ask(account, region, RULE_LISTING.operation), "Rules", list)


def rule_rows(snapshot: Snapshot, answer: Answer, bus: str) -> Iterator[Row]:
    """The rows of the rules that an answer of ``ListRules`` lists for the bus of this name."""
    for pointer, listed in heard_rules(answer):
        yield _row(snapshot, answer, listed, Source(answer.key, pointer), bus)


def _row(snapshot: Snapshot, listing: Answer, listed: Mapping[str, Any], source: Source, bus: str) -> Row:
    account, region, name = listing.account, listing.region, str(listed.get("Name") or "")
    facts = Facts({**listed, "Name": name, "Arn": str(listed.get("Arn") or ""), "Region": region})
    facts.data.update({"State": listed.get("State"), "ManagedBy": listed.get("ManagedBy") or None})
    facts.data["EventPattern"] = event_pattern(listed)
    if facts.data["State"] not in ENABLED_STATES:
        reason = f"whether EventBridge rule {name} ({region}) is enabled is not told"
        facts.gaps["State"] = Gap(key=listing.key, kind=GapKind.ERROR, reason=reason)
    answer = checked(
        snapshot.ask(account, region, TARGET_LISTING.operation, {"Rule": name, **on_bus(bus)}), "Targets", list
    )
    targets = [rule_target(item) for _, item in mappings(answer, "Targets")]
    facts.take("Targets", targets, answer)
    facts.take("Topics", sorted({str(item["Arn"]) for item in targets if _is_topic(item["Arn"])}), answer)
    if bus == DEFAULT:
        take_default_bus_key(facts, snapshot, account, region)
    _live(facts, snapshot, account, answer, targets)
    return facts.row("events.event_rule", account, region, facts.data["Arn"] or name, (source,))


def _live(
    facts: Facts, snapshot: Snapshot, account: str, listing: Answer, targets: Sequence[Mapping[str, Any]]
) -> None:
    """Which of the targets work; what is not known of some does not matter while another works for certain."""
    rule = str(facts.data["Arn"])
    managed_by = str(facts.data.get("ManagedBy") or "")
    found = [(target, *is_dead(snapshot, rule, account, target, managed_by)) for target in targets]
    dead = [why for _, verdict, why in found if verdict is True]
    live = [str(target["Arn"]) for target, verdict, _ in found if verdict is False]
    unsure = [why for _, verdict, why in found if verdict is None]
    facts.take("DeadTargets", dead, listing)
    if unsure and not live and listing.gap is None:
        facts.gaps["LiveTargets"] = Gap(
            key=listing.key, kind=GapKind.ERROR, reason=f"whether one of its targets works is not known: {unsure[0]}"
        )
    else:
        facts.take("LiveTargets", live, listing)


def rule_target(item: Mapping[str, Any]) -> dict[str, Any]:
    """A target of ``ListTargetsByRule`` as ``events.event_rule`` tells of it."""
    made = {name: item[name] for name in _TRANSFORMING if item.get(name) is not None}
    if task := task_definition(item):
        made["TaskDefinition"] = task
    named = {name: item.get(name) for name in ("Id", "Arn", "RoleArn")}
    transformed = any(name in made for name in _TRANSFORMING)
    return {**named, "DeadLetterQueue": dead_letter_queue(item) or None, "Transformed": transformed, **made}


def _is_topic(arn: Any) -> bool:
    parsed = parse_arn(arn)
    return parsed is not None and parsed.service == "sns"


_ABOUT_TARGETS = (
    ABOUT_TARGET_TOPICS.attributes,
    ABOUT_TARGET_TOPICS.key,
    ABOUT_TARGET_TOPICS.key_policy,
    ABOUT_BUSES.description,
    *ABOUT_BUS_KEYS,
    *ABOUT_PLACES,
    *ABOUT_ROLES,
    DESCRIBE_ORGANIZATION,
)
"""The calls that tell whether targets work."""

EVENT_RULE = ResourceType(
    name="events.event_rule",
    title="Enabled EventBridge rule on the default event bus that CloudTrail events can match",
    view=event_rule_view,
    calls=(RULE_LISTING,),
    fields={
        "Name": Field("Name of the rule."),
        "Arn": Field("ARN of the rule."),
        "Region": Field("Region of the rule."),
        "State": Field("ENABLED or ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS; null when AWS does not say."),
        "EventPattern": Field("Its event pattern as an object."),
        "ManagedBy": Field("AWS service that made the rule; null for a rule of the account's own."),
        "Targets": Field(
            "Its targets as objects {Id, Arn, RoleArn, DeadLetterQueue, Transformed}; RoleArn is null without a role, "
            "DeadLetterQueue without such a queue. Transformed says that the target receives something else than the "
            "event, by the Input, InputPath or InputTransformer that is there then; TaskDefinition is the ARN of "
            "what is started on a cluster of ECS. [] without any.",
            calls=(TARGET_LISTING,),
        ),
        "BusKey": Field(
            "Customer managed KMS key that encrypts the rules on its bus; null where that is a key of AWS's own. A gap "
            "while EventBridge may be unable to use it.",
            calls=ABOUT_DEFAULT_BUSES,
        ),
        "BusDeadLetterQueue": Field(
            "ARN of the queue that takes what its bus cannot encrypt or decrypt of custom and partner events; null "
            "without one.",
            calls=ABOUT_DEFAULT_BUSES[:1],
        ),
        "Topics": Field("ARNs of the SNS topics among the targets, each once.", calls=(TARGET_LISTING,)),
        "LiveTargets": Field(
            "ARNs of the targets that are known to work: they exist, take what is sent, and let EventBridge in or are "
            "sent to as a role that trusts it and may do so. A gap while none is, and something of one is not known.",
            calls=(TARGET_LISTING, *_ABOUT_TARGETS),
        ),
        "DeadTargets": Field(
            "The targets that are known to receive nothing, each with the reason in words.",
            calls=(TARGET_LISTING, *_ABOUT_TARGETS),
        ),
    },
    listed_by=("events.ListRules",),
    own_names={"RULE": "Name"},
)
