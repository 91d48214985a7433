"""The KMS keys of event buses, as things that calls are made for.

A customer managed key encrypts the rules on a bus and their targets, beside the events that no AWS service sent.
Source: EventBridge User Guide, "Encrypting EventBridge event buses with AWS KMS keys".
"""

from collections.abc import Iterator
from functools import partial

from scanner.arns import parse_arn
from scanner.audit_path.eventbridge.buses import (
    ABOUT_BUSES,
    DEFAULT,
    EVENT_RULES,
    TARGET_LISTING,
    bus_name,
    rule_targets,
)
from scanner.audit_path.members import text_member
from scanner.audit_path.places import about_keys, named_key
from scanner.facts.uses import Look, Thing, Things, Use

DESCRIBE_BUS = "events.DescribeEventBus"


def about_default_buses(rules: Things, listing: Use, *, every: bool = False) -> tuple[Use, ...]:
    """The calls about the default buses that some rules are on, and about their keys.

    Unless ``every`` is set, only the rules count that send to a topic or another bus, of which ``listing`` lists the
    targets: what is sent elsewhere is not the end of a way by itself.
    """
    named_by = (*rules.named_by, listing)
    buses = Things(f"{rules.name}-default-bus", partial(_default_buses, rules=rules, every=every), named_by)
    described = Use(DESCRIBE_BUS, per=buses)
    return (described, *about_bus_keys(described))


def about_bus_keys(described: Use) -> tuple[Use, Use]:
    """The calls about the keys of the buses that a use describes."""
    buses = described.per
    keys = Things(f"{buses.name}-key", partial(_bus_keys, buses=buses), (*buses.named_by, described))
    return about_keys(keys)


def _default_buses(look: Look, rules: Things, *, every: bool) -> Iterator[Thing]:
    named = ((rule.region, parse_arn(text_member(target, "Arn"))) for rule, target in rule_targets(look, rules))
    regions = {region for region, arn in named if arn is not None and (arn.service == "sns" or bus_name(arn))}
    for region in sorted({rule.region for rule in look.each(rules)} if every else regions):
        yield Thing(region, {"bus": DEFAULT})


def _bus_keys(look: Look, buses: Things) -> Iterator[Thing]:
    for bus in look.each(buses):
        answer = look.snapshot.ask(look.account, bus.region, DESCRIBE_BUS, {"Name": bus.facts["bus"]})
        yield from named_key(text_member(answer.first, "KmsKeyIdentifier"), bus.region)


ABOUT_DEFAULT_BUSES = about_default_buses(EVENT_RULES, TARGET_LISTING, every=True)
ABOUT_BUS_KEYS = about_bus_keys(ABOUT_BUSES.description)
