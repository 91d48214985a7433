"""The commands that findings of routes give: valid for the AWS CLI, with names filled in, and true repairs."""

import json
import shlex
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import botocore.session
import pytest
import yaml
from botocore import xform_name
from botocore.validate import ParamValidator

from scanner.cases import load_cases, run_case
from scanner.checks.route import Proofs, RouteJudge
from scanner.content.rules import load_rules
from scanner.model import CallKey, Finding, Fix, Outcome, RouteCheck, RouteDetails, Rule, RuleId
from scanner.snapshot.answers import SCHEMA, Call, Snapshot

BOTOCORE = botocore.session.Session()
PROOFS = Proofs()
RENAMED = {("sns", "subscribe", "notification-endpoint"): "Endpoint"}
"""Options that the AWS CLI calls by another name than the API."""


def repaired(finding: Finding) -> Fix:
    assert isinstance(finding.details, RouteDetails)
    assert finding.details.fix is not None
    return finding.details.fix


@cache
def parsed(line: str) -> tuple[str, str, dict[str, Any]]:
    """A command's service, operation and parameters, checked against the API's own model."""
    program, service, operation, *words = shlex.split(line)
    assert program == "aws"
    model = BOTOCORE.get_service_model(service)
    (name,) = (name for name in model.operation_names if xform_name(name, "-") == operation)
    shape = model.operation_model(name).input_shape
    assert shape is not None
    members = {xform_name(member, "-"): member for member in shape.members}
    given: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            option, equals, value = word[2:].partition("=")
            given[option] = [value] if equals else []
        else:
            list(given.values())[-1].append(word)
    if service != "iam":
        assert given.pop("region")[0].count("-") >= 2
    parameters = {}
    for option, values in given.items():
        member = RENAMED.get((service, operation, option)) or members[option]
        parameters[member] = typed(shape.members[member], values)
    report = ParamValidator().validate(parameters, shape)
    assert not report.has_errors(), report.generate_report()
    return service, operation, parameters


def typed(shape: Any, values: list[str]) -> Any:
    if shape.type_name == "boolean":
        assert not values
        return True
    if shape.type_name == "list" and shape.member.type_name == "string":
        assert values
        return values
    (value,) = values
    kinds: Mapping[str, Callable[[str], Any]] = {"integer": int, "long": int, "double": float, "string": str}
    return kinds.get(shape.type_name, json.loads)(value)


ROUTES = {rule.id: rule for rule in load_rules() if isinstance(rule.check, RouteCheck)}
RULE = ROUTES[RuleId("route.cloudtrail-config-changes")]
RULES = Path(__file__).parents[5] / "rules"
ACCOUNT, REGION = "111122223333", "us-east-1"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"
GROUP = "audit/cloudtrail"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:security-alerts"


class Account:
    """Recorded answers of a sound route, which faults and the commands of fixes change."""

    def __init__(self) -> None:
        listed = yaml.safe_load((RULES / "route" / "_sound-route.calls.yaml").read_text(encoding="utf-8"))["calls"]
        self.answers = {
            (call["call"], json.dumps(call.get("arguments", {}))): call.get("answer", {}) for call in listed
        }
        events = RULE.check.events if isinstance(RULE.check, RouteCheck) else ""
        self.metric_filter["filterPattern"] = events

    def answer(self, operation: str) -> Any:
        (found,) = (
            answer
            for (name, arguments), answer in self.answers.items()
            if name == operation and "aws/cloudtrail/" not in arguments
        )
        return found

    @property
    def trail(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self.answer("cloudtrail.DescribeTrails")["trailList"][0])

    @property
    def status(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self.answer("cloudtrail.GetTrailStatus"))

    @property
    def metric_filter(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self.answer("logs.DescribeMetricFilters")["metricFilters"][0])

    @property
    def alarm(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self.answer("cloudwatch.DescribeAlarms")["MetricAlarms"][0])

    def finding(self) -> Finding:
        calls = [
            Call(
                CallKey(ACCOUNT, REGION, operation, json.loads(arguments)),
                "",
                "",
                (),
                1,
                0,
                f"{operation}{arguments}",
                "",
                0,
                None,
            )
            for operation, arguments in self.answers
        ]
        files = {f"{name}{arguments}": answer for (name, arguments), answer in self.answers.items()}
        scope = {"accounts": {ACCOUNT: {"regions": [REGION]}}}
        run = {"schema": SCHEMA, "started": "2026-11-20T07:00:00Z", "partition": "aws", "scope": scope}
        snapshot = Snapshot(run, tuple(calls), lambda file: json.dumps({"pages": [files[file]]}).encode())
        values = {parameter.name: parameter.default for parameter in RULE.parameters}
        (found,) = RouteJudge(snapshot).judge(RULE, ACCOUNT, values)
        return found

    def run(self, line: str) -> None:
        """What a command does to the account, as far as fixes need it."""
        service, operation, given = parsed(line)
        getattr(self, f"_{service}_{operation.replace('-', '_')}")(given)

    def _cloudtrail_start_logging(self, given: dict[str, Any]) -> None:
        assert given["Name"] == TRAIL
        self.status["IsLogging"] = True

    def _cloudtrail_get_trail_status(self, given: dict[str, Any]) -> None:
        assert given["Name"] == TRAIL

    def _cloudtrail_update_trail(self, given: dict[str, Any]) -> None:
        assert given["Name"] == TRAIL
        self.trail.update({name: value for name, value in given.items() if name != "Name"})

    def _cloudtrail_put_event_selectors(self, given: dict[str, Any]) -> None:
        answer = self.answer("cloudtrail.GetEventSelectors")
        answer["EventSelectors"] = given.get("EventSelectors", [])
        answer["AdvancedEventSelectors"] = given.get("AdvancedEventSelectors", [])

    def _iam_put_role_policy(self, given: dict[str, Any]) -> None:
        assert given["RoleName"] == "cloudtrail-to-logs"
        assert GROUP in given["PolicyDocument"]
        self.status["LatestCloudWatchLogsDeliveryError"] = ""

    def _logs_create_log_group(self, given: dict[str, Any]) -> None:
        name = given["logGroupName"]
        listed = {"logGroups": [{"logGroupName": name, "logGroupClass": given.get("logGroupClass", "STANDARD")}]}
        self.answers["logs.DescribeLogGroups", json.dumps({"logGroupNamePrefix": name})] = listed
        for operation, member in (
            ("DescribeMetricFilters", "metricFilters"),
            ("DescribeSubscriptionFilters", "subscriptionFilters"),
        ):
            self.answers.setdefault((f"logs.{operation}", json.dumps({"logGroupName": name})), {member: []})

    def _logs_delete_metric_filter(self, given: dict[str, Any]) -> None:
        filters = self.answers["logs.DescribeMetricFilters", json.dumps({"logGroupName": given["logGroupName"]})]
        filters["metricFilters"] = [
            item for item in filters["metricFilters"] if item["filterName"] != given["filterName"]
        ]

    def _logs_put_metric_filter(self, given: dict[str, Any]) -> None:
        filters = self.answers["logs.DescribeMetricFilters", json.dumps({"logGroupName": given["logGroupName"]})]
        others = [item for item in filters["metricFilters"] if item["filterName"] != given["filterName"]]
        filters["metricFilters"] = [*others, given]

    def _cloudwatch_put_metric_alarm(self, given: dict[str, Any]) -> None:
        answer = self.answer("cloudwatch.DescribeAlarms")
        others = [item for item in answer["MetricAlarms"] if item["AlarmName"] != given["AlarmName"]]
        arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{given['AlarmName']}"
        answer["MetricAlarms"] = [*others, {**given, "AlarmArn": arn, "StateValue": "OK"}]

    def _cloudwatch_enable_alarm_actions(self, given: dict[str, Any]) -> None:
        for item in self.answer("cloudwatch.DescribeAlarms")["MetricAlarms"]:
            item["ActionsEnabled"] = item["ActionsEnabled"] or item["AlarmName"] in given["AlarmNames"]

    def mute(self, name: str, status: str, expression: str, *targets: str) -> None:
        """A mute rule of eight hours."""
        arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm-mute-rule:{name}"
        summaries = self.answer("cloudwatch.ListAlarmMuteRules")["AlarmMuteRuleSummaries"]
        summaries.append({"AlarmMuteRuleArn": arn, "Status": status})
        self.answers["cloudwatch.GetAlarmMuteRule", json.dumps({"AlarmMuteRuleName": name})] = {
            "Rule": {"Schedule": {"Expression": expression, "Duration": "PT8H"}},
            "MuteTargets": {"AlarmNames": list(targets)},
            "Status": status,
        }

    def mute_twice(self) -> None:
        """A mute rule that mutes the alarm now, and one that may stay."""
        self.mute("now", "ACTIVE", "at(2026-11-20T06:00)", "audited-alarm")
        self.mute("sundays", "SCHEDULED", "cron(0 2 * * SUN)", "audited-alarm")

    def _cloudwatch_delete_alarm_mute_rule(self, given: dict[str, Any]) -> None:
        assert given != {"AlarmMuteRuleName": "sundays"}, "a maintenance window may stay"
        listing = self.answer("cloudwatch.ListAlarmMuteRules")
        kept = listing["AlarmMuteRuleSummaries"]
        listing["AlarmMuteRuleSummaries"] = [
            each for each in kept if not each["AlarmMuteRuleArn"].endswith(f":{given['AlarmMuteRuleName']}")
        ]

    def _sns_create_topic(self, given: dict[str, Any]) -> None:
        """Like the sound topic, with its name in the place of the sound one's."""
        for (operation, arguments), answer in list(self.answers.items()):
            if operation.startswith("sns."):
                renamed = [text.replace("security-alerts", given["Name"]) for text in (arguments, json.dumps(answer))]
                self.answers[operation, renamed[0]] = json.loads(renamed[1])

    def _sns_subscribe(self, given: dict[str, Any]) -> None:
        answer = self.answers["sns.ListSubscriptionsByTopic", json.dumps({"TopicArn": given["TopicArn"]})]
        confirmed = f"{given['TopicArn']}:6a9c1f0e-2b7d-4d52-9d61-0c1f5b7e8a90"
        answer["Subscriptions"] = [{"SubscriptionArn": confirmed, "Protocol": "email", "Endpoint": "a@example.com"}]

    def _sns_set_topic_attributes(self, given: dict[str, Any]) -> None:
        answer = self.answers["sns.GetTopicAttributes", json.dumps({"TopicArn": given["TopicArn"]})]
        answer["Attributes"][given["AttributeName"]] = given["AttributeValue"]

    def _kms_put_key_policy(self, given: dict[str, Any]) -> None:
        self.answers["kms.GetKeyPolicy", json.dumps({"KeyId": given["KeyId"], "PolicyName": "default"})] = {
            "Policy": given["Policy"]
        }

    def _kms_enable_key(self, given: dict[str, Any]) -> None:
        assert given["KeyId"].endswith("key/1")
        self.answer("kms.DescribeKey")["KeyMetadata"].update(KeyState="Enabled", Enabled=True)

    def _kms_cancel_key_deletion(self, given: dict[str, Any]) -> None:
        assert given["KeyId"].endswith("key/1")
        self.answer("kms.DescribeKey")["KeyMetadata"].update(KeyState="Disabled")

    def encrypt(self, state: str, *services: str) -> None:
        """Encrypt the topic with a key in a state, whose policy lets these services use it."""
        arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
        self.answer("sns.GetTopicAttributes")["Attributes"]["KmsMasterKeyId"] = arn
        key = {"KeyId": "1", "Arn": arn, "KeyManager": "CUSTOMER", "KeyState": state, "Enabled": state == "Enabled"}
        self.answers["kms.DescribeKey", json.dumps({"KeyId": arn})] = {"KeyMetadata": {**key, "AWSAccountId": ACCOUNT}}
        statements = [
            {"Effect": "Allow", "Principal": {"Service": name}, "Action": "kms:*", "Resource": "*"} for name in services
        ]
        policy = {"Version": "2012-10-17", "Statement": [*statements, OWNER]}
        answer = {"Policy": json.dumps(policy)}
        self.answers["kms.GetKeyPolicy", json.dumps({"KeyId": arn, "PolicyName": "default"})] = answer


OWNER = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}

FAULTS: Mapping[str, tuple[str, Callable[[Account], Any]]] = {
    "the trail is off": ("trail", lambda it: it.status.update(IsLogging=False)),
    "delivery is refused": ("delivery", lambda it: it.status.update(LatestCloudWatchLogsDeliveryError="AccessDenied")),
    "only reads are recorded": (
        "selectors",
        lambda it: it.answer("cloudtrail.GetEventSelectors")["EventSelectors"][0].update(ReadWriteType="ReadOnly"),
    ),
    "advanced selectors leave writes out": (
        "selectors",
        lambda it: it.answer("cloudtrail.GetEventSelectors").update(
            EventSelectors=[],
            AdvancedEventSelectors=[
                {"Name": "mine", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]},
            ],
        ),
    ),
    "no metric filter": ("filter", lambda it: it.answer("logs.DescribeMetricFilters").update(metricFilters=[])),
    "a filter on other events": (
        "filter",
        lambda it: it.metric_filter.update(filterPattern="{ $.eventName = CreateUser }"),
    ),
    "a filter that misses one": (
        "filter",
        lambda it: it.metric_filter.update(filterPattern="{ $.eventName = StopLogging }"),
    ),
    "a filter on more that misses one": (
        "filter",
        lambda it: it.metric_filter.update(
            filterPattern="{ ($.eventName = StopLogging) || ($.eventName = CreateUser) }"
        ),
    ),
    "a filter limited to a Region": (
        "filter",
        lambda it: it.metric_filter.update(fieldSelectionCriteria='@aws.region = "x"'),
    ),
    "a filter that counts nothing": (
        "filter",
        lambda it: it.metric_filter["metricTransformations"][0].update(metricValue="0"),
    ),
    "a pattern that is none": ("filter", lambda it: it.metric_filter.update(filterPattern="{ $.eventName = ")),
    "no alarm": ("alarm", lambda it: it.answer("cloudwatch.DescribeAlarms").update(MetricAlarms=[])),
    "an alarm on an average": ("alarm", lambda it: it.alarm.update(Statistic="Average", Threshold=2)),
    "an alarm that waits for five": ("alarm", lambda it: it.alarm.update(Threshold=5)),
    "half an event each": (
        "alarm",
        lambda it: it.metric_filter["metricTransformations"][0].update(metricValue="0.5"),
    ),
    "a dimension": (
        "alarm",
        lambda it: it.metric_filter["metricTransformations"][0].update(dimensions={"Who": "$.userIdentity.arn"}),
    ),
    "actions off": ("actions", lambda it: it.alarm.update(ActionsEnabled=False)),
    "no action": ("actions", lambda it: it.alarm.update(AlarmActions=[])),
    "actions off and none": ("actions", lambda it: it.alarm.update(ActionsEnabled=False, AlarmActions=[])),
    "a mute rule": ("actions", lambda it: it.mute("night", "SCHEDULED", "cron(0 2 * * *)", "audited-alarm", "other")),
    "a mute rule beside a maintenance window": ("actions", lambda it: it.mute_twice()),
    "a topic elsewhere": (
        "topic",
        lambda it: it.alarm.update(AlarmActions=[TOPIC.replace(REGION, "eu-west-1")]),
    ),
    "a FIFO topic": ("topic", lambda it: it.alarm.update(AlarmActions=[f"{TOPIC}.fifo"])),
    "a policy that names another service": (
        "topic",
        lambda it: it.answer("sns.GetTopicAttributes")["Attributes"].update(
            Policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"Service": "s3.amazonaws.com"},
                        "Action": "SNS:Publish",
                        "Resource": TOPIC,
                    },
                }
            )
        ),
    ),
    "a key without CloudWatch": ("topic", lambda it: it.encrypt("Enabled")),
    "a disabled key": ("topic", lambda it: it.encrypt("Disabled", "cloudwatch.amazonaws.com")),
    "a key that is to be deleted": ("topic", lambda it: it.encrypt("PendingDeletion", "cloudwatch.amazonaws.com")),
    "nobody subscribed": (
        "subscription",
        lambda it: it.answer("sns.ListSubscriptionsByTopic").update(Subscriptions=[]),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_commands_repair_the_route(fault: str) -> None:
    account = Account()
    assert account.finding().outcome is Outcome.PASS
    link, broken = FAULTS[fault]
    broken(account)
    finding = account.finding()
    assert finding.outcome is Outcome.FAIL
    repair = repaired(finding)
    assert isinstance(finding.details, RouteDetails)
    assert (repair.link, finding.details.first_broken) == (link, link)
    assert repair.text.endswith(".")
    assert repair.commands
    for line in repair.commands:
        account.run(line)
    assert account.finding().outcome is Outcome.PASS, account.finding().reason


def test_names_are_filled_in_and_quoted() -> None:
    account = Account()
    account.alarm.update(AlarmName="it's mine; rm -rf /", ActionsEnabled=False)
    (line,) = repaired(account.finding()).commands
    assert parsed(line) == ("cloudwatch", "enable-alarm-actions", {"AlarmNames": ["it's mine; rm -rf /"]})


def test_a_name_is_never_read_as_an_option_or_a_file() -> None:
    account = Account()
    account.alarm.update(AlarmName="--query", ActionsEnabled=False)
    (line,) = repaired(account.finding()).commands
    assert "--alarm-names=--query" in shlex.split(line)
    account.alarm.update(AlarmName="file:///etc/passwd")
    assert repaired(account.finding()).commands == ()


def test_what_an_alarm_has_beside_its_actions_is_kept() -> None:
    account = Account()
    kept = {"OKActions": [f"{TOPIC}-ok"], "AlarmDescription": "Stops of the trail", "Unit": "None"}
    account.alarm.update(AlarmActions=[], **kept)
    line = repaired(account.finding()).commands[-1]
    given = parsed(line)[2]
    assert {name: given[name] for name in kept} == kept
    assert (given["Threshold"], given["Period"], given["AlarmActions"]) == (
        1,
        300,
        [TOPIC.replace("security-alerts", "audit-alerts")],
    )


def test_no_trail_at_all() -> None:
    account = Account()
    account.answer("cloudtrail.DescribeTrails")["trailList"] = []
    repair = repaired(account.finding())
    assert [parsed(line)[1] for line in repair.commands] == ["create-trail", "start-logging"]


def test_no_log_group_and_one_that_is_gone() -> None:
    account = Account()
    account.answer("logs.DescribeLogGroups")["logGroups"] = []
    assert parsed(repaired(account.finding()).commands[0]) == (
        "logs",
        "create-log-group",
        {"logGroupName": GROUP},
    )
    del account.trail["CloudWatchLogsLogGroupArn"]
    made, pointed = (parsed(line) for line in repaired(account.finding()).commands)
    assert made[2] == {"logGroupName": "aws-cloudtrail-logs-main"}
    assert (
        pointed[2]["CloudWatchLogsLogGroupArn"]
        == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:aws-cloudtrail-logs-main:*"
    )


def test_a_log_group_of_another_class_gets_a_neighbour() -> None:
    account = Account()
    account.answer("logs.DescribeLogGroups")["logGroups"][0]["logGroupClass"] = "INFREQUENT_ACCESS"
    made, pointed = (parsed(line) for line in repaired(account.finding()).commands)
    assert made[2] == {"logGroupName": f"{GROUP}-standard", "logGroupClass": "STANDARD"}
    assert pointed[2]["CloudWatchLogsRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/cloudtrail-to-logs"


@pytest.mark.parametrize("rule", ROUTES.values(), ids=list(ROUTES))
def test_every_failing_case_has_commands_that_the_api_takes(rule: Rule) -> None:
    failed = [
        finding
        for case in load_cases(rule, RULES, proven=True)
        for finding in run_case(rule, case, PROOFS).findings
        if finding.outcome is Outcome.FAIL
    ]
    assert failed
    for finding in failed:
        assert repaired(finding).commands, finding.reason
        for line in repaired(finding).commands:
            parsed(line)


def test_a_pass_has_no_fix() -> None:
    passed = Account().finding().details
    assert isinstance(passed, RouteDetails)
    assert passed.fix is None


@pytest.mark.parametrize(("direction", "link"), [("Inbound", "topic"), ("Outbound", "subscription")])
def test_what_a_data_protection_policy_denies_is_left_to_its_author(direction: str, link: str) -> None:
    account = Account()
    named = str(account.alarm["AlarmName"])
    statement = {"DataDirection": direction, "Principal": ["*"], "DataIdentifier": ["Own"], "Operation": {"Deny": {}}}
    own = {"CustomDataIdentifier": [{"Name": "Own", "Regex": named}]}
    policy = {"Name": "p", "Version": "2021-06-01", "Statement": [statement], "Configuration": own}
    account.answer("sns.GetDataProtectionPolicy")["DataProtectionPolicy"] = json.dumps(policy)
    repair = repaired(account.finding())
    assert repair.link == link
    assert repair.text == (
        "Keep the data protection policy of topic security-alerts from denying the messages of alarms."
    )
    assert not repair.commands


def test_the_managed_key_of_sns_is_replaced() -> None:
    account = Account()
    account.answer("sns.GetTopicAttributes")["Attributes"]["KmsMasterKeyId"] = "alias/aws/sns"
    key = {"KeyId": "2", "Arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/2", "KeyManager": "AWS", "KeyState": "Enabled"}
    account.answers["kms.DescribeKey", json.dumps({"KeyId": "alias/aws/sns"})] = {"KeyMetadata": key}
    repair = repaired(account.finding())
    assert repair.link == "topic"
    (line,) = repair.commands
    assert parsed(line)[2] == {"TopicArn": TOPIC, "AttributeName": "KmsMasterKeyId", "AttributeValue": "KEY-ARN"}
