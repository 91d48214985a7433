"""EventBridge buses that CloudTrail's events are on: whom their policy admits, and the rules on them.

Sources: EventBridge API reference, ``ListEventBuses``, ``DescribeEventBus`` and ``ListRules``; EventBridge User Guide,
"Permissions for event buses".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.arns import Arn
from scanner.audit_path.event_rules import heard_rules
from scanner.audit_path.eventbridge.buses import (
    ALL_BUSES,
    BUS_LISTING,
    CUSTOM_RULE_LISTING,
    DEFAULT,
    RULE_LISTING,
    audit_buses,
    bus_name,
    on_bus,
)
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import enabled_regions, no_region
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.model import Gap, GapKind, JsonValue, Source
from scanner.policies.statements import policy_object
from scanner.resources.monitoring.eventbridge.encryption import KeyUse, bus_key, bus_letters, key_use
from scanner.resources.monitoring.eventbridge.event_rules import rule_rows
from scanner.snapshot.answers import Answer, Snapshot


@dataclass(frozen=True, slots=True)
class Bus:
    """An event bus as its own account shows it.

    ``rules`` are the enabled rules on it that CloudTrail's events can match, ``hidden`` says why there may be more.
    ``key`` is the customer managed KMS key that it is encrypted with ("" without one), ``key_trouble`` says in a clause
    why EventBridge may be unable to use that ("" when it can). ``letters`` is the ARN of its own dead-letter queue.
    ``gap`` says why it is not known whether it exists and whom it admits. ``unseen`` says in a clause why its account
    was not looked at ("" when it was).
    """

    arn: Arn
    unseen: str = ""
    exists: bool = True
    policy: JsonValue = None
    key: str = ""
    key_trouble: str = ""
    letters: str = ""
    gap: Gap | None = None
    rules: tuple[Row, ...] = ()
    hidden: Gap | None = None
    sources: tuple[Source, ...] = ()

    @property
    def name(self) -> str:
        """Its name in its account and Region."""
        return bus_name(self.arn)


def bus_of(snapshot: Snapshot, arn: Arn) -> Bus:
    """The bus of an ARN, from what the account that it belongs to answered."""
    unseen = _unseen(snapshot, arn.account)
    if unseen:
        return Bus(arn, unseen)
    name = bus_name(arn)
    found = checked(snapshot.ask(arn.account, arn.region, "events.DescribeEventBus", {"Name": name}), "Arn", str)
    source = Source(found.key, "")
    if found.gap is not None or found.absent:
        return Bus(arn, exists=not found.absent, gap=found.gap, sources=(source,))
    listed = checked(snapshot.ask(arn.account, arn.region, "events.ListRules", on_bus(name)), "Rules", list)
    key = bus_key(found)
    use = key_use(snapshot, arn, key) if key else KeyUse()
    return Bus(
        arn=arn,
        policy=policy_object(found.first.get("Policy")),
        key=key,
        key_trouble=use.trouble,
        letters=bus_letters(found),
        rules=tuple(rule_rows(snapshot, listed, name)),
        hidden=listed.gap,
        sources=(source, Source(listed.key, ""), *use.sources),
    )


def _unseen(snapshot: Snapshot, account: str) -> str:
    """Why an account was not looked at, as a clause; "" when it was."""
    if account not in snapshot.accounts:
        return f"was not looked at: scan account {account} too"
    why = snapshot.left_out(account)
    return f"could not be looked at: {why}" if why else ""


def event_bus_view(snapshot: Snapshot, account: str) -> View:
    """One row for the default bus of each Region, and for each other with a rule that CloudTrail's events can match.

    Partners' buses carry none. Source: EventBridge API reference, ``ListEventBuses``.
    """
    rows: list[Row] = []
    gaps = [] if snapshot.regions(account) else [no_region(snapshot, account)]
    for region in enabled_regions(snapshot, account):
        listed = checked(snapshot.ask(account, region, BUS_LISTING.operation, ALL_BUSES), "EventBuses", list)
        if listed.gap is not None:
            gaps.append(listed.gap)
        elif listed.first.get("NextToken"):
            reason = f"{listed.operation} in {account}/{region} listed the first {ALL_BUSES['Limit']} event buses only"
            gaps.append(Gap(key=listed.key, kind=GapKind.INVALID, reason=reason))
        for pointer, bus in audit_buses(listed):
            row = _row(snapshot, listed, bus, pointer)
            if not row.data["Default"] and "Rules" in row.gaps:
                gaps.append(row.gaps["Rules"])
            elif row.data["Default"] or row.data["Rules"]:
                rows.append(row)
    return view_of(rows, gaps)


def _row(snapshot: Snapshot, listed: Answer, bus: Mapping[str, Any], pointer: str) -> Row:
    name = text_member(bus, "Name")
    facts = Facts({**bus, "Region": listed.region, "Default": name == DEFAULT})
    facts.data["Policy"] = policy_object(bus.get("Policy"))
    rules = checked(snapshot.ask(listed.account, listed.region, RULE_LISTING.operation, on_bus(name)), "Rules", list)
    facts.take("Rules", [text_member(rule, "Name") for _, rule in heard_rules(rules)], rules)
    source = Source(listed.key, pointer)
    return facts.row("events.event_bus", listed.account, listed.region, str(bus.get("Arn") or name), (source,))


EVENT_BUS = ResourceType(
    name="events.event_bus",
    title="EventBridge event bus for CloudTrail events: a default one, or another with a rule that can match them",
    view=event_bus_view,
    calls=(BUS_LISTING, CUSTOM_RULE_LISTING),
    fields={
        "Name": Field("Name of the bus."),
        "Arn": Field("ARN of the bus."),
        "Region": Field("Region of the bus."),
        "Default": Field("Whether it is the default event bus of its Region."),
        "Policy": Field("Its resource policy as an object; null without one."),
        "Rules": Field("Names of the enabled rules on it that CloudTrail events can match.", calls=(RULE_LISTING,)),
    },
    listed_by=("events.ListEventBuses",),
    own_names={"BUS": "Name"},
)
