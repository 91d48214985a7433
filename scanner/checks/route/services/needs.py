"""Which calls the facts of routes that begin with a service rest on."""

from collections.abc import Iterator, Sequence
from functools import partial

from scanner.audit_path.event_rules import rules_of
from scanner.audit_path.eventbridge.buses import RULE_LISTING, about_buses
from scanner.audit_path.eventbridge.encryption import about_default_buses
from scanner.audit_path.eventbridge.places import about_dead_letters, about_places
from scanner.audit_path.eventbridge.roles import about_roles
from scanner.audit_path.members import text_member
from scanner.audit_path.topics import about_targets
from scanner.checks.route.services.events import Wanted, events_at_most
from scanner.checks.route.services.starts import START_USES
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Rule, ServiceRouteCheck
from scanner.resources.trails.organizations import ORGANIZATION


def service_uses(rules: Sequence[Rule]) -> frozenset[Use]:
    """The calls that tell whether the services are on, and where the rules that can hear of their events lead."""
    heard = Things("service-rule", partial(_hearing, rules=rules), (RULE_LISTING,))
    listing, topics = about_targets(heard)
    starts = [START_USES[rule.check.service] for rule in rules if isinstance(rule.check, ServiceRouteCheck)]
    onwards = (
        listing,
        *about_default_buses(heard, listing),
        about_buses(heard, listing).description,
        *about_places(heard, listing),
        *about_dead_letters(heard, listing),
        *about_roles(heard, listing),
        *ORGANIZATION.calls,
        *topics.audience,
        topics.attributes,
        topics.key,
        topics.key_policy,
        topics.protection,
        topics.deliveries,
    )
    return frozenset({RULE_LISTING, *onwards}.union(*starts))


def _hearing(look: Look, rules: Sequence[Rule]) -> Iterator[Thing]:
    """The EventBridge rules that can hear of an event that is required, whatever the parameters are set to."""
    for region in look.snapshot.regions(look.account):
        answer = look.snapshot.ask(look.account, region, RULE_LISTING.operation)
        for _, listed in rules_of(answer):
            name = text_member(listed, "Name")
            if name and any(wanted.can_reach(listed) for wanted in _wanted(rules, look.account, region)):
                yield Thing(region, {"rule": name})


def _wanted(rules: Sequence[Rule], account: str, region: str) -> list[Wanted]:
    """What the rules ask for in a Region, whatever their parameters."""
    checks = [rule.check for rule in rules]
    return [events_at_most(check, account, region) for check in checks if isinstance(check, ServiceRouteCheck)]
