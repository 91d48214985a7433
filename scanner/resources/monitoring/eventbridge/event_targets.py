"""EventBridge: the targets of rules on the default event bus that CloudTrail's events can match, one row each.

Source: EventBridge API reference, ``Target``.
"""

from collections.abc import Mapping
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.eventbridge.buses import ABOUT_BUSES, RULE_LISTING, TARGET_LISTING, bus_name
from scanner.audit_path.eventbridge.places import ABOUT_DEAD_LETTERS
from scanner.audit_path.eventbridge.roles import ABOUT_ROLES
from scanner.facts.facts import Facts, undecided
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.resources.monitoring.eventbridge.event_buses import Bus, bus_of
from scanner.resources.monitoring.eventbridge.event_rules import event_rule_view
from scanner.resources.monitoring.eventbridge.target_facts import TargetFacts, refuses, target_facts
from scanner.resources.roles.roles import Role, role_of
from scanner.snapshot.answers import Snapshot


def event_target_view(snapshot: Snapshot, account: str) -> View:
    """One row for each target of an ``events.event_rule``."""
    rules = event_rule_view(snapshot, account)
    rows = [_row(snapshot, account, rule, target) for rule in rules.rows for target in rule.data.get("Targets") or ()]
    return view_of(rows, [*rules.gaps, *(row.gaps["Targets"] for row in rules.rows if "Targets" in row.gaps)])


def _row(snapshot: Snapshot, account: str, rule: Row, target: Mapping[str, Any]) -> Row:
    facts = Facts({**target, "Region": rule.region, "RuleName": rule.data["Name"], "RuleArn": rule.id})
    role = role_of(snapshot, account, str(target.get("RoleArn") or ""))
    gap = (role.gap or role.hidden) if role is not None else None
    if gap is not None:
        facts.gaps["Role"] = gap
    else:
        facts.data["Role"] = None if role is None else _role(role)
        facts.cites["Role"] = () if role is None else role.sources
    _dead_letters(facts, snapshot, account, rule.id, str(target.get("DeadLetterQueue") or ""))
    arn = parse_arn(target.get("Arn"))
    bus = bus_of(snapshot, arn) if arn is not None and bus_name(arn) and arn.account == account else None
    gap = (bus.gap or bus.hidden) if bus is not None else None
    if gap is not None:
        facts.gaps["Bus"] = gap
    else:
        facts.data["Bus"] = None if bus is None else _bus(bus)
        facts.cites["Bus"] = () if bus is None else bus.sources
    sources = (*rule.sources, *rule.cites.get("Targets", ()))
    return facts.row("events.event_target", account, rule.region, f"{rule.id} {target.get('Id')}", sources)


def _dead_letters(facts: Facts, snapshot: Snapshot, account: str, rule: str, queue: str) -> None:
    """Whether the dead-letter queue takes what cannot be delivered; null where there is none, or of another account."""
    found = target_facts(snapshot, account, queue) if queue else TargetFacts()
    if found.exists is None:
        facts.data.update({"DeadLettersExist": None, "DeadLettersLetIn": None})
    elif found.gap is not None:
        facts.gaps |= dict.fromkeys(("DeadLettersExist", "DeadLettersLetIn"), found.gap)
    else:
        facts.take("DeadLettersExist", found.exists, *found.answers)
        refused = refuses(found, rule, queue) if found.exists else True
        answers = found.answers
        if refused is None:
            why = f"The policy of dead-letter queue {queue} does not decide by itself whether it lets EventBridge in"
            answers = (undecided(answers[-1], why),)
        facts.take("DeadLettersLetIn", not refused, *answers)


def _role(role: Role) -> dict[str, Any]:
    return {
        "Arn": role.arn,
        "Exists": role.exists,
        "Trust": role.trust,
        "Policies": list(role.policies),
        "Boundary": role.boundary or None,
    }


def _bus(bus: Bus) -> dict[str, Any]:
    return {
        "Arn": str(bus.arn),
        "Exists": bus.exists,
        "Policy": bus.policy,
        "DeadLetterQueue": bus.letters or None,
        "Rules": [row.data["Name"] for row in bus.rules],
    }


EVENT_TARGET = ResourceType(
    name="events.event_target",
    title="Target of an enabled EventBridge rule on the default event bus that CloudTrail events can match",
    view=event_target_view,
    calls=(RULE_LISTING, TARGET_LISTING),
    fields={
        "Id": Field("Id of the target in its rule."),
        "Arn": Field("ARN of the target."),
        "Region": Field("Region of the rule."),
        "RuleName": Field("Name of the rule."),
        "RuleArn": Field("ARN of the rule."),
        "RoleArn": Field("ARN of the role with which EventBridge sends to the target; null without one."),
        "DeadLetterQueue": Field("ARN of the queue that takes what could not be delivered to it; null without one."),
        "DeadLettersExist": Field(
            "Whether that queue exists; null without one, and for one of another account.", calls=ABOUT_DEAD_LETTERS
        ),
        "DeadLettersLetIn": Field(
            "Whether that queue's policy lets EventBridge send to it for the rule; null without one, and for one of "
            "another account.",
            calls=ABOUT_DEAD_LETTERS,
        ),
        "Transformed": Field("Whether the target receives something else than the event."),
        "Role": Field(
            "That role as an object {Arn, Exists, Trust, Policies, Boundary}: the policy that says who may assume it, "
            "its own policies and the ARN of its permissions boundary (null without one); null without a role of the "
            "account.",
            calls=ABOUT_ROLES,
        ),
        "Bus": Field(
            "The event bus of the account that the target is, as an object {Arn, Exists, Policy, DeadLetterQueue, "
            "Rules} with the names of the enabled rules on it that CloudTrail events can match; null when it is "
            "something else.",
            calls=(ABOUT_BUSES.description, ABOUT_BUSES.rules),
        ),
    },
    listed_by=("events.ListRules",),
    own_names={"TARGET": "Id", "RULE": "RuleName"},
)
