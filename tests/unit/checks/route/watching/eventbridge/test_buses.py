"""Events that a rule sends on to another event bus: each link of the way, broken in turn."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.audit_path.eventbridge.buses import ABOUT_BUSES
from scanner.checks.route.judging import RouteJudge
from scanner.collect.targets import targets
from scanner.facts.uses import Look
from scanner.model import Cause, Finding, GapKind, Outcome, RouteCheck, RouteDetails, RouteKind, Rule
from scanner.snapshot.answers import CallError, Snapshot

ACCOUNT, SECURITY, THIRD = "111122223333", "444455556666", "777788889999"
HOME, FAR = "us-east-1", "eu-west-1"
TRAIL = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/main"
RULE = f"arn:aws:events:{HOME}:{ACCOUNT}:rule/stop"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/forward"
BUS = f"arn:aws:events:{FAR}:{SECURITY}:event-bus/central"
TELL = f"arn:aws:events:{FAR}:{SECURITY}:rule/central/tell"
TOPIC = f"arn:aws:sns:{FAR}:{SECURITY}:alerts"
ATTACHED = f"arn:aws:iam::{ACCOUNT}:policy/forward"
STOPPED = {"source": ["aws.cloudtrail"], "detail-type": ["AWS API Call via CloudTrail"]}
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "no")
ABSENT = CallError("absent", "ResourceNotFoundException", "no")

Calls = dict[tuple[str, str, str, str], Any]


def key(account: str, region: str, operation: str, **arguments: Any) -> tuple[str, str, str, str]:
    return account, region, operation, json.dumps(arguments)


def statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "events:PutEvents", "Resource": BUS, **members}


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def rule_of(name: str, arn: str, pattern: Any, state: str = "ENABLED") -> dict[str, Any]:
    return {"Name": name, "Arn": arn, "State": state, "EventPattern": json.dumps(pattern)}


LISTED = key(ACCOUNT, HOME, "events.ListRules")
TARGETS = key(ACCOUNT, HOME, "events.ListTargetsByRule", Rule="stop")
DEFAULT_BUS = key(ACCOUNT, HOME, "events.DescribeEventBus", Name="default")
GET_ROLE = key(ACCOUNT, HOME, "iam.GetRole", RoleName="forward")
INLINE = key(ACCOUNT, HOME, "iam.GetRolePolicy", RoleName="forward", PolicyName="own")
DESCRIBED = key(SECURITY, FAR, "events.DescribeEventBus", Name="central")
ON_BUS = key(SECURITY, FAR, "events.ListRules", EventBusName="central")
ONWARDS = key(SECURITY, FAR, "events.ListTargetsByRule", Rule="tell", EventBusName="central")
SUBSCRIBED = key(SECURITY, FAR, "sns.ListSubscriptionsByTopic", TopicArn=TOPIC)
TOPIC_POLICY = key(SECURITY, FAR, "sns.GetTopicAttributes", TopicArn=TOPIC)

BY_ACCOUNT = statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
BY_ORGANIZATION = statement(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-house"}})


HOME_BUS = {"Name": "default", "Arn": f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default"}
HOME_KEY = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/bus"
HOME_DESCRIBED = key(ACCOUNT, HOME, "kms.DescribeKey", KeyId=HOME_KEY)
KEY = f"arn:aws:kms:{FAR}:{SECURITY}:key/bus"


def grant(**members: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Resource": "*"}
    return {**allowed, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], **members}


def encrypted(key_policy: Mapping[str, Any] | None = None, state: str = "Enabled") -> Calls:
    """The central bus with a key of this policy; None for a key of which nothing was asked."""
    made = {"Arn": BUS, "Policy": policy(BY_ACCOUNT), "KmsKeyIdentifier": KEY}
    described = {"KeyMetadata": {"KeyId": "bus", "Arn": KEY, "KeyState": state, "KeyManager": "CUSTOMER"}}
    asked = {
        key(SECURITY, FAR, "kms.DescribeKey", KeyId=KEY): described,
        key(SECURITY, FAR, "kms.GetKeyPolicy", KeyId=KEY, PolicyName="default"): {"Policy": policy(key_policy or {})},
    }
    return {DESCRIBED: made, **(asked if key_policy or state != "Enabled" else {})}


def role(trust: Any = None, **members: Any) -> dict[str, Any]:
    assume = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = {"Path": "/service/", "RoleName": "forward", "RoleId": "A" * 16, "CreateDate": "2026-11-20T11:00:00Z"}
    return {"Role": {**made, "Arn": ROLE, "AssumeRolePolicyDocument": trust or {"Statement": [assume]}, **members}}


def own(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"RoleName": "forward", "PolicyName": "own", "PolicyDocument": {"Statement": list(statements)}}


def target(arn: str = BUS, **members: Any) -> dict[str, Any]:
    return {"Targets": [{"Id": "1", "Arn": arn, **members}]}


def world() -> Calls:
    """A whole route: rule -> bus of another account and Region -> rule there -> topic -> e-mail address."""
    publish = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    trail = {"Name": "main", "TrailARN": TRAIL, "HomeRegion": HOME, "IsMultiRegionTrail": True}
    selectors = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}
    return {
        key(ACCOUNT, HOME, "cloudtrail.DescribeTrails", includeShadowTrails=True): {"trailList": [trail]},
        key(ACCOUNT, HOME, "cloudtrail.GetTrailStatus", Name=TRAIL): {"IsLogging": True},
        key(ACCOUNT, HOME, "cloudtrail.GetEventSelectors", TrailName=TRAIL): selectors,
        key(ACCOUNT, HOME, "organizations.DescribeOrganization"): {
            "Organization": {"Id": "o-house", "MasterAccountId": THIRD}
        },
        LISTED: {"Rules": [rule_of("stop", RULE, STOPPED)]},
        DEFAULT_BUS: HOME_BUS,
        TARGETS: target(RoleArn=ROLE),
        GET_ROLE: role(),
        key(ACCOUNT, HOME, "iam.ListRolePolicies", RoleName="forward"): {"PolicyNames": ["own"]},
        INLINE: own(statement()),
        key(ACCOUNT, HOME, "iam.ListAttachedRolePolicies", RoleName="forward"): {"AttachedPolicies": []},
        DESCRIBED: {"Name": "central", "Arn": BUS, "Policy": policy(BY_ACCOUNT)},
        ON_BUS: {"Rules": [rule_of("tell", TELL, {"account": [ACCOUNT], "source": ["aws.cloudtrail"]})]},
        ONWARDS: target(TOPIC),
        TOPIC_POLICY: {"Attributes": {"Policy": policy({**publish, "Resource": TOPIC})}},
        key(SECURITY, FAR, "sns.GetDataProtectionPolicy", ResourceArn=TOPIC): {},
        SUBSCRIBED: {"Subscriptions": [{"SubscriptionArn": f"{TOPIC}:1", "Protocol": "email", "Endpoint": "a@b.c"}]},
        key(SECURITY, FAR, "sns.GetSubscriptionAttributes", SubscriptionArn=f"{TOPIC}:1"): {
            "Attributes": {"Protocol": "email"}
        },
    }


def judged(make_snapshot: Callable[..., Snapshot], calls: Calls, events: str = "") -> Finding:
    by_account: dict[str, list[Any]] = {ACCOUNT: []}
    for (account, region, operation, arguments), answer in calls.items():
        by_account.setdefault(account, []).append((region, operation, json.loads(arguments), answer))
    first = by_account.pop(ACCOUNT)
    snapshot = make_snapshot(*first, regions=(HOME,), others=by_account)
    stopping = events or "{ ($.eventSource = cloudtrail.amazonaws.com) && ($.eventName = StopLogging) }"
    check = RouteCheck(stopping, None, tuple(RouteKind), 1, 300)
    (finding,) = RouteJudge(snapshot).judge(make_rule(check), ACCOUNT, {})
    return finding


def make_rule(check: RouteCheck) -> Rule:
    from scanner.model import RuleId, Severity

    return Rule(RuleId("route.rule"), "t", Severity.LOW, "", "", "", (), (), check, "area/rule.yaml", "")


def test_a_whole_way_through_the_bus_of_another_account_and_region(make_snapshot: Callable[..., Snapshot]) -> None:
    finding = judged(make_snapshot, world())
    assert finding.outcome is Outcome.PASS
    assert [link.name for link in finding.links] == ["trail", "selectors", "rule", "bus", "topic", "subscription"]
    assert finding.reason == (
        f"Every event travels from trail main through EventBridge rule stop and event bus {BUS}, and topic alerts "
        "reaches an e-mail address (1 confirmed subscription) (an EventBridge rule is an equivalent of the metric "
        "filter and alarm that CIS's audit procedures name)."
    )
    cited = {str(source.call.operation) for source in finding.sources}
    assert {"events.DescribeEventBus", "events.ListRules", "iam.GetRole", "iam.GetRolePolicy"} <= cited


BROKEN: Mapping[str, tuple[Calls, str]] = {
    "the bus is gone": ({DESCRIBED: ABSENT}, "which does not exist"),
    "the bus admits nobody": (
        {DESCRIBED: {"Name": "central", "Arn": BUS}},
        f"whose policy does not allow it to account {ACCOUNT}",
    ),
    "the bus admits another account": (
        {DESCRIBED: {"Arn": BUS, "Policy": policy(statement(Principal={"AWS": THIRD}))}},
        "whose policy does not allow it",
    ),
    "the bus admits another organization": (
        {
            DESCRIBED: {
                "Arn": BUS,
                "Policy": policy(
                    statement(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-other"}})
                ),
            }
        },
        "whose policy does not allow it",
    ),
    "the bus denies what comes from elsewhere": (
        {
            DESCRIBED: {
                "Arn": BUS,
                "Policy": policy(
                    BY_ACCOUNT,
                    statement("Deny", Principal="*", Condition={"StringNotEquals": {"aws:SourceAccount": THIRD}}),
                ),
            }
        },
        "whose policy denies it",
    ),
    "the bus admits another rule": (
        {
            DESCRIBED: {
                "Arn": BUS,
                "Policy": policy({**BY_ACCOUNT, "Condition": {"ArnEquals": {"aws:SourceArn": f"{RULE}-2"}}}),
            }
        },
        "whose policy does not allow it",
    ),
    "the bus admits another source": (
        {
            DESCRIBED: {
                "Arn": BUS,
                "Policy": policy({**BY_ACCOUNT, "Condition": {"StringEquals": {"events:source": "aws.iam"}}}),
            }
        },
        "whose policy does not allow it",
    ),
    "an organization admits no target without a role": (
        {TARGETS: target(), DESCRIBED: {"Arn": BUS, "Policy": policy(BY_ORGANIZATION)}},
        "what it grants to an organization takes a role",
    ),
    "the role is gone": ({GET_ROLE: CallError("absent", "NoSuchEntity", "no")}, f"the role {ROLE} does not exist"),
    "the role trusts another service": (
        {
            GET_ROLE: role(
                {
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                }
            )
        },
        "does not let EventBridge assume it",
    ),
    "the role may put to another bus": (
        {INLINE: own({**statement(), "Resource": f"{BUS}-2"})},
        f"do not let it use events:PutEvents on {BUS}",
    ),
    "the role is denied it": ({INLINE: own(statement(), statement("Deny"))}, "forbid it to use events:PutEvents"),
    "no rule on the bus hears of it": (
        {ON_BUS: {"Rules": [rule_of("tell", TELL, {"source": ["aws.iam"]})]}},
        "no enabled rule on event bus central (444455556666, eu-west-1) hears of them",
    ),
    "the rule on the bus wants another account": (
        {ON_BUS: {"Rules": [rule_of("tell", TELL, {"account": [SECURITY], "source": ["aws.cloudtrail"]})]}},
        "no enabled rule on event bus central",
    ),
    "the rule on the bus is disabled": (
        {ON_BUS: {"Rules": [rule_of("tell", TELL, STOPPED, "DISABLED")]}},
        "no enabled rule on event bus central",
    ),
    "the rule on the bus has no target": (
        {ONWARDS: {"Targets": []}},
        "EventBridge rule tell (eu-west-1) has no target",
    ),
    "a third bus gets nothing": (
        {ONWARDS: target(f"arn:aws:events:{FAR}:{THIRD}:event-bus/default")},
        "sends only to another bus, which gets nothing of it",
    ),
    "the topic is not open to the rule": (
        {TOPIC_POLICY: {"Attributes": {"Policy": policy()}}},
        "does not let EventBridge publish for this rule",
    ),
    "nobody is subscribed": ({SUBSCRIBED: {"Subscriptions": []}}, "topic alerts has no confirmed subscription"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_link_is_named(name: str, make_snapshot: Callable[..., Snapshot]) -> None:
    changes, reason = BROKEN[name]
    finding = judged(make_snapshot, {**world(), **changes})
    assert finding.outcome is Outcome.FAIL, finding.reason
    assert "EventBridge rule stop (us-east-1) hears of them in vain" in finding.reason
    assert reason in finding.reason
    assert finding.reason.count("in vain") == 1


OPEN: Mapping[str, tuple[Calls, str]] = {
    "a target without a role": ({TARGETS: target()}, "without a role; a target made since 2 March 2023 needs one"),
    "something in place of the event": (
        {TARGETS: target(RoleArn=ROLE, InputPath="$.detail")},
        "which receives something else than the event",
    ),
    "a role with a boundary": (
        {GET_ROLE: role(PermissionsBoundary={"PermissionsBoundaryArn": ATTACHED})},
        f"has the permissions boundary {ATTACHED}, which is not looked at",
    ),
    "a condition that is not known of the role": (
        {INLINE: own({**statement(), "Condition": {"StringEquals": {"aws:PrincipalTag/team": "audit"}}})},
        "do not decide by themselves",
    ),
    "a condition that is not known of the bus": (
        {
            DESCRIBED: {
                "Arn": BUS,
                "Policy": policy({**BY_ACCOUNT, "Condition": {"StringEquals": {"aws:PrincipalTag/a": "b"}}}),
            }
        },
        "whose policy does not decide by itself",
    ),
    "a service in place of the role": (
        {
            DESCRIBED: {
                "Arn": BUS,
                "Policy": policy(statement(Principal={"Service": "events.amazonaws.com"})),
            }
        },
        "whose policy does not decide by itself",
    ),
    "an encrypted bus whose key was not looked at": (
        encrypted(),
        f"which is encrypted with the KMS key {KEY}, which is not known: kms.DescribeKey was not collected",
    ),
    "a key that is disabled": (encrypted(state="Disabled"), "which is in the state Disabled, not Enabled"),
    "a key for encrypting only": (
        encrypted(grant(Action="kms:GenerateDataKey")),
        "which has a policy that does not let EventBridge use kms:Decrypt for it",
    ),
    "a key for another bus": (
        encrypted(grant(Condition={"ArnEquals": {"aws:SourceArn": f"{BUS}-2"}})),
        "which has a policy that does not let EventBridge use kms:GenerateDataKey for it",
    ),
    "a default bus that is encrypted with a key that is gone": (
        {DEFAULT_BUS: {**HOME_BUS, "KmsKeyIdentifier": HOME_KEY}, HOME_DESCRIBED: ABSENT},
        (
            f"rule stop (us-east-1) is enabled, and whether EventBridge can decrypt it is not known: The default event "
            f"bus of {ACCOUNT}/{HOME} is encrypted with the KMS key {HOME_KEY}, which does not exist"
        ),
    ),
    "a default bus that may not be described": ({DEFAULT_BUS: DENIED}, "events.DescribeEventBus was denied"),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_the_facts_do_not_decide_is_no_pass(name: str, make_snapshot: Callable[..., Snapshot]) -> None:
    changes, reason = OPEN[name]
    finding = judged(make_snapshot, {**world(), **changes})
    assert finding.outcome is Outcome.UNKNOWN, finding.reason
    assert reason in finding.reason


@pytest.mark.parametrize("call", [name for name in world() if not name[2].startswith(("cloudtrail.", "organizations"))])
def test_every_call_denied_in_turn_is_unknown(
    call: tuple[str, str, str, str], make_snapshot: Callable[..., Snapshot]
) -> None:
    finding = judged(make_snapshot, {**world(), call: DENIED})
    assert finding.outcome is Outcome.UNKNOWN, finding.reason
    assert call[2] in finding.reason


def test_the_organization_admits_its_members_with_a_role(make_snapshot: Callable[..., Snapshot]) -> None:
    calls = {**world(), DESCRIBED: {"Arn": BUS, "Policy": policy(BY_ORGANIZATION)}}
    assert judged(make_snapshot, calls).outcome is Outcome.PASS
    calls[key(ACCOUNT, HOME, "organizations.DescribeOrganization")] = DENIED
    assert judged(make_snapshot, calls).outcome is Outcome.UNKNOWN


def test_an_attached_policy_counts(make_snapshot: Callable[..., Snapshot]) -> None:
    attached = {"AttachedPolicies": [{"PolicyArn": ATTACHED, "PolicyName": "forward"}]}
    version = {"PolicyVersion": {"Document": {"Statement": [statement()]}, "VersionId": "v2"}}
    calls = {
        **world(),
        INLINE: own(),
        key(ACCOUNT, HOME, "iam.ListAttachedRolePolicies", RoleName="forward"): attached,
        key(ACCOUNT, HOME, "iam.GetPolicy", PolicyArn=ATTACHED): {"Policy": {"DefaultVersionId": "v2"}},
        key(ACCOUNT, HOME, "iam.GetPolicyVersion", PolicyArn=ATTACHED, VersionId="v2"): version,
    }
    assert judged(make_snapshot, calls).outcome is Outcome.PASS
    calls[key(ACCOUNT, HOME, "iam.GetPolicyVersion", PolicyArn=ATTACHED, VersionId="v2")] = DENIED
    assert "iam.GetPolicyVersion was denied" in judged(make_snapshot, calls).reason


def test_an_account_that_was_not_looked_at_is_named(make_snapshot: Callable[..., Snapshot]) -> None:
    calls = {name: answer for name, answer in world().items() if name[0] == ACCOUNT}
    finding = judged(make_snapshot, calls)
    assert finding.outcome is Outcome.UNKNOWN
    assert "event bus central (444455556666, eu-west-1), which was not looked at: scan account 444455556666 too" in (
        finding.reason
    )


def test_a_custom_bus_of_the_same_account_needs_no_policy(make_snapshot: Callable[..., Snapshot]) -> None:
    """The role is enough within an account, unless the bus denies it; without a role nothing is documented."""
    text = json.dumps([[*name, answer] for name, answer in world().items()])
    moved = json.loads(text.replace(SECURITY, ACCOUNT).replace(FAR, HOME))
    calls: Calls = {(account, region, name, arguments): answer for account, region, name, arguments, answer in moved}
    described = key(ACCOUNT, HOME, "events.DescribeEventBus", Name="central")
    bus = BUS.replace(SECURITY, ACCOUNT).replace(FAR, HOME)
    calls[described] = {"Arn": bus}
    assert judged(make_snapshot, calls).outcome is Outcome.PASS
    calls[described] = {"Arn": bus, "Policy": policy({**statement("Deny", Principal="*"), "Resource": bus})}
    assert "whose policy denies it" in judged(make_snapshot, calls).reason
    calls[described] = {"Arn": bus}
    calls[TARGETS] = target(bus)
    assert judged(make_snapshot, calls).outcome is Outcome.UNKNOWN


def test_what_only_some_rules_on_the_bus_carry_is_lost_in_part(make_snapshot: Callable[..., Snapshot]) -> None:
    stops = {**STOPPED, "detail": {"eventName": ["StopLogging"]}}
    calls = {**world(), ON_BUS: {"Rules": [rule_of("tell", TELL, stops)]}}
    assert judged(make_snapshot, calls).outcome is Outcome.PASS
    both = "{ ($.eventSource = cloudtrail.amazonaws.com) && ($.eventName = StopLogging || $.eventName = DeleteTrail) }"
    finding = judged(make_snapshot, calls, both)
    assert finding.outcome is Outcome.FAIL
    assert "no enabled rule on event bus central (444455556666, eu-west-1) hears of them" in finding.reason


def test_reads_are_not_known_to_be_sent_on(make_snapshot: Callable[..., Snapshot]) -> None:
    """A rule on the second bus hears of forwarded reads for certain only in the state that says so."""
    reads = "{ ($.eventSource = cloudtrail.amazonaws.com) && ($.eventName = ListTrails) && ($.readOnly IS TRUE) }"
    all_events = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    calls = {**world(), LISTED: {"Rules": [rule_of("stop", RULE, STOPPED, all_events)]}}
    assert judged(make_snapshot, calls, reads).outcome is Outcome.UNKNOWN
    calls[ON_BUS] = {"Rules": [rule_of("tell", TELL, STOPPED, all_events)]}
    assert judged(make_snapshot, calls, reads).outcome is Outcome.PASS


def test_buses_that_send_to_each_other_end(make_snapshot: Callable[..., Snapshot]) -> None:
    calls = {**world(), ONWARDS: target(f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default")}
    assert "sends only to another bus" in judged(make_snapshot, calls).reason
    own_bus = f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default"
    calls[TARGETS] = target(own_bus, RoleArn=ROLE)
    calls[key(ACCOUNT, HOME, "events.DescribeEventBus", Name="default")] = {"Arn": own_bus}
    calls[INLINE] = own({**statement(), "Resource": "*"})
    assert "sends only to another bus" in judged(make_snapshot, calls).reason


def test_the_account_of_a_bus_is_asked_about_it_and_its_rules(make_snapshot: Callable[..., Snapshot]) -> None:
    """Asked by its name, a bus is one of whoever asks: another account's is nothing to ask about here."""
    snapshot = make_snapshot(*((*name[1:3], json.loads(name[3]), answer) for name, answer in world().items()))
    sender = Look(snapshot, ACCOUNT)
    assert not sender.each(ABOUT_BUSES.buses)
    together = Look(snapshot, ACCOUNT, {SECURITY})
    (named,) = together.elsewhere(ABOUT_BUSES.buses)
    assert (named.owner, named.region, named.facts) == (SECURITY, FAR, {"bus": "central"})
    owner = Look(make_snapshot(others={SECURITY: []}), SECURITY, {ACCOUNT}, {ABOUT_BUSES.buses.name: [named]})
    asked = [each.arguments for use in (ABOUT_BUSES.description, ABOUT_BUSES.rules) for each in targets(use, owner)]
    assert asked == [{"Name": "central"}, {"EventBusName": "central"}]


ON_ITS_OWN = {"StringEquals": {"aws:SourceAccount": SECURITY, "kms:EncryptionContext:aws:events:event-bus:arn": BUS}}


@pytest.mark.parametrize(
    "condition", [{}, ON_ITS_OWN, {"ArnLike": {"aws:SourceArn": f"arn:aws:events:*:{SECURITY}:*"}}]
)
def test_a_key_that_eventbridge_may_use_for_the_bus_keeps_nothing(
    condition: Any, make_snapshot: Callable[..., Snapshot]
) -> None:
    finding = judged(make_snapshot, {**world(), **encrypted(grant(Condition=condition))})
    assert finding.outcome is Outcome.PASS, finding.reason
    assert "kms.GetKeyPolicy" in {str(source.call.operation) for source in finding.sources}


def test_a_rule_on_an_encrypted_default_bus(make_snapshot: Callable[..., Snapshot]) -> None:
    described = {"KeyMetadata": {"KeyId": "bus", "Arn": HOME_KEY, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}}
    sound = {
        DEFAULT_BUS: {**HOME_BUS, "KmsKeyIdentifier": HOME_KEY},
        HOME_DESCRIBED: described,
        key(ACCOUNT, HOME, "kms.GetKeyPolicy", KeyId=HOME_KEY, PolicyName="default"): {"Policy": policy(grant())},
    }
    assert judged(make_snapshot, {**world(), **sound}).outcome is Outcome.PASS
    refusing = policy(grant(Effect="Deny"), grant())
    kept = {**sound, key(ACCOUNT, HOME, "kms.GetKeyPolicy", KeyId=HOME_KEY, PolicyName="default"): {"Policy": refusing}}
    finding = judged(make_snapshot, {**world(), **kept})
    assert finding.outcome is Outcome.UNKNOWN
    assert "does not let EventBridge use kms:GenerateDataKey for it" in finding.reason
    assert HOME_KEY in str([source.call.arguments for source in finding.sources])


OWN_LETTERS = {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:{FAR}:{SECURITY}:undecrypted"}}


@pytest.mark.parametrize(("letters", "remarks"), [({}, 2), (OWN_LETTERS, 0)])
def test_a_bus_with_a_key_and_no_dead_letter_queue_is_remarked_on(
    letters: Mapping[str, Any], remarks: int, make_snapshot: Callable[..., Snapshot]
) -> None:
    described = {"KeyMetadata": {"KeyId": "bus", "Arn": HOME_KEY, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}}
    central = encrypted(grant())
    calls = {
        **world(),
        **central,
        DESCRIBED: {**central[DESCRIBED], **letters},
        DEFAULT_BUS: {**HOME_BUS, "KmsKeyIdentifier": HOME_KEY, **letters},
        HOME_DESCRIBED: described,
        key(ACCOUNT, HOME, "kms.GetKeyPolicy", KeyId=HOME_KEY, PolicyName="default"): {"Policy": policy(grant())},
    }
    finding = judged(make_snapshot, calls)
    assert finding.outcome is Outcome.PASS, finding.reason
    assert isinstance(finding.details, RouteDetails)
    said = "has no dead-letter queue for what cannot be decrypted there"
    assert [each for each in finding.details.warnings if said in each] == list(finding.details.warnings)
    assert len(finding.details.warnings) == remarks
    if remarks:
        assert finding.details.warnings[0].startswith("the default event bus (us-east-1) is encrypted with the KMS key")
        assert finding.details.warnings[1].startswith("event bus central (444455556666, eu-west-1) is encrypted with")


def test_what_is_broken_behind_the_rule_is_broken_whatever_the_key(make_snapshot: Callable[..., Snapshot]) -> None:
    assert judged(make_snapshot, {**world(), DEFAULT_BUS: DENIED, DESCRIBED: ABSENT}).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("the bus admits another account", Cause("event bus", SECURITY, BUS)),
        ("the topic is not open to the rule", Cause("topic", SECURITY, TOPIC)),
        ("nobody is subscribed", Cause("topic", SECURITY, TOPIC)),
        ("the bus is gone", Cause("event bus", SECURITY, BUS)),
        ("the role trusts another service", Cause("role", ACCOUNT, ROLE)),
        ("the rule on the bus has no target", Cause("EventBridge rule", SECURITY, TELL)),
        ("the rule on the bus is disabled", Cause("event bus", SECURITY, BUS)),
    ],
)
def test_the_cause_is_what_is_broken(name: str, cause: Cause, make_snapshot: Callable[..., Snapshot]) -> None:
    assert judged(make_snapshot, {**world(), **BROKEN[name][0]}).cause == cause


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        (
            "the bus admits another account",
            (
                'aws events put-permission --event-bus-name central --policy \'{"Statement":[{"Action":'
                f'"events:PutEvents","Effect":"Allow","Principal":{{"AWS":"{THIRD}"}}'
            ),
        ),
        (
            "the topic is not open to the rule",
            f"aws sns set-topic-attributes --topic-arn {TOPIC} --attribute-name Policy",
        ),
        ("nobody is subscribed", f"aws sns subscribe --topic-arn {TOPIC} --protocol email"),
    ],
)
def test_a_broken_link_has_its_repair(name: str, begins: str, make_snapshot: Callable[..., Snapshot]) -> None:
    finding = judged(make_snapshot, {**world(), **BROKEN[name][0]})
    assert isinstance(finding.details, RouteDetails)
    assert finding.details.fix is not None
    assert finding.details.fix.text.endswith(f"(in account {SECURITY}).")
    (each,) = finding.details.fix.commands
    assert each.startswith(begins)
    if "--policy" in each:
        document = json.loads(shlex.split(each)[shlex.split(each).index("--policy") + 1])
        assert document["Statement"][-1]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    if "--attribute-value" in each:  # the rule on the bus is what publishes
        document = json.loads(shlex.split(each)[shlex.split(each).index("--attribute-value") + 1])
        assert document["Statement"][-1]["Condition"] == {"ArnEquals": {"aws:SourceArn": TELL}}


LETTERS = f"arn:aws:sqs:{HOME}:{ACCOUNT}:undelivered"
LETTERS_URL = f"https://sqs.{HOME}.amazonaws.com/{ACCOUNT}/undelivered"
LETTERS_FOUND = key(ACCOUNT, HOME, "sqs.GetQueueUrl", QueueName="undelivered")
LETTERS_TOLD = key(
    ACCOUNT,
    HOME,
    "sqs.GetQueueAttributes",
    QueueUrl=LETTERS_URL,
    AttributeNames=["QueueArn", "Policy", "KmsMasterKeyId"],
)


def letters(queue: Any = None, **members: Any) -> Calls:
    """The rule's target with a dead-letter queue, of which AWS answers this; its policy lets EventBridge in."""
    taking = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    attributes = {"QueueArn": LETTERS, "Policy": policy({**taking, "Resource": LETTERS, **members})}
    return {
        TARGETS: target(RoleArn=ROLE, DeadLetterConfig={"Arn": LETTERS}),
        LETTERS_FOUND: queue or {"QueueUrl": LETTERS_URL},
        LETTERS_TOLD: {"Attributes": attributes},
    }


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        (letters(), ""),
        (letters(DENIED), ""),
        (letters(ABSENT), f"the dead-letter queue {LETTERS} does not exist"),
        (
            letters(Condition={"ArnEquals": {"aws:SourceArn": f"{RULE}-2"}}),
            f"the policy of the dead-letter queue {LETTERS} does not let EventBridge send to it",
        ),
    ],
)
def test_a_dead_letter_queue_that_takes_nothing_is_a_warning(
    calls: Calls, told: str, make_snapshot: Callable[..., Snapshot]
) -> None:
    finding = judged(make_snapshot, {**world(), **calls})
    assert finding.outcome is Outcome.PASS, finding.reason
    assert isinstance(finding.details, RouteDetails)
    loses = f"EventBridge rule stop (us-east-1) loses what it cannot deliver to {BUS}: {told}"
    assert finding.details.warnings == ((loses,) if told else ())
