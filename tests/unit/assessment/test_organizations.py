"""Accounts of one organization judged together, each over the account that holds the facts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from scanner.assessment.evaluate import NOT_LOOKED_AT, evaluate
from scanner.checks.held import HeldThings
from scanner.checks.route import Proofs
from scanner.content.rules import load_rules
from scanner.model import (
    CallKey,
    Cause,
    Finding,
    Gap,
    GapKind,
    Outcome,
    ResourceCheck,
    ResourceScope,
    RouteDetails,
    Rule,
)
from scanner.resources import RESOURCES
from scanner.runs.collecting import plan_for
from scanner.snapshot.answers import Call, Snapshot
from tests.asked import Kept, rules_that_asked, told_otherwise

ROUTE, GROUP, BUCKET = "route.cloudtrail-config-changes", "loggroup.retention-min", "bucket.versioning"
LEAST = "bucket.policy-least-write"
NAMES = (
    ROUTE,
    GROUP,
    BUCKET,
    LEAST,
    "kms.audit-key-enabled",
    "trail.multi-region-logging",
    "route.organizations-changes",
)
PROOFS = Proofs()

Said = Mapping[tuple[str, str], Finding]


@pytest.fixture(scope="module")
def shipped() -> tuple[Rule, ...]:
    return tuple(rule for rule in load_rules() if rule.id in NAMES)


@pytest.fixture(scope="module")
def rules(shipped: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The same, each judged in every account."""
    return tuple(map(everywhere, shipped))


def everywhere(rule: Rule) -> Rule:
    if not isinstance(rule.check, ResourceCheck):
        return rule
    return replace(rule, check=replace(rule.check, scope=ResourceScope.ACCOUNT))


class World:
    """The answers of a management account, a security account and two members, changed call by call."""

    def __init__(self, made: ModuleType, rules: Sequence[Rule], answers: Mapping[CallKey, Any]) -> None:
        self.made, self.rules, self.answers = made, rules, dict(answers)
        self.management, self.security = made.MANAGEMENT, made.SECURITY
        self.members = (made.member(0), made.member(1))
        self.scope: dict[str, Any] = {
            account: {"regions": [made.HOME]} for account in (self.management, self.security, *self.members)
        }

    def put(self, account: str, operation: str, **members: Any) -> None:
        """Change members of the answers to an operation."""
        for key in self.keys(account, operation):
            self.answers[key] = {**self.answers[key], **members}

    def keys(self, account: str, operation: str) -> list[CallKey]:
        found = [key for key in self.answers if (key.account, key.operation) == (account, operation)]
        assert found, operation
        return found

    def without(self, account: str, reason: str = "") -> None:
        """Leave an account out: of the scope, or for a reason that run.json tells."""
        self.answers = {key: answer for key, answer in self.answers.items() if key.account != account}
        if reason:
            self.scope[account] = {"regions": [], "reason": reason}
        else:
            del self.scope[account]

    def snapshot(self) -> Snapshot:
        made = self.made.snapshot(self.answers, tuple(self.scope), (self.made.HOME,))
        return Snapshot(self.made.run(self.scope), made.calls, made._read)

    def judged(self) -> Said:
        return {(each.rule, each.account): each for each in evaluate(self.rules, self.snapshot(), proofs=PROOFS)}


@pytest.fixture(scope="module")
def answers(organizations: ModuleType, rules: tuple[Rule, ...]) -> Mapping[CallKey, Any]:
    made = organizations.Organization(rules, plan_for(rules).uses)
    accounts = (organizations.MANAGEMENT, organizations.SECURITY, organizations.member(0), organizations.member(1))
    return {key: answer for account in accounts for key, answer in made.calls(account).items()}


@pytest.fixture
def world(organizations: ModuleType, rules: tuple[Rule, ...], answers: Mapping[CallKey, Any]) -> World:
    return World(organizations, rules, answers)


def outcomes(said: Said, rule: str) -> list[Outcome]:
    return [finding.outcome for (name, _), finding in said.items() if name == rule]


def test_members_are_judged_over_the_accounts_that_hold_the_facts(world: World) -> None:
    said = world.judged()
    for rule in (ROUTE, GROUP, BUCKET, "kms.audit-key-enabled"):
        assert set(outcomes(said, rule)) == {Outcome.PASS}, rule
    finding = said[GROUP, world.members[0]]
    assert {source.call.account for source in finding.sources} == {world.management}
    organization = outcomes(said, "route.organizations-changes")
    assert sorted(organization) == [Outcome.NOT_APPLICABLE] * 3 + [Outcome.PASS]


def test_a_thing_of_another_account_is_the_cause_of_what_fails_by_it(world: World) -> None:
    (listing,) = (
        key
        for key in world.keys(world.management, "logs.DescribeLogGroups")
        if key.arguments["logGroupNamePrefix"] != "aws/cloudtrail/"
    )
    listed = world.answers[listing]["logGroups"][0]
    world.answers[listing] = {"logGroups": [{**listed, "retentionInDays": 1}]}
    said = world.judged()
    assert set(outcomes(said, GROUP)) == {Outcome.FAIL}
    cause = Cause("audit log group", world.management, world.made.GROUP)
    assert [said[GROUP, account].cause for account in (*world.members, world.security)] == [cause] * 3
    assert said[GROUP, world.management].cause is None


def test_a_stopped_organization_trail_is_one_cause(world: World) -> None:
    for account in world.scope:
        world.put(account, "cloudtrail.GetTrailStatus", IsLogging=False)
    said = world.judged()
    cause = Cause("organization trail", world.management, world.made.TRAIL)
    for rule in (ROUTE, "trail.multi-region-logging"):
        assert {said[rule, account].outcome for account in world.scope} == {Outcome.FAIL}
        assert {said[rule, account].cause for account in world.members} == {cause}


@pytest.mark.parametrize(
    ("operation", "changed", "broken"),
    [
        ("cloudwatch.DescribeAlarms", {"MetricAlarms": []}, "alarm"),
        ("sns.ListSubscriptionsByTopic", {"Subscriptions": []}, "subscription"),
        ("sns.GetTopicAttributes", {"Attributes": {"Policy": '{"Version": "2012-10-17", "Statement": []}'}}, "topic"),
        ("logs.DescribeMetricFilters", {"metricFilters": []}, "filter"),
    ],
)
def test_each_link_that_breaks_in_the_management_account_is_named(
    world: World, operation: str, changed: Mapping[str, Any], broken: str
) -> None:
    world.put(world.management, operation, **changed)
    said = world.judged()
    assert set(outcomes(said, ROUTE)) == {Outcome.FAIL}
    for account in world.members:
        finding = said[ROUTE, account]
        assert isinstance(finding.details, RouteDetails)
        assert finding.details.first_broken == broken
        assert finding.cause is not None
        assert finding.cause.account == world.management
        assert world.management in {source.call.account for source in finding.sources}


def limited(world: World, condition: str) -> None:
    """Put a condition into every filter of the organization's log group."""
    (key,) = world.keys(world.management, "logs.DescribeMetricFilters")
    listed = world.answers[key]["metricFilters"]
    world.answers[key] = {
        "metricFilters": [
            {**each, "filterPattern": f"{{ ({each['filterPattern'].strip('{} ')}) && ({condition}) }}"}
            for each in listed
        ]
    }


def test_a_filter_for_one_account_loses_the_events_of_the_others(world: World) -> None:
    one, other = world.members
    limited(world, f"$.recipientAccountId = {one}")
    said = world.judged()
    assert said[ROUTE, one].outcome is Outcome.PASS
    assert said[ROUTE, other].outcome is Outcome.FAIL
    witness = said[ROUTE, other].witness
    assert witness is not None
    assert witness["recipientAccountId"] == other


def test_a_filter_for_the_callers_of_one_account_loses_the_others_there(world: World) -> None:
    """Whoever calls in an account need not be of it: a role may be assumed from anywhere."""
    limited(world, f"$.userIdentity.accountId = {world.members[0]}")
    said = world.judged()
    assert set(outcomes(said, ROUTE)) == {Outcome.FAIL}
    witness = said[ROUTE, world.members[0]].witness
    assert witness is not None
    identity = witness["userIdentity"]
    assert not isinstance(identity, Mapping) or identity.get("accountId") != world.members[0]


def test_an_alarm_on_a_dimension_of_the_receiving_account_counts_its_events(world: World) -> None:
    (key,) = world.keys(world.management, "logs.DescribeMetricFilters")
    listed = world.answers[key]["metricFilters"]
    dimensions = {"Account": "$.recipientAccountId"}
    world.answers[key] = {
        "metricFilters": [
            {**each, "metricTransformations": [{**each["metricTransformations"][0], "dimensions": dimensions}]}
            for each in listed
        ]
    }
    (alarms,) = (key for key in world.keys(world.management, "cloudwatch.DescribeAlarms"))
    one, other = world.members
    world.answers[alarms] = {
        "MetricAlarms": [
            {**each, "Dimensions": [{"Name": "Account", "Value": one}]}
            for each in world.answers[alarms]["MetricAlarms"]
        ],
        "CompositeAlarms": [],
    }
    said = world.judged()
    assert (said[ROUTE, one].outcome, said[ROUTE, other].outcome) == (Outcome.PASS, Outcome.FAIL)


def test_an_account_that_is_not_in_the_snapshot_is_named(world: World) -> None:
    world.without(world.management)
    said = world.judged()
    for account in (*world.members, world.security):
        for rule in (ROUTE, GROUP):
            finding = said[rule, account]
            assert finding.outcome is Outcome.UNKNOWN
            told = f"belongs to account {world.management}, which was not looked at: scan that account too"
            assert told in finding.reason


def test_an_account_that_was_denied_is_unknown_and_so_is_what_depends_on_it(world: World) -> None:
    reason = "sts.AssumeRole was denied: AccessDenied"
    world.without(world.management, reason)
    said = world.judged()
    for rule in NAMES:
        finding = said[rule, world.management]
        assert finding.outcome is Outcome.UNKNOWN
        assert finding.cause == Cause(NOT_LOOKED_AT, world.management, world.management)
        assert said[rule, world.members[0]].outcome is not Outcome.FAIL
    for account in world.members:
        for rule in (ROUTE, GROUP):
            assert said[rule, account].outcome is Outcome.UNKNOWN
            assert f"which could not be looked at: {reason}" in said[rule, account].reason
    assert reason in said[ROUTE, world.management].reason


def test_a_denied_security_account_leaves_the_bucket_unknown(world: World) -> None:
    world.without(world.security, "sts.AssumeRole was denied: AccessDenied")
    said = world.judged()
    assert {said[BUCKET, account].outcome for account in world.members} == {Outcome.UNKNOWN}
    assert said[ROUTE, world.members[0]].outcome is Outcome.PASS


def test_what_an_account_and_the_owner_are_told_differently_is_unknown(world: World) -> None:
    """Also where the account has another gap, for which the owner is asked."""
    one, other = world.members
    (read,) = (key for key in world.answers if key.operation == "s3.GetBucketVersioning" and key.account == one)
    (policy,) = (key for key in world.answers if key.operation == "s3.GetBucketPolicy" and key.account == one)
    world.answers[policy] = world.made.DENIED
    assert world.judged()[BUCKET, one].outcome is Outcome.PASS
    world.answers[read] = {"Status": "Suspended"}
    said = world.judged()
    assert said[BUCKET, one].outcome is Outcome.UNKNOWN
    assert f"Accounts {one} and {world.security}, which owns it, are told Versioning of" in said[BUCKET, one].reason
    assert read in {source.call for source in said[BUCKET, one].sources}
    assert [said[BUCKET, account].outcome for account in (other, world.security)] == [Outcome.PASS] * 2


@pytest.mark.parametrize(
    ("changed", "known"),
    [
        ({}, True),
        ({"LatestDeliveryTime": "2026-01-01T00:00:01Z"}, True),
        ({"LatestDeliveryTime": "never"}, False),
        ({"IsLogging": False}, False),
        ({"LatestDeliveryError": "AccessDenied"}, False),
    ],
    ids=str,
)
def test_only_times_that_an_account_and_the_owner_are_told_may_differ(
    world: World, changed: Mapping[str, Any], known: bool
) -> None:
    snapshot = world.snapshot()
    (own,) = RESOURCES["cloudtrail.trail"].view(snapshot, world.management).rows
    data = {**own.data, "Status": {**own.data["Status"], **changed}}
    gap = Gap(key=own.sources[0].call, kind=GapKind.DENIED, reason="denied")
    row = replace(own, account=world.members[0], data=data, gaps={"InsightSelectors": gap})
    told = HeldThings(snapshot).told(row)
    assert told.data.get("Status") == (own.data["Status"] if known else None)
    assert ("Status" in told.gaps) is not known


@pytest.fixture
def owned(world: World, shipped: tuple[Rule, ...]) -> World:
    """The same world, judged by the rules as they are shipped: what accounts share is judged where it belongs."""
    return World(world.made, shipped, world.answers)


@pytest.mark.parametrize("retention", [365, 1])
def test_what_accounts_share_is_judged_once_where_it_belongs(owned: World, retention: int) -> None:
    (listing,) = (
        key
        for key in owned.keys(owned.management, "logs.DescribeLogGroups")
        if key.arguments["logGroupNamePrefix"] != "aws/cloudtrail/"
    )
    listed = owned.answers[listing]["logGroups"][0]
    owned.answers[listing] = {"logGroups": [{**listed, "retentionInDays": retention}]}
    said = owned.judged()
    there = Outcome.PASS if retention > 1 else Outcome.FAIL
    for rule, owner, verdict in ((GROUP, owned.management, there), (BUCKET, owned.security, Outcome.PASS)):
        assert said[rule, owner].outcome is verdict
        for account in owned.scope.keys() - {owner}:
            finding = said[rule, account]
            assert (finding.outcome, finding.cause) == (Outcome.NOT_APPLICABLE, None)
            assert f"is judged in account {owner}, which owns it ({verdict} there)" in finding.reason
            assert finding.sources


def test_an_owner_that_could_not_be_entered_leaves_no_pass(owned: World) -> None:
    for owner, rules in ((owned.management, (GROUP,)), (owned.security, (BUCKET, "kms.audit-key-enabled"))):
        crippled = World(owned.made, owned.rules, owned.answers)
        crippled.without(owner, "sts.AssumeRole was denied: AccessDenied")
        said = crippled.judged()
        for rule in rules:
            assert {said[rule, account].outcome for account in owned.members} == {Outcome.UNKNOWN}, rule
            told = "could not be looked at: sts.AssumeRole was denied" in said[rule, owned.members[0]].reason
            assert told or rule == BUCKET, "S3 tells nobody else whose the bucket is"


def test_what_a_member_sees_fail_itself_is_not_left_to_the_owner(owned: World) -> None:
    one = owned.members[0]
    (read,) = (key for key in owned.answers if key.operation == "s3.GetBucketVersioning" and key.account == one)
    owned.answers[read] = {"Status": "Suspended"}
    said = owned.judged()
    assert said[BUCKET, owned.security].outcome is Outcome.PASS
    assert said[BUCKET, one].outcome is Outcome.FAIL
    assert said[BUCKET, one].cause == Cause("log bucket", owned.security, f"arn:aws:s3:::{owned.made.BUCKET}")
    assert said[BUCKET, owned.members[1]].outcome is Outcome.NOT_APPLICABLE


def test_a_bucket_that_takes_more_than_its_owner_sees_is_judged_by_who_sees_it(owned: World) -> None:
    """The owner sees the organization's trail; a trail of a member's own puts its files elsewhere in the bucket."""
    one, other = owned.members
    listed = owned.answers[owned.keys(one, "cloudtrail.DescribeTrails")[0]]["trailList"]
    arn = f"arn:aws:cloudtrail:us-east-1:{one}:trail/own"
    own = {**listed[0], "Name": "own", "TrailARN": arn, "IsOrganizationTrail": False, "S3KeyPrefix": "own"}
    owned.put(one, "cloudtrail.DescribeTrails", trailList=[*listed, own])
    stranger = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::121212121212:root"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{owned.made.BUCKET}/own/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [stranger]}
    owned.answers[owned.keys(owned.security, "s3.GetBucketPolicy")[0]] = {"Policy": json.dumps(policy)}
    said = owned.judged()
    assert said[BUCKET, one].outcome is Outcome.NOT_APPLICABLE
    assert {said[LEAST, account].outcome for account in (other, owned.management)} == {Outcome.NOT_APPLICABLE}
    assert said[LEAST, owned.security].outcome is Outcome.PASS
    assert said[LEAST, one].outcome is Outcome.FAIL


def passes(rules: Sequence[Rule], snapshot: Snapshot) -> set[tuple[str, str]]:
    found = evaluate(rules, snapshot, proofs=PROOFS)
    return {(each.rule, each.account) for each in found if each.outcome is Outcome.PASS}


@pytest.mark.parametrize("judged_once", [False, True], ids=["everywhere", "where it belongs"])
def test_no_call_denied_in_any_account_makes_a_pass(
    world: World, shipped: tuple[Rule, ...], *, judged_once: bool
) -> None:
    """Over a sound organization, and over one of which each part that others rest on is broken."""
    if judged_once:
        world.rules = tuple(rule for rule in shipped if isinstance(rule.check, ResourceCheck))
    world.without(world.members[1])
    broken = World(world.made, world.rules, world.answers)
    broken.put(world.management, "sns.ListSubscriptionsByTopic", Subscriptions=[])
    broken.put(world.security, "s3.GetBucketVersioning", Status="Suspended")
    limited(broken, f"$.recipientAccountId = {world.members[0]}")
    for start in (world, broken):
        whole = Kept(start.snapshot())
        before = passes(world.rules, whole)
        lost = set()
        for call, concerned in rules_that_asked(world.rules, whole, PROOFS).items():
            refused = replace(recorded(whole, call), file="", error=world.made.DENIED)
            after = passes(concerned, told_otherwise(whole, call, refused))
            assert not after - before, f"denying {call} made {after - before} pass"
            names = {rule.id for rule in concerned}
            lost |= {each for each in before if each[0] in names} - after
        assert before
        assert lost == before, f"nothing that was denied mattered to {before - lost}"


def recorded(whole: Snapshot, key: CallKey) -> Call:
    (call,) = (call for call in whole.calls if call.key == key)
    return call
