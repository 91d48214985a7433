"""The route through a metric filter and an alarm, with each link broken in turn in the account that has it.

The trail, the log group, the filter and the alarm are in the management account; the topic, its key and its
subscription in the security account. All three accounts are judged by them.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from scanner.demo.organization import ACROSS, FORWARDED
from tests.e2e.organization import breaking
from tests.e2e.organization.breaking import Break, Company, Judged, broken
from tests.e2e.organization.conftest import Scan

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

HOME = "us-east-1"
NOWHERE = "arn:aws:logs:us-east-1:123456789012:log-group:gone:*"
BY_MANAGEMENT = {"StringEquals": {"aws:SourceAccount": "123456789012"}}

TRAIL, GROUP, ALARM, TOPIC = (
    ("organization trail", "management", f"cloudtrail:{HOME}:123456789012:trail/org-audit"),
    ("log group", "management", f"logs:{HOME}:123456789012:log-group:audit/cloudtrail"),
    ("alarm", "management", f"cloudwatch:{HOME}:123456789012:alarm:RootUsage-alarm"),
    ("topic", "security", f"sns:{HOME}:112579763355:security-operations"),
)
"""Causes: what, in whose account, and the ARN."""

Cause = tuple[str, str, str]

LINKS: Mapping[str, tuple[Break, str, str, Cause]] = {
    "trail stopped": (breaking.trail_stopped, "trail", "trail org-audit is not logging", TRAIL),
    "trail without global services": (
        breaking.trail_with(IncludeGlobalServiceEvents=False),
        "trail",
        "trail org-audit does not include global service events",
        TRAIL,
    ),
    "trail to a log group that is gone": (
        breaking.trail_with(CloudWatchLogsLogGroupArn=NOWHERE),
        "log-group",
        "log group gone does not exist",
        ("log group", "management", f"logs:{HOME}:123456789012:log-group:gone"),
    ),
    "writes only": (
        breaking.selectors_with(ReadWriteType="WriteOnly"),
        "selectors",
        "the event selectors of trail org-audit do not record events with",
        TRAIL,
    ),
    "no management events": (
        breaking.selectors_with(
            IncludeManagementEvents=False, DataResources=[{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]
        ),
        "selectors",
        "trail org-audit records no management events",
        TRAIL,
    ),
    "log group deleted": (
        breaking.group_deleted,
        "log-group",
        "log group audit/cloudtrail does not exist",
        GROUP,
    ),
    "filter deleted": (breaking.filter_deleted, "filter", "no metric filter matches these events", GROUP),
    "filter with a typo": (
        breaking.filter_with('{ $.userIdentity.type = "root" }'),
        "filter",
        "metric filter RootUsage misses events with",
        GROUP,
    ),
    "filter that counts nothing": (
        breaking.filter_with(metricValue="0"),
        "filter",
        "metric filter RootUsage of log group audit/cloudtrail does not count events: its metric value is 0",
        GROUP,
    ),
    "filter with another metric": (
        breaking.filter_with(metricName="Root"),
        "alarm",
        "no alarm in us-east-1 watches the metric CloudTrailMetrics/Root",
        GROUP,
    ),
    "alarm deleted": (
        breaking.alarm_deleted,
        "alarm",
        "no alarm in us-east-1 watches the metric CloudTrailMetrics/RootUsage",
        GROUP,
    ),
    "alarm too high": (
        breaking.alarm_with(Threshold=5.0),
        "alarm",
        "alarm RootUsage-alarm: 1 event gives a Sum of 1 over 300 seconds, and it needs >= 5",
        ALARM,
    ),
    "alarm on three datapoints": (
        breaking.alarm_with(EvaluationPeriods=3, DatapointsToAlarm=3),
        "alarm",
        "alarm RootUsage-alarm: it needs 3 datapoints over its threshold",
        ALARM,
    ),
    "alarm without end": (
        breaking.alarm_with(TreatMissingData="breaching"),
        "alarm",
        "alarm RootUsage-alarm: it counts missing data as breaching",
        ALARM,
    ),
    "actions switched off": (
        breaking.alarm_disabled,
        "actions",
        "alarm RootUsage-alarm has its actions switched off",
        ALARM,
    ),
    "actions removed": (
        breaking.alarm_with(AlarmActions=[]),
        "actions",
        "alarm RootUsage-alarm has no action for ALARM",
        ALARM,
    ),
    "muted now": (
        breaking.alarm_muted("active-now", "cron(0 2 * * *)", "PT2H"),
        "actions",
        "alarm RootUsage-alarm is muted now by mute rule active-now",
        ALARM,
    ),
    "muted most of the week": (
        breaking.alarm_muted("working-days", "cron(0 2 * * 1-5)", "PT20H"),
        "actions",
        "mute rule working-days (cron(0 2 * * 1-5) for PT20H, UTC) mutes alarm RootUsage-alarm for up to 100 hours",
        ALARM,
    ),
    "topic of another Region": (
        breaking.alarm_with(AlarmActions=["arn:aws:sns:eu-west-1:112579763355:security-operations"]),
        "topic",
        "topic security-operations is in eu-west-1; alarms notify topics of their own Region only",
        ("topic", "security", "sns:eu-west-1:112579763355:security-operations"),
    ),
    "topic that forgets CloudWatch": (
        breaking.topic_without("Alarms"),
        "topic",
        "the policy of topic security-operations does not let CloudWatch publish for this alarm",
        TOPIC,
    ),
    "topic that denies the account": (
        breaking.topic_denying(Condition=BY_MANAGEMENT),
        "topic",
        "does not let CloudWatch publish for this alarm (denied by statement",
        TOPIC,
    ),
    "key that forgets CloudWatch": (
        breaking.key_for("events"),
        "topic",
        "the policy of the KMS key of topic security-operations does not let CloudWatch use kms:GenerateDataKey",
        TOPIC,
    ),
}
"""What breaks, the link that is named, the words of it, and the cause."""

SHARED: Mapping[str, tuple[Break, str, str]] = {
    "topic deleted": (breaking.topic_deleted, "topic", "topic security-operations does not exist"),
    "topic that denies everybody": (
        breaking.topic_denying(),
        "topic",
        "the policy of topic security-operations does not let ",
    ),
    "key of AWS": (
        breaking.topic_with_key_of_aws,
        "topic",
        "topic security-operations is encrypted with the AWS managed key of SNS (alias/aws/sns)",
    ),
    "key disabled": (
        breaking.key_disabled,
        "topic",
        "the KMS key of topic security-operations is in the state Disabled, not Enabled (arn:aws:kms:us-east-1:1125",
    ),
    "key to be deleted": (
        breaking.key_scheduled_for_deletion,
        "topic",
        "the KMS key of topic security-operations is in the state PendingDeletion",
    ),
    "nobody subscribed": (
        breaking.unsubscribed,
        "subscription",
        "topic security-operations has no confirmed subscription",
    ),
    "subscription by attributes": (
        breaking.subscription_filtered({"team": ["security"]}, "MessageAttributes"),
        "subscription",
        "no subscription of topic security-operations that counts receives",
    ),
    "subscription by the message": (
        breaking.subscription_filtered({"NewStateValue": ["OK"]}, "MessageBody"),
        "subscription",
        "no subscription of topic security-operations that counts receives",
    ),
}
"""What breaks both routes behind the topic, the link that is named, and words of it."""

WITH_THE_TRAIL = ("trail stopped", "no management events")
"""Breaks that end the other route too: without a trail that records, EventBridge hears nothing from CloudTrail."""


@pytest.fixture(scope="module")
def whole(scan: Scan) -> Judged:
    """What is said while nothing is broken but what the demo breaks."""
    return scan(ACROSS, FORWARDED)


def test_every_account_passes_while_it_is_whole(company: Company, whole: Judged) -> None:
    for account in company.everybody:
        found = whole[ACROSS, account]
        assert found["outcome"] == "pass", found["reason"]
        assert "alarm RootUsage-alarm, and topic security-operations reaches an e-mail address" in found["reason"]
    assert whole[FORWARDED, company.workload.id]["outcome"] == "pass"


@pytest.mark.parametrize("link", LINKS)
def test_a_broken_link_is_named_in_every_account(link: str, company: Company, scan: Scan, whole: Judged) -> None:
    how, name, words, (what, owner, arn) = LINKS[link]
    with broken(company, how):
        found = scan(ACROSS, FORWARDED)
    for account in company.everybody:
        judged = found[ACROSS, account]
        assert (judged["outcome"], judged["details"]["first_broken"]) == ("fail", name), judged["reason"]
        assert words in judged["reason"]
        cause = {"what": what, "account": getattr(company, owner).id, "resource": f"arn:aws:{arn}"}
        assert judged["cause"] == cause
    other = found[FORWARDED, company.workload.id]
    assert other["outcome"] == ("fail" if link in WITH_THE_TRAIL else "pass"), other["reason"]
    for account in (company.management.id, company.security.id):
        assert found[FORWARDED, account]["outcome"] == whole[FORWARDED, account]["outcome"]


@pytest.mark.parametrize("link", SHARED)
def test_what_both_routes_share_breaks_both(link: str, company: Company, scan: Scan) -> None:
    how, name, words = SHARED[link]
    with broken(company, how):
        found = scan(ACROSS, FORWARDED)
    for account in company.everybody:
        judged = found[ACROSS, account]
        assert (judged["outcome"], judged["details"]["first_broken"]) == ("fail", name), judged["reason"]
        assert words in judged["reason"]
        told = judged["cause"]
        assert (told["resource"], told["account"]) == (company.topic, company.security.id)
    forwarded = found[FORWARDED, company.workload.id]
    assert forwarded["outcome"] == "fail"
    assert f"EventBridge rule forward-trail-changes (us-east-1) hears of them in vain: {words}" in forwarded["reason"]


def test_a_trail_that_is_no_longer_of_the_organization(company: Company, scan: Scan) -> None:
    with broken(company, breaking.trail_with(IsOrganizationTrail=False)):
        found = scan(ACROSS, FORWARDED)
    assert found[ACROSS, company.management.id]["outcome"] == "pass"
    for account in (company.security.id, company.workload.id):
        for rule in (ACROSS, FORWARDED):
            judged = found[rule, account]
            assert (judged["outcome"], judged["details"]["first_broken"]) == ("fail", "trail")
            assert f"account {account} has no trail" in judged["reason"]


def test_a_filter_on_one_account_loses_those_of_the_others(company: Company, scan: Scan) -> None:
    only = f"$.userIdentity.type = Root && $.recipientAccountId = {company.management.id}"
    with broken(company, breaking.filter_with(f"{{ {only} }}")):
        found = scan(ACROSS)
    outcomes = {account: found[ACROSS, account]["outcome"] for account in company.everybody}
    assert outcomes == {company.management.id: "pass", company.security.id: "fail", company.workload.id: "fail"}
    assert "metric filter RootUsage misses events with" in found[ACROSS, company.workload.id]["reason"]


def test_a_log_group_of_an_account_that_nobody_looked_at(company: Company, scan: Scan) -> None:
    group = "arn:aws:logs:us-east-1:999999999999:log-group:central:*"
    with broken(company, breaking.trail_with(CloudWatchLogsLogGroupArn=group)):
        found = scan(ACROSS)
    for account in company.everybody:
        judged = found[ACROSS, account]
        assert judged["outcome"] == "unknown"
        assert "Log group central belongs to account 999999999999, which was not looked at" in judged["reason"]


def test_single_region_trail_carries_what_happens_in_its_region(company: Company, scan: Scan) -> None:
    with broken(company, breaking.trail_with(IsMultiRegionTrail=False)):
        found = scan(ACROSS)
    assert {found[ACROSS, account]["outcome"] for account in company.everybody} == {"pass"}


def test_everything_is_mended(scan: Scan, whole: Judged) -> None:
    again: dict[tuple[str, str], Any] = {key: found["reason"] for key, found in scan(ACROSS, FORWARDED).items()}
    assert again == {key: found["reason"] for key, found in whole.items()}
