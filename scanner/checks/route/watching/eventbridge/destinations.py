"""The links of a route to places other than topics: a function, a queue, a stream, or what is used as a role."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.arns import parse_arn
from scanner.checks.route.links import DESTINATION, JudgedLink
from scanner.checks.route.watching.eventbridge.buses import Senders
from scanner.facts.rows import Row
from scanner.resources.monitoring.eventbridge.places import EVENTS, Sender, is_judged, judged_place, started_task
from scanner.resources.monitoring.eventbridge.target_facts import dead_letter_trouble
from scanner.resources.roles.roles import Role, role_of
from scanner.resources.trails.organizations import source_organization
from scanner.snapshot.answers import Snapshot


@dataclass(frozen=True, slots=True)
class Destinations:
    """What is known of the targets of rules, each by the ARN of its rule and its id.

    ``places`` are the links to those that are neither topics nor buses. ``letters`` say in a clause what is wrong with
    the dead-letter queues of targets ("" for nothing).
    """

    places: Mapping[tuple[str, str], JudgedLink] = field(default_factory=dict)
    letters: Mapping[tuple[str, str], str] = field(default_factory=dict)


def destination_link(snapshot: Snapshot, target: str, sender: Sender) -> JudgedLink:
    """The link from what sends to the place of the ARN ``target``."""
    found = judged_place(snapshot, target, sender)
    return JudgedLink(DESTINATION, found.verdict, found.reason, target, found.sources, lack=found.lack)


def senders_of(snapshot: Snapshot, account: str, rules: Iterable[Row]) -> Senders:
    """The roles with which rules send, and the organization of the account."""
    roles: dict[tuple[str, str], Role] = {}
    for row in rules:
        for target in row.data.get("Targets") or ():
            role = role_of(snapshot, row.account, str(target.get("RoleArn") or ""))
            if role is not None:
                roles[row.account, role.arn] = role
    known = source_organization(snapshot, account)
    return Senders(roles, {account: known["aws:SourceOrgID"]} if known else {})


def destinations_of(snapshot: Snapshot, rules: Iterable[Row], senders: Senders) -> Destinations:
    """Where rules send besides topics and buses."""
    places: dict[tuple[str, str], JudgedLink] = {}
    letters: dict[tuple[str, str], str] = {}
    for row in rules:
        for target in row.data.get("Targets") or ():
            named = row.id, str(target.get("Id"))
            letters[named] = dead_letter_trouble(snapshot, row, str(target.get("DeadLetterQueue") or ""))
            place = _place(snapshot, row, target, senders)
            if place is not None:
                places[named] = place
    return Destinations(places, letters)


def _place(snapshot: Snapshot, rule: Row, target: Mapping[str, Any], senders: Senders) -> JudgedLink | None:
    """The link to a target; None for a topic or a bus, and for a kind of which nothing is known."""
    arn, role = parse_arn(target.get("Arn")), str(target.get("RoleArn") or "")
    managed_by = str(rule.data.get("ManagedBy") or "")
    if arn is None or not is_judged(arn, managed_by):
        return None
    keys, task = senders.keys(rule), started_task(target)
    sender = Sender(EVENTS, rule.id, rule.account, role, role_keys=keys, managed_by=managed_by, task=task)
    return destination_link(snapshot, str(arn), sender)
