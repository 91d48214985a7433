"""An alarm in a monitoring account, over a link, on a metric of the account that has the log group."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest

from scanner.assessment.evaluate import evaluate
from scanner.audit_path.observability import lets_namespace
from scanner.checks.route import Proofs
from scanner.collect.completeness import unneeded_calls, unrecorded_calls
from scanner.content.rules import load_rules
from scanner.facts.uses import with_what_names_them
from scanner.model import CallKey, Finding, Outcome, RouteDetails
from scanner.runs.collecting import plan_for
from scanner.snapshot.answers import CallError

PROOFS = Proofs()
RULES = tuple(rule for rule in load_rules() if rule.id == "route.cloudtrail-config-changes")
SINK = "arn:aws:oam:us-east-1:555566667777:sink/1"
LINK = "arn:aws:oam:us-east-1:999988887777:link/1"
TOPIC = "arn:aws:sns:us-east-1:555566667777:operations"
METRICS = "AWS::CloudWatch::Metric"
LINKED = {"Arn": LINK, "Id": "1", "Label": "management", "ResourceTypes": [METRICS], "SinkArn": SINK}
ATTACHED = {"Label": "management", "LinkArn": LINK, "ResourceTypes": [METRICS]}
ROLE = {
    "Path": "/",
    "RoleName": "CloudWatch-CrossAccountSharingRole",
    "RoleId": "AROAEXAMPLE",
    "Arn": "arn:aws:iam::999988887777:role/CloudWatch-CrossAccountSharingRole",
    "CreateDate": "2024-01-10T08:00:00Z",
    "AssumeRolePolicyDocument": "{}",
}
POLICY = """{"Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"},
"Action": "sns:Publish", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceAccount": "555566667777"}}}]}"""


class World:
    """A management account with metric filters and no alarms, and a security account that watches its metrics."""

    def __init__(self, made: ModuleType) -> None:
        self.made, self.source, self.monitor, self.member = made, made.MANAGEMENT, made.SECURITY, made.member(0)
        self.uses = plan_for(RULES).uses
        alarms = [self.alarm(name) for name, _ in made._filters(RULES)]
        told: Mapping[tuple[str, str], Any] = {
            (self.source, "cloudwatch.DescribeAlarms"): {"MetricAlarms": [], "CompositeAlarms": []},
            (self.monitor, "cloudwatch.DescribeAlarms"): {"MetricAlarms": alarms, "CompositeAlarms": []},
            (self.source, "oam.ListLinks"): {"Items": [LINKED]},
            (self.source, "oam.GetLink"): {**LINKED, "LabelTemplate": "$AccountName"},
            (self.monitor, "oam.ListSinks"): {"Items": [{"Arn": SINK, "Id": "1", "Name": "security"}]},
            (self.monitor, "oam.ListAttachedLinks"): {"Items": [ATTACHED]},
            (self.monitor, "sns.GetTopicAttributes"): {"Attributes": {"TopicArn": TOPIC, "Policy": POLICY}},
            (self.monitor, "sns.ListSubscriptionsByTopic"): {
                "Subscriptions": [{**made._LISTED, "SubscriptionArn": f"{TOPIC}:1", "TopicArn": TOPIC}]
            },
        }
        self.organization = made.Organization(RULES, self.uses, changed=dict(told))
        self.accounts = [self.source, self.monitor, self.member]

    def alarm(self, name: str) -> dict[str, Any]:
        own = self.made.alarm(name)
        metric = {"Namespace": own["Namespace"], "MetricName": own["MetricName"], "Dimensions": []}
        query = {
            "Id": "m1",
            "AccountId": self.source,
            "MetricStat": {"Metric": metric, "Period": own["Period"], "Stat": "Sum"},
            "ReturnData": True,
        }
        kept = {key: value for key, value in own.items() if key not in {"Namespace", "MetricName", "Statistic"}}
        arn = own["AlarmArn"].replace(self.source, self.monitor)
        return {**kept, "AlarmArn": arn, "Metrics": [query], "AlarmActions": [TOPIC]}

    def put(self, account: str, operation: str, answer: Any) -> None:
        self.organization.changed[account, operation] = answer

    def answers(self) -> dict[CallKey, Any]:
        """What each account is asked, and what is asked of it because the others are looked at too."""
        found = {key: answer for account in self.accounts for key, answer in self.organization.calls(account).items()}
        regions, uses = (self.made.HOME,), with_what_names_them(self.uses)
        while missing := unrecorded_calls(self.made.snapshot(found, self.accounts, regions), uses):
            found.update((key, self.organization.answer(key)) for key in missing)
        return found

    def judged(self, account: str = "") -> Finding:
        snapshot = self.made.snapshot(self.answers(), self.accounts, (self.made.HOME,))
        found = {each.account: each for each in evaluate(RULES, snapshot, proofs=PROOFS)}
        return found[account or self.source]


@pytest.fixture
def world(organizations: ModuleType) -> World:
    return World(organizations)


def test_an_alarm_of_a_monitoring_account_counts(world: World) -> None:
    for account in world.accounts:
        finding = world.judged(account)
        assert finding.outcome is Outcome.PASS, finding.reason
        assert world.monitor in {source.call.account for source in finding.sources}


def test_its_calls_are_those_that_are_asked_for(world: World) -> None:
    snapshot = world.made.snapshot(world.answers(), world.accounts, (world.made.HOME,))
    uses = with_what_names_them(world.uses)
    assert (unrecorded_calls(snapshot, uses), unneeded_calls(snapshot, uses)) == ((), ())
    asked = {call.operation for call in snapshot.calls if call.operation.startswith("oam.")}
    assert asked == {"oam.ListLinks", "oam.GetLink", "oam.ListSinks", "oam.ListAttachedLinks"}


FILTERED = {"MetricConfiguration": {"Filter": "Namespace NOT LIKE 'Aud%'"}}


@pytest.mark.parametrize(
    ("whose", "operation", "answer", "words"),
    [
        ("source", "oam.ListLinks", {"Items": []}, "has no link in us-east-1 over which account 555566667777"),
        (
            "source",
            "oam.ListLinks",
            {"Items": [{**LINKED, "ResourceTypes": ["AWS::Logs::LogGroup"]}]},
            "shares no metrics",
        ),
        ("monitor", "oam.ListSinks", {"Items": []}, "leads to a sink that does not exist"),
        ("monitor", "oam.ListAttachedLinks", {"Items": []}, "is not attached to its sink"),
        ("source", "oam.GetLink", {**LINKED, "LinkConfiguration": FILTERED}, "leaves out the namespace Audit"),
        ("source", "oam.GetLink", CallError("absent", "ResourceNotFoundException", ""), "does not exist any more"),
    ],
)
def test_what_is_not_shared_is_named(world: World, whose: str, operation: str, answer: Any, words: str) -> None:
    world.put(getattr(world, whose), operation, answer)
    finding = world.judged()
    assert finding.outcome is Outcome.FAIL
    assert words in finding.reason
    assert isinstance(finding.details, RouteDetails)
    assert finding.details.first_broken == "alarm"
    world.put(world.source, "iam.GetRole", {"Role": ROLE})
    finding = world.judged()
    assert finding.outcome is Outcome.UNKNOWN
    assert "CloudWatch-CrossAccountSharingRole may let that account read them" in finding.reason


@pytest.mark.parametrize(
    ("whose", "operation"),
    [
        ("source", "oam.ListLinks"),
        ("source", "oam.GetLink"),
        ("monitor", "oam.ListSinks"),
        ("monitor", "oam.ListAttachedLinks"),
        ("monitor", "cloudwatch.DescribeAlarms"),
    ],
)
def test_what_is_denied_is_unknown(world: World, whose: str, operation: str) -> None:
    world.put(getattr(world, whose), operation, world.made.DENIED)
    finding = world.judged()
    assert finding.outcome is Outcome.UNKNOWN
    assert f"{operation} was denied" in finding.reason


def test_a_monitoring_account_that_was_not_looked_at_is_named(world: World) -> None:
    world.accounts.remove(world.monitor)
    finding = world.judged()
    assert finding.outcome is Outcome.UNKNOWN
    shared = "account 999988887777 shares its metrics in us-east-1 with account 555566667777"
    assert f"{shared}, which was not looked at: scan that account too" in finding.reason
    world.put(world.source, "oam.GetLink", {**LINKED, "LinkConfiguration": FILTERED})
    assert world.judged().outcome is Outcome.FAIL


def test_a_topic_that_nobody_hears_breaks_the_route_in_the_monitoring_account(world: World) -> None:
    world.put(world.monitor, "sns.ListSubscriptionsByTopic", {"Subscriptions": []})
    finding = world.judged()
    assert finding.outcome is Outcome.FAIL
    assert isinstance(finding.details, RouteDetails)
    assert finding.details.first_broken == "subscription"
    assert finding.cause is not None
    assert (finding.cause.account, finding.cause.resource) == (world.monitor, TOPIC)
    assert finding.details.fix is not None
    assert finding.details.fix.text.endswith("(in account 555566667777).")
    assert not finding.details.fix.commands


def test_an_alarm_on_the_metric_of_a_third_account_sees_nothing(world: World) -> None:
    (name,) = (name for name, _ in world.made._filters(RULES))
    other = world.alarm(name)
    other["Metrics"][0]["AccountId"] = world.member
    world.put(world.monitor, "cloudwatch.DescribeAlarms", {"MetricAlarms": [other], "CompositeAlarms": []})
    assert world.judged().outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("text", "lets"),
    [
        ("Namespace = 'Audit'", True),
        ("Namespace != 'Audit'", False),
        ("Namespace = 'audit'", False),
        ("Namespace LIKE 'Aud%'", True),
        ("Namespace NOT LIKE 'AWS/%'", True),
        ("Namespace NOT LIKE 'Aud%'", False),
        ("Namespace IN ('AWS/EC2', 'Audit')", True),
        ("Namespace IN ('AWS/EC2')", False),
        ("Namespace NOT IN ('AWS/EC2', 'Audit')", False),
        ("Namespace = 'AWS/EC2' OR Namespace NOT LIKE 'AWS/%'", True),
        ("Namespace != 'AWS/EC2' AND Namespace NOT LIKE 'Aud%'", False),
        ("Namespace = 'Audit' OR Namespace = 'a' AND Namespace = 'b'", None),
        ("Namespace = 'a' OR Namespace = 'b' AND Namespace = 'c'", False),
        ("Namespace LIKE '%Audit'", None),
        ("Namespace LIKE 'Audit'", None),
        ("MetricName = 'Audit'", None),
        ("Namespace = Audit", None),
    ],
)
def test_which_namespaces_a_filter_lets_through(text: str, lets: bool | None) -> None:
    assert lets_namespace(text, "Audit") is lets


def test_without_other_accounts_nothing_is_asked_about_the_role(world: World) -> None:
    world.put(world.source, "oam.ListLinks", {"Items": []})
    asked = {key.operation for key in world.organization.calls(world.source)}
    assert "oam.ListLinks" in asked
    assert "iam.GetRole" not in asked


QUERIES = [
    ("", Outcome.PASS),
    ("WHERE AWS.AccountId = '999988887777'", Outcome.PASS),
    ("WHERE AWS.AccountId != CURRENT_ACCOUNT_ID()", Outcome.PASS),
    ("GROUP BY AWS.AccountId ORDER BY SUM() DESC", Outcome.PASS),
    ("WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()", Outcome.FAIL),
    ("WHERE AWS.AccountId = '222233334444'", Outcome.FAIL),
    ("WHERE Env = 'prod'", Outcome.FAIL),
    ("WHERE AWS.AccountId IN ('999988887777')", Outcome.UNKNOWN),
    ("WHERE AWS.AccountId LIKE 'x'", Outcome.UNKNOWN),
]


def ask(world: World, rest: str) -> None:
    """Let the alarm of the monitoring account watch a Metrics Insights query in place of the metric."""
    (name,) = (name for name, _ in world.made._filters(RULES))
    told = world.alarm(name)
    metric = told["Metrics"][0]["MetricStat"]["Metric"]
    source = '"{MetricName}") FROM "{Namespace}"'.format(**metric)
    text = f"SELECT SUM({source} {rest}"
    told["Metrics"] = [{"Id": "q1", "Expression": text, "Period": 300, "ReturnData": True}]
    world.put(world.monitor, "cloudwatch.DescribeAlarms", {"MetricAlarms": [told], "CompositeAlarms": []})


@pytest.mark.parametrize(("rest", "outcome"), QUERIES)
def test_a_query_of_a_monitoring_account_takes_in_metrics_of_its_source_accounts(
    world: World, rest: str, outcome: Outcome
) -> None:
    ask(world, rest)
    assert world.judged().outcome is outcome
    if outcome is Outcome.PASS:
        world.put(world.source, "oam.ListLinks", {"Items": []})
        finding = world.judged()
        assert finding.outcome is Outcome.FAIL
        # Without a link only an account that a query names can have been meant.
        assert ("has no link in us-east-1" in finding.reason) is ("999988887777" in rest)


def test_the_calls_for_a_query_are_those_that_are_asked_for(world: World) -> None:
    ask(world, "")
    snapshot = world.made.snapshot(world.answers(), world.accounts, (world.made.HOME,))
    uses = with_what_names_them(world.uses)
    assert (unrecorded_calls(snapshot, uses), unneeded_calls(snapshot, uses)) == ((), ())
