"""EventBridge buses and the rules on them, with what these send to, as things that calls are made for.

CloudTrail's events arrive on the default bus of the Region in which they happened, and a rule there may send them on to
one other bus. Source: EventBridge User Guide, "Sending and receiving events between event buses in the same account
and Region" (a third bus gets nothing of it) and "Permissions for event buses".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.event_rules import heard_rules
from scanner.audit_path.members import text_member
from scanner.audit_path.places import REGIONS
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.snapshot.answers import Answer

DEFAULT = "default"
"""The name of the bus that every account has in each Region."""

_PARTNER = "aws.partner/"
"""How the names of buses begin that carry the events of a partner and nothing else."""

ALL_BUSES: Mapping[str, Any] = {"Limit": 100}
"""The arguments of ``events.ListEventBuses`` that list as many as an account has without a raised quota."""

RULE_LISTING = Use("events.ListRules", per=REGIONS)
BUS_LISTING = Use("events.ListEventBuses", per=REGIONS)


def _event_rules(look: Look) -> Iterator[Thing]:
    for region in look.snapshot.regions(look.account):
        for _, rule in heard_rules(look.snapshot.ask(look.account, region, RULE_LISTING.operation)):
            if name := text_member(rule, "Name"):
                yield Thing(region, {"rule": name})


EVENT_RULES = Things("event-rule", _event_rules, (RULE_LISTING,))
"""Each enabled rule on the default event bus of a Region that CloudTrail's events can match."""

TARGET_LISTING = Use("events.ListTargetsByRule", per=EVENT_RULES)


def bus_name(arn: Arn | None) -> str:
    """The name of the event bus of an ARN; "" when it is that of something else."""
    return arn.after("event-bus/") if arn is not None and arn.service == "events" else ""


def on_bus(name: str) -> Mapping[str, str]:
    """The arguments with which calls about rules name their bus: none for the default one."""
    return {} if name == DEFAULT else {"EventBusName": name}


def rule_targets(look: Look, rules: Things) -> Iterator[tuple[Thing, Any]]:
    """What rules send to, each target with its rule."""
    for rule in look.each(rules):
        asked = {"Rule": rule.facts["rule"], **rule.besides}
        for _, target in look.snapshot.ask(look.account, rule.region, TARGET_LISTING.operation, asked).items("Targets"):
            yield rule, target


def rules_on(look: Look, buses: Things) -> Iterator[tuple[Thing, Mapping[str, Any]]]:
    """The enabled rules on buses that CloudTrail's events can match, as what calls are made for and as listed."""
    for bus in look.each(buses):
        besides = on_bus(bus.facts["bus"])
        for _, rule in heard_rules(look.snapshot.ask(look.account, bus.region, RULE_LISTING.operation, besides)):
            if name := text_member(rule, "Name"):
                yield Thing(bus.region, {"rule": name}, besides), rule


def _forwarded(look: Look, rules: Things) -> Iterator[Thing]:
    """The buses that rules send to, of accounts that are looked at: asked by its name, a bus is one of who asks."""
    for _, target in rule_targets(look, rules):
        arn = parse_arn(text_member(target, "Arn"))
        name = bus_name(arn)
        if arn is not None and name and (arn.account == look.account or arn.account in look.others):
            yield Thing(arn.region, {"bus": name}, owner=arn.account)


def audit_buses(answer: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The buses of a ``ListEventBuses`` answer but for those of partners, with their JSON Pointers."""
    for pointer, bus in answer.items("EventBuses"):
        name = text_member(bus, "Name")
        if name and not name.startswith(_PARTNER):
            yield pointer, bus


def _custom(look: Look) -> Iterator[Thing]:
    for thing in look.each(REGIONS):
        for _, bus in audit_buses(look.snapshot.ask(look.account, thing.region, BUS_LISTING.operation, ALL_BUSES)):
            if (name := text_member(bus, "Name")) != DEFAULT:
                yield Thing(thing.region, besides=on_bus(name))


CUSTOM_BUSES = Things("custom-bus", _custom, (BUS_LISTING,))
"""Each event bus that the account made itself, named for calls about its rules."""

CUSTOM_RULE_LISTING = Use(RULE_LISTING.operation, per=CUSTOM_BUSES)


@dataclass(frozen=True, slots=True)
class AboutBuses:
    """The calls about some buses: themselves (``description``) and the rules on them (``rules``)."""

    buses: Things
    description: Use
    rules: Use


def about_buses(rules: Things, listing: Use) -> AboutBuses:
    """The calls about the buses that rules send to, of which ``listing`` lists the targets."""
    named_by = (*rules.named_by, listing)
    buses = Things(f"{rules.name}-bus", partial(_forwarded, rules=rules), named_by)
    listings = Things(f"{rules.name}-bus-listing", partial(_bus_listings, buses=buses), named_by)
    return AboutBuses(buses, Use("events.DescribeEventBus", per=buses), Use(RULE_LISTING.operation, per=listings))


def _bus_listings(look: Look, buses: Things) -> Iterator[Thing]:
    for bus in look.each(buses):
        yield Thing(bus.region, besides=on_bus(bus.facts["bus"]))


ABOUT_BUSES = about_buses(EVENT_RULES, TARGET_LISTING)
