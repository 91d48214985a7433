"""Routes over whole accounts: many filters, several Regions, several accounts, and everything denied in turn."""

import gc
import json
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from scanner.checks.route import RouteJudge
from scanner.errors import PatternError, UsageError
from scanner.model import (
    CallKey,
    Finding,
    GapKind,
    Outcome,
    RouteCheck,
    RouteDetails,
    RouteKind,
    RouteScope,
    Rule,
    RuleId,
    Severity,
)
from scanner.snapshot.answers import SCHEMA, Call, CallError, Snapshot

ACCOUNT, MANAGER = "111122223333", "999988887777"
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "")
ABSENT = CallError("absent", "NotFoundException", "")
STOP = "{ ($.eventSource = cloudtrail.amazonaws.com) && (($.eventName = StopLogging) || ($.eventName = DeleteTrail)) }"
STOP_ONLY = "{ $.eventName = StopLogging }"
DELETE_ONLY = "{ $.eventName = DeleteTrail }"

Answer = Mapping[str, Any] | CallError
Key = tuple[str, str, str, str]


class World:
    """Recorded answers of some accounts, changed call by call."""

    def __init__(self, *regions: str) -> None:
        self.answers: dict[Key, Answer] = {}
        self.regions: dict[str, list[str]] = {ACCOUNT: list(regions or ("us-east-1",))}
        for region in self.regions[ACCOUNT]:
            self.put("cloudtrail.DescribeTrails", {"trailList": []}, region, includeShadowTrails=True)

    def put(
        self, operation: str, answer: Answer, region: str = "us-east-1", account: str = ACCOUNT, **arguments: Any
    ) -> None:
        self.answers[account, region, operation, json.dumps(arguments)] = answer

    def trail(
        self,
        name: str = "main",
        region: str = "us-east-1",
        *,
        multi: bool = True,
        account: str = ACCOUNT,
        owner: str = "",
        group: str = "audit",
        status: Mapping[str, Any] | None = None,
        **data: Any,
    ) -> None:
        """A trail with its status and selectors, seen from ``account``; ``owner`` owns it and its log group."""
        owner = owner or account
        arn = f"arn:aws:cloudtrail:{region}:{owner}:trail/{name}"
        trail = {
            "Name": name,
            "TrailARN": arn,
            "HomeRegion": region,
            "IsMultiRegionTrail": multi,
            "IncludeGlobalServiceEvents": True,
            "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{region}:{owner}:log-group:{group}:*",
            **data,
        }
        for seen in self.regions[account] if multi else [region]:
            key = (account, seen, "cloudtrail.DescribeTrails", json.dumps({"includeShadowTrails": True}))
            listed = self.answers.get(key, {"trailList": []})
            assert isinstance(listed, Mapping)
            self.answers[key] = {"trailList": [*listed["trailList"], trail]}
        sound = {"IsLogging": True, "LatestCloudWatchLogsDeliveryTime": "2026-11-20T06:58:00Z", **(status or {})}
        self.put("cloudtrail.GetTrailStatus", sound, region, account, Name=arn)
        selectors = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}
        self.put("cloudtrail.GetEventSelectors", selectors, region, account, TrailName=arn)

    def group(
        self,
        filters: Sequence[Mapping[str, Any]],
        name: str = "audit",
        region: str = "us-east-1",
        account: str = ACCOUNT,
    ) -> None:
        self.put(
            "logs.DescribeLogGroups", {"logGroups": [{"logGroupName": name}]}, region, account, logGroupNamePrefix=name
        )
        self.put("logs.DescribeMetricFilters", {"metricFilters": list(filters)}, region, account, logGroupName=name)

    def alarms(
        self,
        metric: Sequence[Mapping[str, Any]],
        region: str = "us-east-1",
        account: str = ACCOUNT,
        composite: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        answer = {"MetricAlarms": list(metric), "CompositeAlarms": list(composite)}
        self.put("cloudwatch.DescribeAlarms", answer, region, account, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        unmuted: Answer = {"AlarmMuteRuleSummaries": []}
        self.put("cloudwatch.ListAlarmMuteRules", unmuted, region, account, Statuses=["ACTIVE", "SCHEDULED"])

    def topic(self, arn: str, region: str = "us-east-1", account: str = ACCOUNT) -> None:
        answer = {"Subscriptions": [{"SubscriptionArn": f"{arn}:6a9c", "Protocol": "email"}]}
        self.put("sns.ListSubscriptionsByTopic", answer, region, account, TopicArn=arn)
        self.put(
            "sns.GetSubscriptionAttributes",
            {"Attributes": {"Protocol": "email"}},
            region,
            account,
            SubscriptionArn=f"{arn}:6a9c",
        )
        grant = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"}
        policy = json.dumps({"Statement": [{**grant, "Resource": "*"}]})
        self.put("sns.GetTopicAttributes", {"Attributes": {"Policy": policy}}, region, account, TopicArn=arn)
        self.put("sns.GetDataProtectionPolicy", {}, region, account, ResourceArn=arn)

    def route(self, *patterns: str, region: str = "us-east-1", account: str = ACCOUNT, group: str = "audit") -> None:
        """A log group with one filter and alarm a pattern, and a topic."""
        self.group([metric_filter(f"f{n}", text) for n, text in enumerate(patterns)], group, region, account)
        self.alarms([alarm(f"f{n}", region, account) for n in range(len(patterns))], region, account)
        self.topic(topic_arn(region, account), region, account)

    def snapshot(self) -> Snapshot:
        calls = [
            Call(
                CallKey(account, region, operation, json.loads(arguments)),
                "",
                "",
                (),
                1,
                0,
                "",
                "",
                0,
                error_of(answer),
            )
            for (account, region, operation, arguments), answer in self.answers.items()
        ]
        files = {str(call.key): answer for call, answer in zip(calls, self.answers.values(), strict=True)}
        run = {
            "schema": SCHEMA,
            "started": "2026-11-20T07:00:00Z",
            "partition": "aws",
            "scope": {
                "accounts": {account: {"regions": regions} for account, regions in self.regions.items()},
                "asked": {"regions": "enabled"},
            },
        }

        def read(file: str) -> bytes:
            return json.dumps({"pages": [files[file]]}).encode()

        return Snapshot(run, tuple(replace(call, file=str(call.key)) for call in calls), read)


def about_route(finding: Finding) -> RouteDetails:
    assert isinstance(finding.details, RouteDetails)
    return finding.details


def error_of(answer: Answer) -> CallError | None:
    return answer if isinstance(answer, CallError) else None


def topic_arn(region: str = "us-east-1", account: str = ACCOUNT) -> str:
    return f"arn:aws:sns:{region}:{account}:security-alerts"


def metric_filter(name: str, pattern: str, **transformation: Any) -> dict[str, Any]:
    published = {"metricName": name, "metricNamespace": "Audit", "metricValue": "1", **transformation}
    return {"filterName": name, "filterPattern": pattern, "metricTransformations": [published]}


def alarm(metric: str, region: str = "us-east-1", account: str = ACCOUNT, **data: Any) -> dict[str, Any]:
    return {
        "AlarmName": f"{metric}-alarm",
        "AlarmArn": f"arn:aws:cloudwatch:{region}:{account}:alarm:{metric}-alarm",
        "ActionsEnabled": True,
        "AlarmActions": [topic_arn(region, account)],
        "MetricName": metric,
        "Namespace": "Audit",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        **data,
    }


def rule(events: str = STOP, **check: Any) -> Rule:
    return Rule(
        id=RuleId("route.trail-changes"),
        title="Trail changes reach a responder",
        severity=Severity.HIGH,
        description="",
        rationale="",
        remediation="",
        references=(),
        parameters=(),
        check=replace(RouteCheck(events, None, tuple(RouteKind), 1, 3600), **check),
        path="route/trail-changes.yaml",
        text="",
    )


def judged(world: World, subject: Rule | None = None, **parameters: Any) -> Finding:
    (finding,) = RouteJudge(world.snapshot()).judge(subject or rule(), ACCOUNT, parameters)
    return finding


def verdicts(finding: Finding) -> dict[str, str]:
    return {link.name: str(link.verdict) for link in finding.links}


def sound(*regions: str) -> World:
    world = World(*regions)
    world.trail()
    world.route(STOP)
    return world


def test_a_whole_route_shows_every_link() -> None:
    finding = judged(sound())
    assert finding.outcome is Outcome.PASS
    assert list(verdicts(finding).items()) == [
        (name, "pass")
        for name in (
            *("trail", "delivery", "selectors", "log-group", "filter"),
            *("alarm", "actions", "topic", "subscription"),
        )
    ]
    assert [link.candidate for link in finding.links][4:6] == ["f0", "f0-alarm"]
    assert finding.reason == (
        "Every event travels from trail main through metric filter f0 and alarm f0-alarm, and "
        "topic security-alerts reaches an e-mail address (1 confirmed subscription)."
    )
    assert finding.details == RouteDetails(nearest="f0")
    operations = {source.call.operation for source in finding.sources}
    assert operations == {
        "cloudtrail.DescribeTrails",
        "cloudtrail.GetTrailStatus",
        "cloudtrail.GetEventSelectors",
        "logs.DescribeLogGroups",
        "logs.DescribeMetricFilters",
        "cloudwatch.DescribeAlarms",
        "cloudwatch.ListAlarmMuteRules",
        "sns.ListSubscriptionsByTopic",
        "sns.GetSubscriptionAttributes",
        "sns.GetTopicAttributes",
        "sns.GetDataProtectionPolicy",
    }


def test_a_fail_names_what_is_lost_and_an_event_that_is() -> None:
    world = World()
    world.trail()
    world.route(STOP_ONLY, "{ $.eventName = CreateUser }")
    finding = judged(world)
    assert finding.outcome is Outcome.FAIL
    assert finding.reason.startswith(
        "Some events reach nobody through metric filters and alarms: metric filter f0 misses DeleteTrail. "
    )
    assert about_route(finding).first_broken == "filter"
    assert about_route(finding).lost == ("DeleteTrail",)
    assert about_route(finding).nearest == "f0"
    assert finding.witness is not None
    assert finding.witness["eventName"] == "DeleteTrail"
    assert verdicts(finding)["subscription"] == "pass"


@pytest.mark.parametrize(
    ("pattern", "opening"),
    [
        ("{ $.eventName = CreateUser }", "The events reach"),
        ("{ $.eventName = StopLogging }", "Some events reach"),
        (
            '{ ($.eventName = StopLogging || $.eventName = DeleteTrail) && $.awsRegion != "us-east-1" }',
            "Some events reach",
        ),
    ],
)
def test_a_fail_says_whether_all_events_are_lost_or_some(pattern: str, opening: str) -> None:
    world = World()
    world.trail()
    world.route(pattern)
    finding = judged(world)
    assert finding.outcome is Outcome.FAIL
    assert finding.reason.startswith(f"{opening} nobody through metric filters and alarms: ")


def test_filters_count_together_only_when_each_lane_is_whole() -> None:
    world = World()
    world.trail()
    world.route(STOP_ONLY, DELETE_ONLY)
    both = judged(world)
    assert both.outcome is Outcome.PASS
    assert [link.candidate for link in both.links if link.name in {"filter", "alarm"}] == [
        "f0, f1",
        "f0-alarm, f1-alarm",
    ]
    world.alarms([alarm("f0"), alarm("f1", ActionsEnabled=False)])
    half = judged(world)
    assert half.outcome is Outcome.FAIL
    assert about_route(half).first_broken == "actions"
    assert about_route(half).nearest == "f1"
    assert about_route(half).lost == ("DeleteTrail",)
    assert verdicts(half)["filter"] == "pass"


def test_an_unknown_names_the_lane_it_hangs_on() -> None:
    world = World()
    world.trail()
    world.route("{ $.eventName = CreateUser }", STOP_ONLY, DELETE_ONLY)
    page = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:page"
    world.alarms([alarm("f0"), alarm("f1"), alarm("f2", AlarmActions=[page])])
    finding = judged(world)
    assert finding.outcome is Outcome.UNKNOWN
    assert (about_route(finding).nearest, about_route(finding).first_broken) == ("f2", "actions")
    assert "Lambda" in finding.reason
    assert (finding.witness, about_route(finding).lost) == (None, ())
    world.alarms([alarm("f0"), alarm("f1", AlarmActions=[page]), alarm("f2", AlarmActions=[page])])
    finding = judged(world)
    assert (finding.outcome, about_route(finding).first_broken) == (Outcome.UNKNOWN, "actions")


def test_alarms_that_wait_for_several_events_do_not_count_together() -> None:
    world = World()
    world.trail()
    world.route(STOP_ONLY, DELETE_ONLY)
    subject = rule(max_threshold=3)
    assert judged(world, subject).outcome is Outcome.PASS
    world.alarms([alarm("f0", Threshold=3.0), alarm("f1", Threshold=3.0)])
    finding = judged(world, subject)
    assert (finding.outcome, about_route(finding).first_broken) == (Outcome.UNKNOWN, "alarm")
    assert "spread over several alarms" in finding.reason
    world.group([metric_filter("f0", STOP_ONLY), metric_filter("f1", DELETE_ONLY, metricName="f0")])
    world.alarms([alarm("f0", Threshold=3.0)])
    assert judged(world, subject).outcome is Outcome.PASS


def test_two_metrics_of_one_alarm_do_not_count_together() -> None:
    world = World()
    world.trail()
    world.route(STOP_ONLY, DELETE_ONLY)
    stats = [
        {"Metric": {"Namespace": "Audit", "MetricName": name, "Dimensions": []}, "Period": 300, "Stat": "Sum"}
        for name in ("f0", "f1")
    ]
    metrics: list[dict[str, Any]] = [
        {"Id": f"m{n}", "ReturnData": False, "MetricStat": stat} for n, stat in enumerate(stats)
    ]
    metrics.append({"Id": "e", "Expression": "MAX([FILL(m0, 0), FILL(m1, 0)])"})
    both = alarm("f0", Threshold=3.0, Metrics=metrics)
    world.alarms([{key: value for key, value in both.items() if key not in {"MetricName", "Namespace", "Period"}}])
    assert judged(world, rule(max_threshold=3)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("value", "statistic", "outcome"),
    [
        ("1", "Sum", Outcome.PASS),
        ("0.1", "Sum", Outcome.PASS),
        ("0.1", "Average", Outcome.UNKNOWN),
        ("0", "Minimum", Outcome.UNKNOWN),
        ("-1", "Sum", Outcome.UNKNOWN),
        ("$.size", "Sum", Outcome.UNKNOWN),
        ("$.size", "SampleCount", Outcome.PASS),
    ],
)
def test_what_other_filters_count_in_the_same_metric_matters(value: str, statistic: str, outcome: Outcome) -> None:
    world = World()
    world.trail()
    world.route(STOP)
    reads = metric_filter("f1", "{ $.readOnly IS TRUE }", metricName="f0", metricValue=value)
    world.group([metric_filter("f0", STOP), reads])
    world.alarms([alarm("f0", Statistic=statistic)])
    assert judged(world).outcome is outcome


PER_NAME = {"dimensions": {"Name": "$.eventName"}}
UNREAD = "SELECT SUM(f0) FROM Audit WHERE Name IN ('StopLogging')"


@pytest.mark.parametrize(
    ("query", "transformation", "outcome", "words"),
    [
        ("SELECT SUM(f0) FROM Audit", {}, Outcome.PASS, ""),
        ("SELECT SUM(f0) FROM SCHEMA(Audit)", {}, Outcome.PASS, ""),
        ("SELECT SUM(f0) FROM SCHEMA(Audit, Name)", {}, Outcome.FAIL, "asks for another namespace, account or set"),
        ("SELECT SUM(f0) FROM SCHEMA(Audit, Name)", PER_NAME, Outcome.PASS, ""),
        ("SELECT SUM(f0) FROM SCHEMA(Audit)", PER_NAME, Outcome.FAIL, "asks for another namespace, account or set"),
        ("SELECT SUM(f0) FROM Audit WHERE Name = 'StopLogging'", PER_NAME, Outcome.FAIL, "Some events reach nobody"),
        ("SELECT SUM(f0) FROM Audit WHERE Name != 'GetTrail'", PER_NAME, Outcome.PASS, ""),
        ("SELECT SUM(f0) FROM Audit WHERE Name = 'Other'", PER_NAME, Outcome.FAIL, "reach nobody"),
        ("SELECT SUM(f0) FROM Audit WHERE Name != 'StopLogging'", PER_NAME, Outcome.FAIL, "reach nobody"),
        ("SELECT SUM(f0) FROM Audit WHERE Name != 'Stop*'", PER_NAME, Outcome.UNKNOWN, "the value 'Stop*' of the"),
        ("SELECT SUM(f0) FROM Audit GROUP BY Name ORDER BY SUM() DESC", PER_NAME, Outcome.PASS, ""),
        ("SELECT SUM(f0) FROM Audit GROUP BY Name ORDER BY SUM() LIMIT 2", PER_NAME, Outcome.PASS, ""),
        ("SELECT SUM(f0) FROM Audit GROUP BY Name LIMIT 1", PER_NAME, Outcome.UNKNOWN, "and there may be 2"),
        (
            "SELECT SUM(f0) FROM Audit GROUP BY Who",
            {"dimensions": {"Who": "$.userIdentity.arn"}},
            Outcome.UNKNOWN,
            "the filter's pattern does not list the values",
        ),
        (
            "SELECT SUM(f0) FROM Audit",
            {"dimensions": {"Who": "$.userIdentity.userName"}},
            Outcome.UNKNOWN,
            "whether events without the field $.userIdentity.userName count in its query",
        ),
        ("SELECT SUM(f0) FROM Audit GROUP BY Other", PER_NAME, Outcome.UNKNOWN, "which the metric does not have"),
        ("SELECT SUM(f1) FROM Audit", {}, Outcome.FAIL, "no alarm in us-east-1 watches"),
        ("SELECT SUM(f0) FROM Auditing", {}, Outcome.FAIL, "asks for another namespace, account or set"),
        ("SELECT SUM(f0) FROM Audit WHERE AWS.AccountId = '444455556666'", {}, Outcome.FAIL, "asks for another"),
        ("SELECT SUM(f0) FROM Audit WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()", {}, Outcome.PASS, ""),
        ("SELECT AVG(f0) FROM Audit WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()", {}, Outcome.PASS, ""),
        ("SELECT AVG(f0) FROM Audit", {}, Outcome.UNKNOWN, "a condition on AWS.AccountId would decide it"),
        ("SELECT COUNT(f0) FROM Audit GROUP BY AWS.AccountId", {}, Outcome.PASS, ""),
        ("SELECT SUM(f0) FROM Audit WHERE tag.env = 'prod'", {}, Outcome.UNKNOWN, "or for tags"),
        (UNREAD, {}, Outcome.UNKNOWN, "its query is not understood at 'IN'"),
    ],
)
def test_an_alarm_on_a_metrics_insights_query(
    query: str, transformation: dict[str, Any], outcome: Outcome, words: str
) -> None:
    world = sound()
    world.group([metric_filter("f0", STOP, **transformation)])
    told = {"Id": "q", "Expression": query, "Period": 300, "ReturnData": True}
    asking = {**alarm("f0"), "Metrics": [told]}
    single = {"MetricName", "Namespace", "Period", "Statistic"}
    world.alarms([{key: value for key, value in asking.items() if key not in single}])
    finding = judged(world)
    assert (finding.outcome, finding.reason) == (outcome, finding.reason)
    assert words in finding.reason


@pytest.mark.parametrize(("name", "commands"), [("f0-alarm", 1), ("trail-changes", 0)])
def test_an_alarm_on_a_query_is_not_made_one_on_a_metric(name: str, commands: int) -> None:
    world = sound()
    told = {"Id": "q", "Expression": "SELECT SUM(f0) FROM Audit", "Period": 300, "ReturnData": True}
    asking = {**alarm("f0"), "AlarmName": name, "Threshold": 5.0, "Metrics": [told]}
    single = {"MetricName", "Namespace", "Period", "Statistic"}
    world.alarms([{key: value for key, value in asking.items() if key not in single}])
    fix = about_route(judged(world)).fix
    assert fix is not None
    assert fix.text == "Create an alarm on the metric Audit/f0 of log group audit."
    assert len(fix.commands) == commands
    assert all("--alarm-name trail-changes" in each for each in fix.commands)


def test_a_pass_shows_no_lane_that_is_not_needed() -> None:
    world = World()
    world.trail()
    world.route("{ $.eventName = CreateUser }", STOP_ONLY, DELETE_ONLY, "{ $.eventName = DeleteUser }")
    assert about_route(judged(world)).nearest == "f1, f2"


def test_one_sound_alarm_beside_a_broken_one_is_enough() -> None:
    world = sound()
    world.alarms([alarm("f0", AlarmName="deaf", Threshold=100.0), alarm("f0")])
    assert judged(world).outcome is Outcome.PASS


def test_nothing_matches_at_all() -> None:
    world = World()
    world.trail()
    world.route("{ $.eventName = CreateUser }")
    finding = judged(world)
    assert finding.outcome is Outcome.FAIL
    assert list(verdicts(finding)) == ["trail", "delivery", "selectors", "log-group", "filter"]
    assert "no metric filter matches these events" in finding.reason


def test_the_broken_trail_hides_nothing_of_a_sound_one() -> None:
    world = World()
    world.trail("broken", status={"IsLogging": False}, group="other")
    world.trail("main")
    world.route(STOP)
    world.put("logs.DescribeLogGroups", {"logGroups": []}, logGroupNamePrefix="other")
    world.put("logs.DescribeMetricFilters", {"metricFilters": []}, logGroupName="other")
    assert judged(world).outcome is Outcome.PASS


def test_a_stopped_trail_is_not_the_nearest_while_another_one_runs() -> None:
    world = World()
    world.trail("old", status={"IsLogging": False}, group="old")
    world.trail("main")
    world.group([metric_filter("f0", STOP_ONLY)])
    world.group([metric_filter("f1", STOP)], "old")
    world.alarms([alarm("f0"), alarm("f1")])
    world.topic(topic_arn())
    finding = judged(world)
    assert (about_route(finding).first_broken, about_route(finding).nearest) == ("filter", "f0")
    assert about_route(finding).lost == ("DeleteTrail",)


def test_a_rule_that_is_no_pattern_over_json_is_refused() -> None:
    with pytest.raises(PatternError):
        judged(sound(), rule("StopLogging"))


def test_bounds_come_from_parameters() -> None:
    world = sound()
    world.alarms([alarm("f0", Threshold=5.0, Period=600)])
    bounded = rule(max_threshold="$occurrences", max_period="$seconds")
    assert judged(world, bounded, occurrences=5, seconds=600).outcome is Outcome.PASS
    assert judged(world, bounded, occurrences=4, seconds=600).outcome is Outcome.FAIL
    assert judged(world, bounded, occurrences=5, seconds=300).outcome is Outcome.FAIL
    with pytest.raises(UsageError):
        judged(world, bounded, occurrences=5)


def test_extended_events_join_when_asked_for() -> None:
    subject = rule(extended="{ $.eventName = PutEventSelectors }")
    assert judged(sound(), subject).outcome is Outcome.PASS
    assert judged(sound(), subject, extended=False).outcome is Outcome.PASS
    finding = judged(sound(), subject, extended=True)
    assert (finding.outcome, about_route(finding).lost) == (Outcome.FAIL, ("PutEventSelectors",))


REGIONS = ("eu-west-1", "us-east-1")


def test_a_trail_of_one_region_leaves_the_other_out() -> None:
    world = World(*REGIONS)
    world.trail(multi=False)
    world.route(STOP)
    finding = judged(world)
    assert finding.outcome is Outcome.FAIL
    assert about_route(finding).first_broken == "trail"
    assert "eu-west-1" in finding.reason


def test_a_trail_in_every_region_is_as_good_as_one_for_all() -> None:
    world = World(*REGIONS)
    for region in REGIONS:
        world.trail(f"trail-{region}", region, multi=False)
        world.route(STOP, region=region)
    finding = judged(world)
    assert finding.outcome is Outcome.PASS
    assert finding.links[0].candidate == "trail-eu-west-1, trail-us-east-1"


POLICY = "{ ($.eventSource = iam.amazonaws.com) && ($.eventName = CreatePolicy) }"
SIGN_IN = "{ $.eventName = ConsoleLogin }"


@pytest.mark.parametrize(
    ("regions", "home", "multi", "events", "outcome"),
    [
        (("eu-west-1",), "eu-west-1", False, POLICY, Outcome.UNKNOWN),
        (("eu-west-1",), "eu-west-1", False, SIGN_IN, Outcome.UNKNOWN),
        (("eu-west-1",), "eu-west-1", False, STOP, Outcome.PASS),
        (("eu-west-1",), "eu-west-1", True, POLICY, Outcome.PASS),
        (("us-east-1",), "us-east-1", False, POLICY, Outcome.PASS),
        (REGIONS, "eu-west-1", False, POLICY, Outcome.FAIL),
        (REGIONS, "us-east-1", False, POLICY, Outcome.PASS),
        (REGIONS, "us-east-1", False, SIGN_IN, Outcome.FAIL),
    ],
)
def test_events_of_global_services_are_looked_for_where_they_are_recorded(
    regions: tuple[str, ...], home: str, multi: bool, events: str, outcome: Outcome
) -> None:
    world = World(*regions)
    world.trail(region=home, multi=multi)
    world.route(events, region=home)
    assert judged(world, rule(events)).outcome is outcome


def test_a_region_that_is_switched_off_is_not_asked_for() -> None:
    world = World("us-east-1", "ap-east-1")
    world.trail(multi=False)
    world.route(STOP)
    world.put("cloudtrail.DescribeTrails", DENIED, "ap-east-1", includeShadowTrails=True)
    assert judged(world).outcome is Outcome.UNKNOWN
    off = CallError(GapKind.REGION_OFF, "UnrecognizedClientException", "")
    world.put("cloudtrail.DescribeTrails", off, "ap-east-1", includeShadowTrails=True)
    assert judged(world).outcome is Outcome.PASS


def test_an_alarm_in_another_region_does_not_see_the_metric() -> None:
    world = sound(*REGIONS)
    world.alarms([])
    world.alarms([alarm("f0", "eu-west-1")], "eu-west-1")
    assert about_route(judged(world)).first_broken == "alarm"


def test_without_any_region_nothing_is_known() -> None:
    world = sound()
    world.regions[ACCOUNT] = []
    assert judged(world).outcome is Outcome.UNKNOWN


def test_a_log_group_of_another_account_is_unknown_unless_that_account_was_looked_at() -> None:
    world = World()
    world.trail(owner=MANAGER, IsOrganizationTrail=True)
    finding = judged(world)
    assert finding.outcome is Outcome.UNKNOWN
    assert about_route(finding).first_broken == "log-group"
    world.regions[MANAGER] = ["us-east-1"]
    world.trail(account=MANAGER, IsOrganizationTrail=True)
    world.route(STOP, account=MANAGER)
    assert judged(world).outcome is Outcome.PASS
    world.alarms([alarm("f0", account=MANAGER, Threshold=100.0)], account=MANAGER)
    assert about_route(judged(world)).first_broken == "alarm"


def test_a_foreign_log_group_does_not_cloud_the_account_s_own() -> None:
    world = sound()
    world.trail("organization", owner=MANAGER, IsOrganizationTrail=True)
    assert judged(world).outcome is Outcome.PASS


DIMENSIONS = {"dimensions": {"Name": "$.eventName"}}


def dimensioned(*values: str) -> World:
    world = World()
    world.trail()
    world.group([metric_filter("f0", STOP, **DIMENSIONS)])
    world.alarms([alarm("f0", AlarmName=value, Dimensions=[{"Name": "Name", "Value": value}]) for value in values])
    world.topic(topic_arn())
    return world


def test_an_alarm_counts_only_the_value_of_its_dimension() -> None:
    one = judged(dimensioned("StopLogging"))
    assert (one.outcome, about_route(one).lost, about_route(one).first_broken) == (
        Outcome.FAIL,
        ("DeleteTrail",),
        "alarm",
    )
    assert judged(dimensioned("StopLogging", "DeleteTrail")).outcome is Outcome.PASS


def test_an_alarm_without_the_filter_s_dimensions_sees_nothing() -> None:
    world = dimensioned("StopLogging")
    world.alarms([alarm("f0")])
    assert about_route(judged(world)).first_broken == "alarm"


def test_dimensions_that_cannot_be_read_are_unknown() -> None:
    assert judged(dimensioned("Stop*")).outcome is Outcome.UNKNOWN
    world = dimensioned("StopLogging")
    world.group([{**metric_filter("f0", STOP), "emitSystemFieldDimensions": ["@aws.account"]}])
    world.alarms([alarm("f0", Dimensions=[{"Name": "@aws.account", "Value": ACCOUNT}])])
    assert judged(world).outcome is Outcome.UNKNOWN
    world.alarms([alarm("f0")])
    assert about_route(judged(world)).first_broken == "alarm"


def test_a_filter_of_terms_carries_what_it_can_be_proven_to() -> None:
    world = World()
    world.trail()
    world.route("")
    finding = judged(world)
    assert finding.outcome is Outcome.PASS
    assert "nearly every event" in about_route(finding).warnings[0]
    world.route("?StopLogging ?DeleteTrail")
    assert judged(world).outcome is Outcome.PASS
    world.route("StopLogging DeleteTrail")
    assert judged(world).outcome is Outcome.FAIL


def test_terms_under_selectors_are_not_proven() -> None:
    world = World()
    world.trail()
    world.route("?StopLogging ?DeleteTrail")
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
    world.put("cloudtrail.GetEventSelectors", {"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}, TrailName=arn)
    assert judged(world).outcome is Outcome.UNKNOWN


def test_unseen_filters_make_an_alarm_uncertain() -> None:
    world = sound()
    world.trail("second", group="other")
    world.put("logs.DescribeLogGroups", {"logGroups": [{"logGroupName": "other"}]}, logGroupNamePrefix="other")
    world.put("logs.DescribeMetricFilters", {"metricFilters": []}, logGroupName="other")
    assert judged(world).outcome is Outcome.PASS
    world.put("logs.DescribeMetricFilters", DENIED, logGroupName="other")
    finding = judged(world)
    assert (finding.outcome, about_route(finding).first_broken) == (Outcome.UNKNOWN, "alarm")


def selected(**selectors: Any) -> World:
    world = sound()
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
    world.put("cloudtrail.GetEventSelectors", selectors, TrailName=arn)
    return world


def test_events_that_the_trail_does_not_record_are_lost() -> None:
    finding = judged(selected(EventSelectors=[{"ReadWriteType": "ReadOnly"}]))
    assert (finding.outcome, about_route(finding).first_broken) == (Outcome.FAIL, "selectors")
    assert verdicts(finding)["selectors"] == "fail"
    assert about_route(finding).lost == ("StopLogging", "DeleteTrail")


def test_write_events_are_recorded_by_a_write_only_trail() -> None:
    finding = judged(selected(EventSelectors=[{"ReadWriteType": "WriteOnly"}]))
    assert finding.outcome is Outcome.PASS
    assert "not read-only" in about_route(finding).assumption


def test_a_selector_that_is_not_understood_is_unknown() -> None:
    odd = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "new", "Equals": ["x"]}]}
    finding = judged(selected(AdvancedEventSelectors=[odd]))
    assert (finding.outcome, about_route(finding).first_broken) == (Outcome.UNKNOWN, "selectors")
    assert verdicts(finding)["selectors"] == "unknown"


def test_global_services_are_lost_without_their_flag() -> None:
    world = World()
    world.trail(IncludeGlobalServiceEvents=False)
    world.route(STOP, "{ $.eventSource = iam.amazonaws.com }")
    assert judged(world).outcome is Outcome.PASS
    finding = judged(world, rule("{ ($.eventSource = iam.amazonaws.com) && ($.eventName = CreateUser) }"))
    assert (finding.outcome, about_route(finding).first_broken) == (Outcome.FAIL, "trail")
    assert verdicts(finding)["trail"] == "fail"


def test_a_log_group_without_filters_ends_the_route() -> None:
    world = sound()
    world.group([])
    finding = judged(world)
    assert list(verdicts(finding).values()) == ["pass", "pass", "pass", "pass", "fail"]
    assert "has no metric filter" in finding.reason


def test_an_account_without_a_trail_shows_one_broken_link() -> None:
    assert verdicts(judged(World())) == {"trail": "fail"}


def test_a_wildcard_of_unsettled_meaning_is_unknown() -> None:
    world = World()
    world.trail()
    world.route("{ ($.eventName = Stop*ing) || ($.eventName = DeleteTrail) }")
    finding = judged(world)
    assert (finding.outcome, about_route(finding).first_broken) == (Outcome.UNKNOWN, "filter")
    assert verdicts(finding)["filter"] == "unknown"


def test_an_alarm_on_undecided_math_is_unknown() -> None:
    world = sound()
    stat = {"Metric": {"Namespace": "Audit", "MetricName": "f0", "Dimensions": []}, "Period": 300, "Stat": "Sum"}
    queries = [
        {"Id": "m1", "MetricStat": stat, "ReturnData": False},
        {"Id": "e1", "Expression": "RATE(m1)", "ReturnData": True},
    ]
    world.alarms([alarm("f0", MetricName=None, Namespace=None, Metrics=queries)])
    finding = judged(world)
    assert (finding.outcome, about_route(finding).first_broken) == (Outcome.UNKNOWN, "alarm")
    assert verdicts(finding)["alarm"] == "unknown"


def broken_worlds() -> dict[str, World]:
    worlds: dict[str, World] = {"no trail": World()}
    for name in ("stopped", "filter", "alarm", "actions", "topic", "subscription", "dilution"):
        worlds[name] = sound()
    worlds["stopped"] = World()
    worlds["stopped"].trail(status={"IsLogging": False})
    worlds["stopped"].route(STOP)
    worlds["filter"].group([metric_filter("f0", STOP_ONLY)])
    worlds["alarm"].alarms([alarm("f0", Threshold=9.0)])
    worlds["actions"].alarms([alarm("f0", ActionsEnabled=False)])
    worlds["topic"].put("sns.ListSubscriptionsByTopic", ABSENT, TopicArn=topic_arn())
    worlds["subscription"].put("sns.ListSubscriptionsByTopic", {"Subscriptions": []}, TopicArn=topic_arn())
    dilution = worlds["dilution"]
    dilution.trail("second", group="other")
    dilution.group([metric_filter("f1", STOP, metricName="f0", defaultValue=0.0)], "other")
    dilution.alarms([alarm("f0", Statistic="Average")])
    return worlds


@pytest.mark.parametrize("name", sorted(broken_worlds()))
def test_a_denied_call_never_makes_a_pass(name: str) -> None:
    assert judged(broken_worlds()[name]).outcome is Outcome.FAIL
    for key in broken_worlds()[name].answers:
        world = broken_worlds()[name]
        world.answers[key] = DENIED
        assert judged(world).outcome in {Outcome.FAIL, Outcome.UNKNOWN}, key
        del world.answers[key]
        assert judged(world).outcome in {Outcome.FAIL, Outcome.UNKNOWN}, key


def test_each_denied_call_of_a_sound_route_is_unknown() -> None:
    for key in sound().answers:
        world = sound()
        world.answers[key] = DENIED
        finding = judged(world)
        assert finding.outcome is Outcome.UNKNOWN, key
        assert key[2] in finding.reason, key
        assert any(key[2] == source.call.operation for source in finding.sources), key


@pytest.mark.parametrize("odd", [None, 7, "text", [], [None], {}, [{}]], ids=str)
def test_odd_answers_break_nothing(odd: Any) -> None:
    for key, answer in sound().answers.items():
        assert isinstance(answer, Mapping)
        for member in answer:
            world = sound()
            world.answers[key] = {**answer, member: odd}
            assert judged(world).outcome in {Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS}
        if key[2] != "cloudtrail.GetEventSelectors":
            world.answers[key] = {}
            assert judged(world).outcome is not Outcome.PASS, key


def organization(manager: str) -> dict[str, Any]:
    return {"Organization": {"MasterAccountId": manager}}


def test_organization_events_are_judged_in_the_management_account_only() -> None:
    subject = rule(scope=RouteScope.ORGANIZATION_MANAGEMENT)
    world = World()
    world.put("organizations.DescribeOrganization", organization(MANAGER))
    assert judged(world, subject).outcome is Outcome.NOT_APPLICABLE
    world.put("organizations.DescribeOrganization", organization(ACCOUNT))
    assert judged(world, subject).outcome is Outcome.FAIL
    world.put("organizations.DescribeOrganization", ABSENT)
    assert judged(world, subject).outcome is Outcome.FAIL
    world.put("organizations.DescribeOrganization", DENIED)
    assert judged(world, subject).outcome is Outcome.UNKNOWN


def test_the_same_facts_give_the_same_finding() -> None:
    world = sound()
    judge = RouteJudge(world.snapshot()).judge
    first, second = (next(iter(judge(rule(), ACCOUNT, {}))) for _ in range(2))
    assert first == second == judged(world)


def test_facts_do_not_outlive_their_snapshot() -> None:
    snapshot = sound().snapshot()
    list(RouteJudge(snapshot).judge(rule(), ACCOUNT, {}))
    alive = weakref.ref(snapshot)
    del snapshot
    gc.collect()
    assert alive() is None


def test_many_filters_are_judged_quickly() -> None:
    patterns: list[str] = []
    for verb, thing in product(("Create", "Delete", "Modify"), ("Vpc", "Subnet", "Route", "Volume", "Image")):
        named = [f"($.eventName = {verb}{thing}{number})" for number in range(10)]
        patterns.append("{ " + " || ".join(named) + " }")
    world = World()
    world.trail()
    world.route(*patterns)
    judge = RouteJudge(world.snapshot()).judge
    subjects = [rule(pattern) for pattern in patterns]
    started = time.process_time()
    findings = [finding for subject in subjects for finding in judge(subject, ACCOUNT, {})]
    assert {finding.outcome for finding in findings} == {Outcome.PASS}
    missing = [rule("{ ($.eventName = Unseen) || ($.eventName = CreateVpc1) }") for _ in range(5)]
    assert {finding.outcome for subject in missing for finding in judge(subject, ACCOUNT, {})} == {Outcome.FAIL}
    assert time.process_time() - started < 5


def hearing(world: World, region: str, pattern: str = '{"source": ["aws.cloudtrail"]}') -> None:
    """An EventBridge rule in a Region."""
    rule_of = {"Name": "stop", "Arn": f"arn:aws:events:{region}:{ACCOUNT}:rule/stop", "State": "ENABLED"}
    world.put("events.ListRules", {"Rules": [{**rule_of, "EventPattern": pattern}]}, region)


def test_a_rule_in_one_region_hears_nothing_of_another() -> None:
    world = World("eu-west-1", "us-east-1")
    world.trail()
    world.group([])
    world.alarms([])
    hearing(world, "us-east-1")
    world.put("events.ListRules", {"Rules": []}, "eu-west-1")
    finding = judged(world)
    assert finding.outcome is Outcome.FAIL
    assert "No EventBridge rule in eu-west-1" in finding.reason
    hearing(world, "eu-west-1")
    finding = judged(world)
    assert finding.outcome is Outcome.UNKNOWN
    assert (finding.witness, about_route(finding).lost) == (None, ())
    assert about_route(finding).first_broken == "filter"
    assert "EventBridge rule stop (eu-west-1)" in about_route(finding).other_ways[0]
    assert any("eu-west-1/events.ListRules" in str(source.call) for source in finding.sources)


def test_a_refusal_in_one_region_hides_ways_of_that_region_only() -> None:
    world = World("eu-west-1", "us-east-1")
    world.trail()
    world.group([])
    world.alarms([])
    world.put("events.ListRules", {"Rules": []}, "us-east-1")
    world.put("events.ListRules", DENIED, "eu-west-1")
    assert judged(world).outcome is Outcome.FAIL
    world.put("events.ListRules", DENIED, "us-east-1")
    finding = judged(world)
    assert finding.outcome is Outcome.UNKNOWN
    assert "events.ListRules was denied" in finding.reason


def test_events_of_global_services_are_heard_in_their_own_region_only() -> None:
    world = World("eu-west-1", "us-east-1")
    world.trail()
    world.group([])
    world.alarms([])
    users = rule('{ ($.eventSource = "iam.amazonaws.com") && ($.eventName = CreateUser) }')
    for region in ("eu-west-1", "us-east-1"):
        world.put("events.ListRules", {"Rules": []}, region)
    hearing(world, "eu-west-1", '{"source": ["aws.iam"]}')
    assert judged(world, users).outcome is Outcome.FAIL
    hearing(world, "us-east-1", '{"source": ["aws.iam"]}')
    assert judged(world, users).outcome is Outcome.UNKNOWN


def test_without_a_trail_eventbridge_hears_nothing() -> None:
    world = World()
    hearing(world, "us-east-1")
    assert judged(world).outcome is Outcome.FAIL
    assert about_route(judged(world)).first_broken == "trail"


def test_a_reason_names_every_event_that_is_lost() -> None:
    names = [f"Delete{word}" for word in ("Trail", "Alarms", "LogGroup", "LogStream", "MetricFilter", "Topic", "Rule")]
    names += ["StopLogging", "PutRule", "UpdateTrail", "PutEventSelectors", "RemoveTargets"]
    events = "{ " + " || ".join(f"($.eventName = {name})" for name in names) + " }"
    world = World()
    world.trail()
    world.route("{ $.eventName = StartLogging }", "{ $.eventName = DeleteTrail }")
    finding = judged(world, rule(events))
    assert finding.outcome is Outcome.FAIL
    assert all(name in finding.reason for name in names if name != "DeleteTrail")
    assert " more" not in finding.reason


def test_what_rules_share_is_worked_out_once() -> None:
    """Rules that ask the same of alarms and deliveries share lanes; each keeps its own events."""
    judge = RouteJudge(sound().snapshot()).judge
    other = rule("{ $.eventName = RunInstances }")
    outcomes = [next(judge(each, ACCOUNT, {})).outcome for each in (rule(), other, rule(max_period=60), rule())]
    assert outcomes == [Outcome.PASS, Outcome.FAIL, Outcome.FAIL, Outcome.PASS]
    late = [next(judge(rule(), ACCOUNT, {"max_delivery_age_hours": hours})).outcome for hours in (24, 0, 24)]
    assert late == [Outcome.PASS, Outcome.FAIL, Outcome.PASS]
    more = rule(extended="{ $.eventName = RunInstances }")
    extended = [next(judge(more, ACCOUNT, {"extended": flag})).outcome for flag in (False, True, False)]
    assert extended == [Outcome.PASS, Outcome.FAIL, Outcome.PASS]


def test_accounts_keep_their_facts_apart() -> None:
    world = sound()
    world.regions[MANAGER] = ["us-east-1"]
    world.put("cloudtrail.DescribeTrails", {"trailList": []}, account=MANAGER, includeShadowTrails=True)
    world.trail(account=MANAGER)
    world.group([], account=MANAGER)
    judge = RouteJudge(world.snapshot()).judge
    outcomes = [next(judge(rule(), account, {})).outcome for account in (ACCOUNT, MANAGER, ACCOUNT)]
    assert outcomes == [Outcome.PASS, Outcome.FAIL, Outcome.PASS]


@pytest.mark.parametrize("accept", [[], ["event-rule"]])
def test_metric_filters_are_always_accepted(accept: list[str]) -> None:
    """Without them a route through one would count although it was left out."""
    asked = replace(rule("{ $.eventName = StopLogging }"), id=RuleId("route.trail-changes"))
    with pytest.raises(UsageError, match="metric-filter must be among them"):
        list(RouteJudge(World("us-east-1").snapshot()).judge(asked, ACCOUNT, {"accept": accept}))


def across() -> World:
    """An alarm of the judged account that notifies a topic of another one, which answered for it."""
    world = sound()
    world.alarms([alarm("f0", AlarmActions=[topic_arn(account=MANAGER)])])
    world.regions[MANAGER] = ["us-east-1"]
    world.topic(topic_arn(account=MANAGER), account=MANAGER)
    return world


def policy_for(account: str) -> dict[str, Any]:
    condition = {"StringEquals": {"aws:SourceAccount": account}}
    grant = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"}
    return {"Policy": json.dumps({"Statement": [{**grant, "Resource": "*", "Condition": condition}]})}


def test_the_topic_of_another_account_is_judged_from_its_own_answers() -> None:
    world, topic = across(), topic_arn(account=MANAGER)
    assert judged(world).outcome is Outcome.PASS
    attributes = {"account": MANAGER, "TopicArn": topic}
    world.put("sns.GetTopicAttributes", {"Attributes": policy_for(ACCOUNT)}, **attributes)
    assert judged(world).outcome is Outcome.PASS
    world.put("sns.GetTopicAttributes", {"Attributes": policy_for(MANAGER)}, **attributes)
    finding = judged(world)
    assert finding.outcome is Outcome.FAIL
    assert "does not let CloudWatch publish for this alarm" in finding.reason


@pytest.mark.parametrize(
    "operation", ["sns.GetTopicAttributes", "sns.ListSubscriptionsByTopic", "sns.GetSubscriptionAttributes"]
)
def test_what_the_other_account_did_not_tell_of_its_topic_is_never_a_pass(operation: str) -> None:
    world = across()
    world.answers = {key: answer for key, answer in world.answers.items() if key[0::2] != (MANAGER, operation)}
    finding = judged(world)
    assert finding.outcome is Outcome.UNKNOWN
    assert f"it belongs to account {MANAGER}, which was not asked about it" in finding.reason
    refused = across()
    for key in [key for key in refused.answers if key[0::2] == (MANAGER, operation)]:
        refused.answers[key] = DENIED
    assert judged(refused).outcome is Outcome.UNKNOWN
    alone = across()
    del alone.regions[MANAGER]
    alone.answers = {key: answer for key, answer in alone.answers.items() if key[0] != MANAGER}
    assert f"it belongs to account {MANAGER}, which was not looked at: scan that account too" in judged(alone).reason
