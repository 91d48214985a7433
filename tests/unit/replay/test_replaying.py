"""Records through a small deployment: who told of them and when, or why nobody did, one case for each reason."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from scanner.alarms.alarm import Alarm
from scanner.alarms.metric import PublishedMetric
from scanner.alarms.muting.rules import read_mute_rule
from scanner.pattern import parse
from scanner.replay.alarming.acting import Onward, Verdict
from scanner.replay.deployment.deployed import DeployedMute, Deployment, Watch
from scanner.replay.evaluation.clock import clock
from scanner.replay.reasons import Reason
from scanner.replay.replaying import Replayed, RouteReplay, Silence
from scanner.times import read_time
from tests.unit.replay.deployments import (
    ACCOUNT,
    GROUP,
    REGION,
    TOPIC,
    a_filter,
    alarm,
    deployed,
    log_file,
    record,
    replayed,
    rule,
    trail,
)

NOON = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
TWO = PublishedMetric("Audit", "Changes", 1.0, dimensions={"Region": "$.awsRegion"}, group=GROUP)
BY_REGION: dict[str, Any] = {"metric": TWO, "dimensions": (("Region", ("awsRegion",)),)}


def only(got: Replayed) -> RouteReplay:
    (route,) = got.routes
    return route


def silence(got: Replayed) -> Silence:
    (found,) = only(got).silences
    return found


def test_an_alarm_tells_of_a_record() -> None:
    got = replayed(deployed(), log_file(record()))
    (told,) = only(got).notifications
    assert (clock(told.minute), told.records, told.soonest, told.latest) == ("2026-11-20T07:06Z", 1, 360, 360)
    assert told.by.endswith(":alarm:changes")
    assert told.examples[0].event_id == record()["eventID"]
    assert only(got).verdict is Verdict.REPORTED


def test_a_declared_lag_takes_the_place_of_the_names_of_files() -> None:
    (told,) = only(replayed(deployed(), log_file(record()), lag=15)).notifications
    assert (clock(told.minute), told.soonest) == ("2026-11-20T07:16Z", 960)


def mute(expression: str = "cron(0 8 * * *)", duration: str = "PT3H", **told: Any) -> DeployedMute:
    said = {"Rule": {"Schedule": {"Expression": expression, "Duration": duration, "Timezone": "Europe/Zurich"}}}
    names = {"MuteTargets": {"AlarmNames": ["changes"]}, "Status": "SCHEDULED"}
    made = read_mute_rule("window", {**said, **names, **told}, NOON)
    assert made is not None
    return DeployedMute(made)


LARGE = record(requestParameters={"policy": "x" * 270_000})
LATER = int(read_time("2026-11-20T09:00:00Z").timestamp()) // 60
FAILING = alarm(AlarmName="other", MetricName="Others")
ABOVE = {"AlarmName": "above", "MetricName": None, "Namespace": None}

CASES: Mapping[str, tuple[Deployment, dict[str, Any], Reason, str]] = {
    "selectors": (
        deployed(trails=[trail(selectors={"EventSelectors": [{"ReadWriteType": "ReadOnly"}]})]),
        record(),
        Reason.NOT_RECORDED,
        "trail main does not record it: its event selector takes reads only",
    ),
    "advanced selectors": (
        deployed(
            trails=[
                trail(
                    selectors={
                        "AdvancedEventSelectors": [
                            {
                                "FieldSelectors": [
                                    {"Field": "eventCategory", "Equals": ["Management"]},
                                    {"Field": "eventSource", "NotEquals": ["cloudtrail.amazonaws.com"]},
                                ]
                            }
                        ]
                    }
                )
            ]
        ),
        record(),
        Reason.NOT_RECORDED,
        "trail main does not record it: its event selectors leave out eventSource cloudtrail.amazonaws.com",
    ),
    "another Region": (
        deployed(trails=[trail(multi_region=False)]),
        record(awsRegion="eu-west-1"),
        Reason.NOT_RECORDED,
        "trail main does not record it: it records us-east-1 alone, and the event is of eu-west-1",
    ),
    "not logging": (
        deployed(trails=[trail(off="trail main is not logging")]),
        record(),
        Reason.NOT_RECORDED,
        "trail main does not record it: trail main is not logging",
    ),
    "no log group": (
        deployed(trails=[trail(group="")]),
        record(),
        Reason.NO_LOG_GROUP,
        "trail main records it and delivers to no log group",
    ),
    "too large": (
        deployed(),
        LARGE,
        Reason.TOO_LARGE,
        "the record is larger than 256 kB, and CloudTrail sends no such event to CloudWatch Logs or EventBridge",
    ),
    "group gone": (
        deployed(group={"off": "log group audit does not exist"}),
        record(),
        Reason.NO_FILTER,
        "log group audit does not exist",
    ),
    "no filter": (deployed(filters=[]), record(), Reason.NO_FILTER, "log group audit has no metric filter"),
    "filter": (
        deployed(filters=[a_filter("{ $.eventName = StopLogging && $.userIdentity.type = Root }")]),
        record(),
        Reason.FILTER,
        (
            "metric filter stops does not match: $.userIdentity.type is IAMUser, and it asks for "
            '$.userIdentity.type = "Root"'
        ),
    ),
    "nearest filter": (
        deployed(
            filters=[
                a_filter("{ $.userIdentity.type = Root && $.eventType = AwsApiCall }", name="root"),
                a_filter("{ $.eventName = StopLogging && $.errorCode = Denied }", name="near"),
            ]
        ),
        record(),
        Reason.FILTER,
        'metric filter near does not match: $.errorCode is missing, and it asks for $.errorCode = "Denied"',
    ),
    "filter of several names": (
        deployed(filters=[a_filter("{ ($.eventName = CreateTrail) || ($.eventName = DeleteTrail) }")]),
        record(),
        Reason.FILTER,
        (
            "metric filter stops does not match: $.eventName is StopLogging, and it asks for "
            '$.eventName = "CreateTrail" || $.eventName = "DeleteTrail"'
        ),
    ),
    "filter of words": (
        deployed(filters=[a_filter(pattern=parse("DeleteTrail"))]),
        record(),
        Reason.FILTER,
        "metric filter stops does not match: its pattern does not match the text of the record",
    ),
    "created later": (
        deployed(filters=[a_filter(created=LATER)]),
        record(),
        Reason.FILTER_LATER,
        "metric filter stops was created at 2026-11-20T09:00Z, after the record arrived",
    ),
    "no alarm": (
        deployed(FAILING),
        record(),
        Reason.NO_ALARM,
        "metric filter stops matches, and no alarm watches its metric Audit/Changes",
    ),
    "alarm elsewhere": (
        deployed(
            FAILING,
            watches=(Watch(ACCOUNT, REGION, (FAILING,)), Watch(ACCOUNT, "eu-west-1", (alarm(Region="eu-west-1"),))),
        ),
        record(),
        Reason.ELSEWHERE,
        "alarm changes is in 111122223333/eu-west-1, and the metric Audit/Changes in 111122223333/us-east-1",
    ),
    "value of 0": (
        deployed(filters=[a_filter(value=0.0)]),
        record(),
        Reason.THRESHOLD,
        "alarm changes: the Sum over 300 seconds was 0, and it needs >= 1",
    ),
    "unit": (
        deployed(alarm(Unit="Count")),
        record(),
        Reason.UNIT,
        "alarm changes asks for the unit Count, and metric filter stops publishes None",
    ),
    "dimension value": (
        deployed(alarm(Dimensions=[{"Name": "Region", "Value": "eu-west-1"}]), filters=[a_filter(**BY_REGION)]),
        record(),
        Reason.DIMENSION,
        "alarm changes watches Region = eu-west-1, and metric filter stops publishes Region = us-east-1",
    ),
    "dimension": (
        deployed(filters=[a_filter(**BY_REGION)]),
        record(),
        Reason.DIMENSION,
        "alarm changes watches no dimension, and metric filter stops publishes Region = us-east-1",
    ),
    "threshold": (
        deployed(alarm(Threshold=5.0)),
        record(),
        Reason.THRESHOLD,
        "alarm changes: the Sum over 300 seconds was 1, and it needs >= 5",
    ),
    "M of N": (
        deployed(alarm(EvaluationPeriods=5, DatapointsToAlarm=3), filters=[a_filter()]),
        record(),
        Reason.MISSING_DATA,
        (
            "alarm changes: 1 of the datapoints breaches, and it needs 3; 4 more are missing, which it treats as "
            "notBreaching"
        ),
    ),
    "in ALARM always": (
        deployed(alarm(TreatMissingData="breaching")),
        record(),
        Reason.IN_ALARM,
        "alarm changes was in ALARM before anything arrived: it counts missing data as breaching",
    ),
    "actions off": (
        deployed(alarm(ActionsEnabled=False)),
        record(),
        Reason.ACTIONS_OFF,
        "alarm changes goes into ALARM with its actions switched off",
    ),
    "no action": (
        deployed(alarm(AlarmActions=[])),
        record(),
        Reason.NO_ACTION,
        "alarm changes goes into ALARM and has no action for that",
    ),
    "muted": (
        deployed(mutes=[mute()]),
        record(),
        Reason.MUTED,
        "alarm changes goes into ALARM while mute rule window mutes it, and leaves it before that ends",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_why_nobody_was_told(name: str) -> None:
    deployment, sent, reason, why = CASES[name]
    found = silence(replayed(deployment, log_file(sent)))
    assert (found.verdict, found.reason, found.why) == (Verdict.SILENT, reason, why)
    assert found.examples[0].event_id == sent["eventID"]


LOG_ALARM = alarm(
    AlarmName="queried",
    MetricName=None,
    Namespace=None,
    ScheduledQueryConfiguration={"QueryString": "fields @message", "LogGroupIdentifiers": ["audit"]},
)
QUERY = 'SELECT SUM(Changes) FROM "Audit"'
QUERIED = alarm(
    MetricName=None, Namespace=None, Statistic=None, Period=None,
    Metrics=[{"Id": "q1", "Expression": QUERY, "Period": 300, "ReturnData": True}],
)  # fmt: skip

UNKNOWNS: Mapping[str, tuple[Deployment, dict[str, Any], str]] = {
    "filters denied": (
        deployed(filters=[], group={"unknown": "the metric filters of log group audit are not known: denied"}),
        record(),
        "the metric filters of log group audit are not known: denied",
    ),
    "selectors denied": (
        deployed(trails=[trail(unknown="what trail main records is not known: denied")]),
        record(),
        "trail main may not record it: what trail main records is not known: denied",
    ),
    "alarms denied": (
        deployed(watch={"alarms": (), "unknown": "the alarms are not known: denied"}),
        record(),
        "the alarms are not known: denied",
    ),
    "rules denied": (
        deployed(filters=[], hidden_rules={(ACCOUNT, REGION): "the EventBridge rules are not known: denied"}),
        record(),
        "the EventBridge rules are not known: denied",
    ),
    "mute rules denied": (
        deployed(watch={"unknown_mutes": "mute rules are not known: denied"}),
        record(),
        "alarm changes: mute rules are not known: denied",
    ),
    "another account": (
        deployed(),
        record(recipientAccountId="444455556666"),
        "account 444455556666, whose record it is, was not looked at",
    ),
    "transformed": (
        deployed(filters=[a_filter(unknown="metric filter stops reads transformed log events")]),
        record(),
        "metric filter stops reads transformed log events",
    ),
    "a star inside a value": (
        deployed(filters=[a_filter("{ $.eventName = Stop*ing }")]),
        record(),
        "whether metric filter stops matches depends on how the * inside a value is read, which is not documented",
    ),
    "value of a field": (
        deployed(filters=[a_filter(value=("additionalEventData", "size"))]),
        record(),
        "what metric filter stops publishes is not known: its value field is missing",
    ),
    "a log alarm": (
        deployed(LOG_ALARM, filters=[]),
        record(),
        "log alarm queried reads log group audit, and log alarms are not replayed",
    ),
    "a log group that events enter without a trail": (
        deployed(trails=[], group={"trailless": True}),
        record(),
        "metric filter stops may match it in log group audit: events enter it without a trail, which is not replayed",
    ),
    "a log alarm on a log group without a trail": (
        deployed(LOG_ALARM, filters=[], trails=[], group={"trailless": True}),
        record(),
        "log alarm queried reads log group audit, and log alarms are not replayed",
    ),
    "filters of a log group without a trail denied": (
        deployed(filters=[], trails=[], group={"trailless": True, "unknown": "its filters are not known: denied"}),
        record(),
        "log group audit: events enter it without a trail, which is not replayed; its filters are not known: denied",
    ),
    "a band": (
        deployed(alarm(ThresholdMetricId="ad1", Threshold=None)),
        record(),
        "alarm changes: it compares with a band, which is not replayed",
    ),
    "a Metrics Insights query": (
        deployed(QUERIED),
        record(),
        "alarm changes: it watches a Metrics Insights query, which is not replayed",
    ),
    "a period below a minute": (
        deployed(alarm(Period=10)),
        record(),
        "alarm changes: its period is not a number of minutes, and filters publish by minute",
    ),
    "math that is not decided": (
        deployed(
            alarm(
                MetricName=None, Namespace=None, Statistic=None, Period=None,
                Metrics=[
                    {"Id": "m1", "ReturnData": False, "MetricStat": {
                        "Metric": {"Namespace": "Audit", "MetricName": "Changes"}, "Period": 300, "Stat": "Sum"}},
                    {"Id": "e1", "Expression": "RATE(m1)", "ReturnData": True},
                ],
            )
        ),
        record(),
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWNS)
def test_what_is_not_known_is_never_told_nor_silent(name: str) -> None:
    deployment, sent, why = UNKNOWNS[name]
    found = silence(replayed(deployment, log_file(sent)))
    assert found.verdict is Verdict.UNKNOWN
    assert found.why == why or (not why and found.why)


@pytest.mark.parametrize(
    "deployment",
    [
        deployed(trails=[], filters=[a_filter("{ $.eventName = DeleteTrail }")], group={"trailless": True}),
        deployed(trails=[], group={"trailless": True, "off": "log group audit does not exist"}),
        deployed(trails=[], filters=[a_filter(off="its pattern is broken")], group={"trailless": True}),
        deployed(replace(LOG_ALARM, region="eu-west-1"), filters=[], watch={"region": "eu-west-1"}),
        deployed(LOG_ALARM, filters=[], trails=[]),
    ],
    ids=["another filter", "gone", "broken filter", "elsewhere", "nothing enters it"],
)
def test_what_certainly_tells_nobody_is_silent(deployment: Deployment) -> None:
    assert silence(replayed(deployment, log_file(record()))).verdict is Verdict.SILENT


def test_spaces_make_no_event_too_large() -> None:
    large = record(requestParameters={"policy": ["x"] * 20_000})
    assert only(replayed(deployed(), log_file(large))).verdict is Verdict.REPORTED
    spaced = replace(log_file(large), data=json.dumps({"Records": [large]}, indent=20).encode())
    assert len(spaced.data) > 270_000
    assert only(replayed(deployed(), spaced)).verdict is Verdict.REPORTED


def test_patterns_of_words_read_an_event_as_it_is_sent() -> None:
    words = deployed(filters=[a_filter(pattern=parse('"eventName\\":\\"StopLogging"'))])
    laid_out = replace(log_file(record()), data=json.dumps({"Records": [record()]}, indent=2).encode())
    sent = replace(laid_out, data=json.dumps({"Records": [record()]}, separators=(",", ":")).encode())
    assert only(replayed(words, laid_out)).verdict is only(replayed(words, sent)).verdict is Verdict.REPORTED


def test_a_trail_of_the_organization_records_the_accounts_that_see_it() -> None:
    accounts = frozenset({ACCOUNT, "444455556666", "777788889999"})
    deployment = deployed(trails=[trail(members=frozenset({"444455556666"}))], accounts=accounts)
    verdicts = {
        account: only(replayed(deployment, log_file(record(recipientAccountId=account)))).verdict
        for account in accounts
    }
    assert verdicts == {ACCOUNT: Verdict.REPORTED, "444455556666": Verdict.REPORTED, "777788889999": Verdict.SILENT}


def test_an_alarm_that_was_not_looked_at_beside_others_tells_perhaps() -> None:
    found = silence(replayed(deployed(), log_file(record()), onwards={"another": Onward(Verdict.REPORTED)}))
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, Reason.UNHEARD)


def test_records_without_a_time_have_no_minute() -> None:
    source = replace(log_file(record(eventTime="soon")), name="records.json.gz")
    found = silence(replayed(deployed(), source))
    assert (found.verdict, found.why) == (
        Verdict.UNKNOWN,
        "neither the record nor the name of its file tells when it arrived",
    )


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "1969-12-31T23:54:00Z", "9999-12-31T23:59:59Z"])
def test_times_that_no_record_can_have_tell_no_minute(time: str) -> None:
    named = log_file(record(eventTime=time))
    assert only(replayed(deployed(), named)).verdict is Verdict.REPORTED
    found = silence(replayed(deployed(), replace(named, name="records.json.gz")))
    assert (found.verdict, found.reason, found.examples[0].time) == (Verdict.UNKNOWN, Reason.UNTOLD, time)


def test_an_alarm_in_alarm_tells_of_what_comes_soon_after() -> None:
    got = replayed(deployed(), log_file(record()), log_file(record(2, 3), at="20261120T0708Z", end="b"))
    assert only(got).counts == {Verdict.REPORTED: 1, Verdict.JOINED: 1}
    found = silence(got)
    assert (found.verdict, found.reason) == (Verdict.JOINED, Reason.IN_ALARM)
    assert found.why == "alarm changes was already in ALARM, since 2026-11-20T07:06Z"


def test_an_alarm_that_has_been_in_alarm_for_more_than_a_day_tells_nothing() -> None:
    late = record(2, eventTime="2026-11-22T07:00:00Z")
    sources = log_file(record()), log_file(late, at="20261122T0705Z", end="b")
    found = silence(replayed(deployed(alarm(TreatMissingData="ignore")), *sources))
    assert (found.verdict, found.reason) == (Verdict.SILENT, Reason.IN_ALARM)


def test_what_an_alarm_without_actions_was_in_alarm_for_told_nobody() -> None:
    sources = log_file(record()), log_file(record(2, 3), at="20261120T0708Z", end="b")
    found = only(replayed(deployed(alarm(ActionsEnabled=False)), *sources)).silences
    assert {each.verdict for each in found} == {Verdict.SILENT}


def test_m_of_n_with_every_datapoint_there() -> None:
    quiet = [log_file(record(10 + n, n, eventName="Other"), at=f"20261120T07{5 + n:02d}Z") for n in range(30)]
    zero = a_filter(metric=PublishedMetric("Audit", "Changes", 1.0, default=0.0, group=GROUP))
    deployment = deployed(alarm(EvaluationPeriods=3, DatapointsToAlarm=2), filters=[zero])
    found = silence(replayed(deployment, *quiet, log_file(record(1, 20), at="20261120T0725Z", end="b")))
    assert (found.reason, found.why) == (
        Reason.DATAPOINTS,
        "alarm changes: 1 of the datapoints breaches, and it needs 2 of 3",
    )


def test_default_values_are_published_while_log_events_arrive() -> None:
    zero = a_filter(metric=PublishedMetric("Audit", "Changes", 1.0, default=0.0, group=GROUP))
    deployment = deployed(alarm(Statistic="Average", Threshold=0.5), filters=[zero])
    alone = replayed(deployment, log_file(record()))
    assert only(alone).verdict is Verdict.REPORTED
    others = [log_file(record(9 + n, n, eventName="Other"), at=f"20261120T07{2 + n:02d}Z") for n in range(3)]
    # The window slides until the minutes without a match have left it.
    (told,) = only(replayed(deployment, *others, log_file(record()))).notifications
    assert clock(told.minute) == "2026-11-20T07:09Z"
    after = [log_file(record(20 + n, 5 + n, eventName="Other"), at=f"20261120T07{6 + n:02d}Z") for n in range(9)]
    assert silence(replayed(deployment, *others, *after, log_file(record()))).reason is Reason.THRESHOLD


def test_the_actions_of_an_alarm_run_when_a_mute_rule_ends_before_it_does() -> None:
    deployment = deployed(alarm(TreatMissingData="ignore"), mutes=[mute()])
    (told,) = only(replayed(deployment, log_file(record()))).notifications
    assert clock(told.minute) == "2026-11-20T10:00Z"


def test_an_alarm_that_leaves_its_state_after_a_mute_rule_acts_when_that_ends() -> None:
    late = log_file(record(minute=170), at="20261120T0955Z")
    (told,) = only(replayed(deployed(mutes=[mute()]), late)).notifications
    assert clock(told.minute) == "2026-11-20T10:00Z"


def test_an_alarm_that_asks_for_another_unit_stays_quiet() -> None:
    (quiet,) = replayed(deployed(alarm(Unit="Count")), log_file(record())).alarms
    assert quiet.changes == ()


def test_a_mute_rule_that_begins_later_mutes_nothing() -> None:
    later = replace(mute(), starts=NOON)
    assert only(replayed(deployed(mutes=[later]), log_file(record()))).verdict is Verdict.REPORTED


def test_a_mute_rule_that_is_not_understood() -> None:
    odd = mute(expression="rate(1 day)")
    found = silence(replayed(deployed(mutes=[odd]), log_file(record())))
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, Reason.MUTED)


def test_a_composite_alarm_acts_for_an_alarm_without_actions() -> None:
    above = alarm(**ABOVE, AlarmRule="ALARM(changes)")
    (told,) = only(replayed(deployed(alarm(AlarmActions=[]), above), log_file(record()))).notifications
    assert told.by.endswith(":alarm:above")


@pytest.mark.parametrize(
    ("rule_text", "verdict", "why"),
    [
        ("ALARM(changes) AND ALARM(other)", Verdict.UNKNOWN, "depends on alarms that are not replayed"),
        ("ALARM(changes) OR NOT ALARM(changes)", Verdict.SILENT, "does not go into ALARM with alarm changes"),
        ("ALARM(changes) AND FALSE", Verdict.SILENT, "does not go into ALARM with alarm changes"),
        ("ALARM(changes) OR ALARM(other)", Verdict.UNKNOWN, "depends on alarms that are not replayed"),
    ],
)
def test_a_composite_alarm_that_needs_more(rule_text: str, verdict: Verdict, why: str) -> None:
    deployment = deployed(alarm(AlarmActions=[]), alarm(**ABOVE, AlarmRule=rule_text))
    found = silence(replayed(deployment, log_file(record())))
    assert (found.verdict, found.reason) == (verdict, Reason.COMPOSITE)
    assert why in found.why


def test_a_composite_alarm_that_is_in_alarm_is_joined() -> None:
    of_b = PublishedMetric("Audit", "B", 1.0, group=GROUP)
    filters = [
        a_filter('{ $.eventName = StopLogging && $.sourceIPAddress = "1.*" }'),
        a_filter('{ $.eventName = StopLogging && $.sourceIPAddress = "2.*" }', name="b", metric=of_b),
    ]
    below = alarm(AlarmActions=[]), alarm(AlarmName="b", MetricName="B", AlarmActions=[])
    above = alarm(**ABOVE, AlarmRule="ALARM(changes) OR ALARM(b)")
    first, second = record(sourceIPAddress="1.0.0.1"), record(2, 2, sourceIPAddress="2.0.0.2")
    files = log_file(first), log_file(second, at="20261120T0707Z", end="b")
    found = only(replayed(deployed(*below, above, filters=filters), *files))
    assert found.counts == {Verdict.REPORTED: 1, Verdict.JOINED: 1}
    assert found.silences[0].why == "composite alarm above was already in ALARM, since 2026-11-20T07:06Z"
    quiet = alarm(**ABOVE, AlarmRule="ALARM(changes) OR ALARM(b)", ActionsEnabled=False)
    found = only(replayed(deployed(*below, quiet, filters=filters), *files))
    assert found.counts == {Verdict.SILENT: 2}
    assert "since 2026-11-20T07:06Z, and told nobody: alarm above goes into ALARM with its" in found.silences[1].why


def test_a_composite_alarm_whose_rule_is_not_understood_may_act() -> None:
    above = alarm(**ABOVE, AlarmRule="ALARM(changes")
    found = silence(replayed(deployed(alarm(AlarmActions=[]), above), log_file(record())))
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, Reason.COMPOSITE)
    other = alarm(**ABOVE, AlarmRule="ALARM(another")
    assert silence(replayed(deployed(alarm(AlarmActions=[]), other), log_file(record()))).verdict is Verdict.SILENT


@pytest.mark.parametrize(
    ("quiet", "wait", "extension", "told"),
    [
        ({"Period": 600}, 0, 0, ""),  # the suppressor is in ALARM longer
        ({"Period": 60}, 0, 120, "07:13"),  # it leaves ALARM earlier, and two minutes later the other acts
        ({"Period": 60}, 0, 7200, ""),  # by then the other has left ALARM too
        ({"Period": 60, "Threshold": 9.0}, 180, 0, "07:09"),  # it never comes
        ({"Period": 60, "Threshold": 9.0}, 3600, 0, ""),
        ({"Period": 600, "Threshold": 2.0}, 180, 7200, ""),  # it comes while the other waits
    ],
)
def test_a_suppressor_that_comes_or_goes(quiet: dict[str, Any], wait: int, extension: int, told: str) -> None:
    periods = {"ActionsSuppressorWaitPeriod": wait, "ActionsSuppressorExtensionPeriod": extension}
    above = alarm(**ABOVE, AlarmRule="ALARM(changes)", ActionsSuppressor="quiet", **periods)
    every = alarm(AlarmActions=[]), alarm(AlarmName="quiet", AlarmActions=[], **quiet), above
    files = log_file(record()), log_file(record(2, 2), at="20261120T0707Z", end="b")
    found = only(replayed(deployed(*every), *files))
    assert [clock(each.minute)[11:16] for each in found.notifications] == ([told] if told else [])
    assert told or Verdict.REPORTED not in found.counts


def stat(name: str, unit: str = "", metric: str = "Changes", **dimensions: str) -> dict[str, Any]:
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    told = {"Metric": {"Namespace": "Audit", "MetricName": metric, "Dimensions": pairs}, "Period": 300, "Stat": "Sum"}
    return {"Id": name, "MetricStat": {**told, **({"Unit": unit} if unit else {})}, "ReturnData": False}


def math(expression: str, *stats: dict[str, Any]) -> Alarm:
    single = dict.fromkeys(("MetricName", "Namespace", "Statistic", "Period", "Dimensions"))
    return alarm(**single, Metrics=[*stats, {"Id": "e", "Expression": expression, "ReturnData": True}])


def test_a_math_alarm_reads_what_one_of_its_metrics_sees() -> None:
    seen = math("MAX([FILL(m1, 0), FILL(m2, 0)])", stat("m1", "Count"), stat("m2"))
    assert only(replayed(deployed(seen), log_file(record()))).counts == {Verdict.REPORTED: 1}
    unseen = math("SUM([m1, m2])", stat("m1", "Count"), stat("m2", Region="eu-west-1"))
    assert "asks for the unit Count, and" in silence(replayed(deployed(unseen), log_file(record()))).why
    filters = [a_filter(**BY_REGION), a_filter(name="o", metric=PublishedMetric("Audit", "Others", 1.0, group=GROUP))]
    far = math("SUM([m1, m2])", stat("m1", metric="Others", Zone="a"), stat("m2", Region="eu-west-1"))
    why = [each.why for each in only(replayed(deployed(far, filters=filters), log_file(record()))).silences]
    assert "alarm changes watches Region = eu-west-1, and metric filter stops publishes Region = us-east-1" in why


def test_only_datapoints_that_are_evaluated_are_counted() -> None:
    each_minute = alarm(Period=60, EvaluationPeriods=3, DatapointsToAlarm=3, Threshold=2.0)
    minutes = [number for number, count in enumerate((2, 2, 1, 1, 2)) for _ in range(count)]
    files = [log_file(record(n, m), at=f"20261120T070{m + 5}Z", end=str(n)) for n, m in enumerate(minutes)]
    last = only(replayed(deployed(each_minute), *files)).silences[-1]
    assert (last.reason, last.why) == (
        Reason.DATAPOINTS,
        "alarm changes: 1 of the datapoints breaches, and it needs 3 of 3",
    )
    gaps = [each for each, minute in zip(files, minutes, strict=True) if minute in {0, 3, 4}]
    last = only(replayed(deployed(each_minute), *gaps)).silences[-1]
    assert (last.reason, last.why) == (
        Reason.DATAPOINTS,
        "alarm changes: 2 of the datapoints breach, and it needs 3 of 3",
    )


def test_a_suppressor_in_alarm_keeps_a_composite_alarm_from_acting() -> None:
    above = alarm(**ABOVE, AlarmRule="ALARM(changes)", ActionsSuppressor="changes")
    found = silence(replayed(deployed(alarm(AlarmActions=[]), above), log_file(record())))
    assert (found.verdict, found.reason) == (Verdict.SILENT, Reason.SUPPRESSED)


@pytest.mark.parametrize(
    ("onward", "verdict"),
    [
        (Onward(Verdict.SILENT, "topic alerts does not exist"), Verdict.SILENT),
        (Onward(Verdict.UNKNOWN, "topic alerts could not be looked at"), Verdict.UNKNOWN),
    ],
)
def test_an_alarm_that_acts_and_reaches_nobody(onward: Onward, verdict: Verdict) -> None:
    found = silence(replayed(deployed(), log_file(record()), onwards={alarm().identity: onward}))
    assert (found.verdict, found.reason, found.why) == (verdict, Reason.UNHEARD, onward.why)


HEARD = {rule().arn: Onward(Verdict.REPORTED)}


def test_a_rule_tells_of_a_record() -> None:
    got = replayed(deployed(filters=[], rules=[rule()]), log_file(record()), onwards=HEARD)
    (told,) = only(got).notifications
    assert (told.rule, clock(told.minute), told.by) == (True, "2026-11-20T07:05Z", rule().arn)


@pytest.mark.parametrize(
    ("state", "changes", "reason", "why"),
    [
        ("DISABLED", {}, Reason.RULE_OFF, "EventBridge rule stops is disabled, and would match"),
        (
            "ENABLED",
            {"readOnly": True},
            Reason.RULE_READS,
            "EventBridge rule stops matches, and in its state it hears of no read-only event",
        ),
        (
            "ENABLED",
            {"eventSource": "logging.amazonaws.com"},
            Reason.RULE,
            'EventBridge rule stops does not match: source is aws.logging, and it asks for ["aws.cloudtrail"]',
        ),
    ],
)
def test_why_a_rule_does_not_tell(state: str, changes: dict[str, Any], reason: Reason, why: str) -> None:
    deployment = deployed(trails=[trail(group="")], rules=[rule(state)])
    found = silence(replayed(deployment, log_file(record(**changes)), onwards=HEARD))
    assert (found.verdict, found.reason, found.why) == (Verdict.SILENT, reason, why)


def test_what_a_trail_leaves_out_a_rule_may_still_hear() -> None:
    reads = trail(selectors={"EventSelectors": [{"ReadWriteType": "ReadOnly"}]})
    found = silence(replayed(deployed(trails=[reads], rules=[rule()]), log_file(record()), onwards=HEARD))
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, Reason.RULE)


def test_no_rule_hears_where_no_trail_is_on() -> None:
    off = trail(off="trail main is not logging")
    found = silence(replayed(deployed(trails=[off], rules=[rule()]), log_file(record()), onwards=HEARD))
    assert found.verdict is Verdict.SILENT


def test_a_verdict_that_depends_on_the_evaluation_range() -> None:
    # Two breaches a quarter of an hour apart: seen together only by who looks at four datapoints of five minutes.
    deployment = deployed(alarm(EvaluationPeriods=2, DatapointsToAlarm=2, TreatMissingData="notBreaching"))
    sources = log_file(record()), log_file(record(2, 17), at="20261120T0722Z", end="b")
    found = silence(replayed(deployment, *sources))
    assert (found.verdict, found.reason, found.depends) == (Verdict.UNKNOWN, Reason.EVALUATION_RANGE, True)
    narrow, wide = (only(replayed(deployment, *sources, evaluation_range=each)) for each in (3, 9))
    assert (narrow.verdict, wide.verdict) == (Verdict.SILENT, Verdict.REPORTED)
    assert narrow.silences[0].depends
    assert wide.notifications[0].depends


def test_events_delivered_twice_count_once_when_they_first_arrived() -> None:
    again = log_file(record(), at="20261120T0801Z", end="b")
    for sources in ((log_file(record()), again), (again, log_file(record()))):
        got = replayed(deployed(alarm(Threshold=2.0)), *sources)
        assert (only(got).records, silence(got).reason) == (1, Reason.THRESHOLD)
        assert clock(silence(got).first) == "2026-11-20T07:05Z"


def test_where_sources_were_not_read_whole() -> None:
    broken = replace(log_file(record()), data=log_file(record()).data[:-30])
    got = replayed(deployed(), broken)
    assert [why for _, why in got.losses]


def test_topics_are_named_by_their_alarm() -> None:
    assert [action.target for action in alarm().actions] == [TOPIC]
