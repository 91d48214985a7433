"""Whether a rule can send events on to another event bus: the role that it does so with, and that bus's policy.

The events keep their account and Region on the way, and a third bus gets nothing of them. Sources: EventBridge User
Guide, "Sending and receiving events between AWS accounts", "… between event buses in the same account and Region" and
"Using IAM policy conditions" (which keys sending carries); EventBridge API reference, ``PutTargets``; Security Hub
control EventBridge.3 (a bus without a policy admits its own account).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.checks.route.links import BUS, JudgedLink
from scanner.eventbridge.cloudtrail_events import DETAIL_TYPES
from scanner.facts.rows import Row
from scanner.model import JsonValue, Outcome
from scanner.policies.callers import Caller, Say, resource_say
from scanner.policies.statements import PolicyDocumentError
from scanner.resources.monitoring.eventbridge.event_buses import Bus
from scanner.resources.roles.role_use import Lack, Missing, RoleUse, role_use
from scanner.resources.roles.roles import Role

PUT = "events:PutEvents"


@dataclass(frozen=True, slots=True)
class Senders:
    """What sending needs besides the rules: roles by account and ARN, and the organization of each account.

    ``organizations`` hold an organization's id, null for an account in none; one that is not there is not known.
    """

    roles: Mapping[tuple[str, str], Role] = field(default_factory=dict)
    organizations: Mapping[str, str | None] = field(default_factory=dict)

    def role(self, rule: Row, name: str) -> Role | None:
        """The role of a rule's target; None when it was not looked at."""
        return self.roles.get((rule.account, name))

    def keys(self, rule: Row) -> Mapping[str, str | None]:
        """The condition keys that are known of what is sent for a rule, whichever event it is."""
        known: dict[str, str | None] = {"aws:SourceArn": rule.id, "aws:SourceAccount": rule.account}
        if rule.account in self.organizations:
            known["aws:PrincipalOrgID"] = self.organizations[rule.account]
        return known


def called(arn: Arn) -> str:
    """An event bus in a sentence: "event bus central (111122223333, eu-west-1)"."""
    return f"event bus {arn.after('event-bus/')} ({arn.account}, {arn.region})"


def bus_link(rule: Row, target: Mapping[str, Any], bus: Bus, senders: Senders) -> JudgedLink:
    """Whether what a rule sends to a bus arrives there."""
    found = _arrives(rule, target, bus, senders)
    sources = tuple(dict.fromkeys((*bus.sources, *found.sources)))
    subject = f"EventBridge rule {rule.data.get('Name') or rule.id} ({rule.region})"
    reason = f"{subject} sends them to {called(bus.arn)}{found.reason}"
    warnings = without_letters(called(bus.arn), bus.key, bus.letters)
    return JudgedLink(BUS, found.verdict, reason, str(bus.arn), sources, warnings, lack=found.lack)


def without_letters(bus: str, key: str, letters: str) -> tuple[str, ...]:
    """A remark on a bus with a customer managed key and without a dead-letter queue of its own, which AWS advises."""
    told = f"{bus} is encrypted with the KMS key {key} and has no dead-letter queue for what cannot be decrypted there"
    return (told,) if key and not letters else ()


def _arrives(rule: Row, target: Mapping[str, Any], bus: Bus, senders: Senders) -> RoleUse:
    """Whether it arrives; the reason goes on after what is sent where."""
    if bus.unseen:
        return RoleUse(Outcome.UNKNOWN, f", which {bus.unseen}")
    if bus.gap is not None:
        return RoleUse(Outcome.UNKNOWN, f", which is not known: {bus.gap.reason}")
    if not bus.exists:
        return RoleUse(Outcome.FAIL, ", which does not exist")
    found = (_sent(rule, target, bus, senders), _admitted(rule, target, bus, senders))
    for verdict in (Outcome.FAIL, Outcome.UNKNOWN):
        for each in found:
            if each.verdict is verdict:
                return each
    reason = _received(target, bus)
    return RoleUse(Outcome.UNKNOWN if reason else Outcome.PASS, reason, found[0].sources)


def _received(target: Mapping[str, Any], bus: Bus) -> str:
    """Why it is not known whether what is sent and let in is on the bus as it was; "" when it is."""
    if target.get("Transformed"):
        return ", which receives something else than the event"
    if bus.key_trouble:
        return f", which is encrypted with the KMS key {bus.key}, which {bus.key_trouble}"
    return ""


def _sent(rule: Row, target: Mapping[str, Any], bus: Bus, senders: Senders) -> RoleUse:
    """Whether EventBridge can send it, by the role of the target."""
    name = str(target.get("RoleArn") or "")
    if name:
        found = role_use(senders.role(rule, name), name, PUT, str(bus.arn), rule.id, senders.keys(rule))
        return found if found.verdict is Outcome.PASS else replace(found, reason=f", but {found.reason}")
    if bus.arn.account != rule.account:
        why = "a target made since 2 March 2023 needs one, and when this one was made is not told"
    else:
        why = "whether it needs one within an account is not documented for every case"
    return RoleUse(Outcome.UNKNOWN, f" without a role; {why}")


def _admitted(rule: Row, target: Mapping[str, Any], bus: Bus, senders: Senders) -> RoleUse:
    """Whether the bus's policy lets in all that the rule may send."""
    role, keys = str(target.get("RoleArn") or ""), senders.keys(rule)
    try:
        says = [_say(rule, role, bus, {**keys, **kind}) for kind in _kinds(rule.data.get("EventPattern"))]
    except PolicyDocumentError:
        return RoleUse(Outcome.UNKNOWN, ", whose policy cannot be read")
    verdicts = [_verdict(say, foreign=bus.arn.account != rule.account) for say in says]
    if all(verdict is Outcome.PASS for verdict in verdicts):
        return RoleUse(Outcome.PASS)
    if all(verdict is Outcome.FAIL for verdict in verdicts):
        why = "denies it" if any(say.deny for say in says) else f"does not allow it to account {rule.account}"
        by_role = "" if role else "; what it grants to an organization takes a role"
        denied = any(say.deny for say in says)
        lack = None if denied else Lack(Missing.BUS_POLICY, str(bus.arn), PUT, str(bus.arn), bus.policy)
        return RoleUse(Outcome.FAIL, f", whose policy {why}{by_role}", lack=lack)
    if Outcome.FAIL in verdicts:
        return RoleUse(Outcome.UNKNOWN, ", whose policy lets in only some of the events that the rule can match")
    return RoleUse(Outcome.UNKNOWN, f", whose policy does not decide by itself whether account {rule.account} may")


def _say(rule: Row, role: str, bus: Bus, keys: Mapping[str, str | None]) -> Say:
    """What the policy of a bus says; who sends without a role is not admitted as a member of an organization."""
    place = {"aws:RequestedRegion": bus.arn.region, "aws:ResourceAccount": bus.arn.account}
    caller = Caller(role or str(Arn(bus.arn.partition, "iam", "", rule.account, "root")), {**place, **keys})
    say = resource_say(bus.policy, PUT, str(bus.arn), caller)
    if role:
        return say
    alone = replace(caller, keys={**caller.keys, "aws:PrincipalOrgID": None, "aws:PrincipalOrgPaths": None})
    return Say(resource_say(bus.policy, PUT, str(bus.arn), alone).allow, say.deny)


def _verdict(say: Say, *, foreign: bool) -> Outcome:
    """Within an account the role's own policies are enough, unless the bus denies it."""
    if say.deny is True or (foreign and say.allow is False):
        return Outcome.FAIL
    return Outcome.PASS if say.deny is False and (say.allow is True or not foreign) else Outcome.UNKNOWN


def _kinds(pattern: JsonValue) -> Sequence[Mapping[str, str | None]]:
    """The condition keys of each kind of event that a pattern lets through, as far as it lists them.

    A source that the pattern leaves open is not known; a detail-type is one of those that CloudTrail sends.
    """
    fields = pattern if isinstance(pattern, Mapping) else {}
    listed = _texts(fields.get("detail-type"))
    types = [kind for kind in DETAIL_TYPES.values() if kind in listed] or list(DETAIL_TYPES.values())
    sources = _texts(fields.get("source"))
    if not sources:
        return [{"events:detail-type": kind} for kind in types]
    return [{"events:source": source, "events:detail-type": kind} for source, kind in product(sources, types)]


def _texts(matchers: JsonValue) -> list[str]:
    """The texts that a field lists; none when it asks anything else."""
    if not isinstance(matchers, list):
        return []
    texts = [matcher for matcher in matchers if isinstance(matcher, str)]
    return texts if len(texts) == len(matchers) else []


def target_bus(target: Mapping[str, Any]) -> Arn | None:
    """The bus that a target is; None when it is something else."""
    arn = parse_arn(target.get("Arn"))
    return arn if arn is not None and arn.service == "events" and arn.after("event-bus/") else None
