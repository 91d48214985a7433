"""Links that the stand-in cannot break: the answers it gave over HTTP, with what AWS would tell in their place."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.demo.organization import ACROSS
from scanner.model import CallKey
from scanner.snapshot.answers import Reply
from scanner.snapshot.folder import SnapshotWriter, read_snapshot
from tests.e2e.organization.breaking import ALARM, FILTER, GROUP, Company, Judged
from tests.e2e.organization.conftest import Scan

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

Page = dict[str, Any]
Change = Callable[[Page], object]

HOME = "us-east-1"
SINK = f"arn:aws:oam:{HOME}:112579763355:sink/5b6c7d8e-9f0a-4b1c-8d2e-3f4a5b6c7d8e"
LINK = f"arn:aws:oam:{HOME}:123456789012:link/7c3b9f52-5f6e-4f0e-9d2a-1b2c3d4e5f60"
METRICS = {"ResourceTypes": ["AWS::CloudWatch::Metric"]}


@pytest.fixture(scope="module")
def collected(scan: Scan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("told") / "snapshot"
    scan.collect(target, ACROSS)
    return target


@pytest.fixture
def told(collected: Path, scan: Scan, tmp_path: Path) -> Callable[..., Judged]:
    """``told({operation: change}, further)``: what is judged when the pages of these operations were changed."""

    def judge(changes: Mapping[str, Change], further: Mapping[CallKey, Page] | None = None) -> Judged:
        whole, asked = read_snapshot(collected), dict(further or {})
        with SnapshotWriter(tmp_path / "changed") as writer:
            for call in (one for one in whole.calls if one.key not in asked):
                pages = [dict(page) for page in whole.answer(call.key).pages]
                for page in pages:
                    changes.get(call.operation, as_it_is)(page)
                said = Reply(pages=tuple(pages), items=call.items, error=call.error)
                writer.record(call.key, said, call.started)
            started = whole.calls[0].started
            for key, page in asked.items():
                writer.record(key, Reply(pages=(page,), items=1), started)
            writer.finish(dict(whole.run))
        return scan.of(tmp_path / "changed", ACROSS)

    return judge


def as_it_is(_page: Page) -> None:
    """No change."""


def each(page: Page, listed: str, name: str, value: str) -> Iterator[dict[str, Any]]:
    """The items of a list with this name."""
    return (item for item in page[listed] if item.get(name) == value)


def delivery_fails(page: Page) -> None:
    """What AWS tells once the role that delivers to the log group, or its policy, is gone."""
    if page.get("LatestCloudWatchLogsDeliveryTime"):
        page["LatestCloudWatchLogsDeliveryError"] = (
            "Access denied. Verify in IAM that the role has adequate permissions."
        )


def delivered_last_week(page: Page) -> None:
    if page.get("LatestCloudWatchLogsDeliveryTime"):
        page["LatestCloudWatchLogsDeliveryTime"] = "2026-01-01T00:00:00Z"
        page["StartLoggingTime"] = page["TimeLoggingStarted"] = "2025-12-01T00:00:00Z"


def class_without_filters(page: Page) -> None:
    for group in each(page, "logGroups", "logGroupName", GROUP):
        group["logGroupClass"] = "INFREQUENT_ACCESS"


def cannot_evaluate(page: Page) -> None:
    for alarm in each(page, "MetricAlarms", "AlarmName", ALARM):
        alarm["EvaluationState"] = "EVALUATION_ERROR"


def in_alarm_for_days(page: Page) -> None:
    for alarm in each(page, "MetricAlarms", "AlarmName", ALARM):
        alarm.update(
            StateValue="ALARM",
            StateUpdatedTimestamp="2026-01-01T00:00:00Z",
            StateTransitionedTimestamp="2026-01-01T00:00:00Z",
        )


OTHERWISE: Mapping[str, tuple[str, Change, str, str]] = {
    "delivery that fails": (
        "cloudtrail.GetTrailStatus",
        delivery_fails,
        "delivery",
        "trail org-audit",
    ),
    "delivery that ended": (
        "cloudtrail.GetTrailStatus",
        delivered_last_week,
        "delivery",
        "trail org-audit",
    ),
    "a class without metric filters": (
        "logs.DescribeLogGroups",
        class_without_filters,
        "log-group",
        "log group audit/cloudtrail is of class INFREQUENT_ACCESS",
    ),
    "an alarm that cannot evaluate": (
        "cloudwatch.DescribeAlarms",
        cannot_evaluate,
        "alarm",
        "alarm RootUsage-alarm",
    ),
    "an alarm that rang long ago": (
        "cloudwatch.DescribeAlarms",
        in_alarm_for_days,
        "actions",
        "alarm RootUsage-alarm",
    ),
}
"""The operation, what it tells otherwise, the link that breaks, and words that name it."""


@pytest.mark.parametrize("link", OTHERWISE)
def test_a_link_that_is_told_to_be_broken(link: str, company: Company, told: Callable[..., Judged]) -> None:
    operation, change, name, words = OTHERWISE[link]
    found = told({operation: change})
    for account in company.everybody:
        judged = found[ACROSS, account]
        assert (judged["outcome"], judged["details"]["first_broken"]) == ("fail", name), judged["reason"]
        assert words in judged["reason"]


def watched_from(monitor: str) -> Mapping[str, Change]:
    """The alarm in the security account instead, where it reads the metric of the account ``monitor`` names."""
    metric = {"Namespace": "CloudTrailMetrics", "MetricName": FILTER, "Dimensions": []}
    stat = {"Metric": metric, "Period": 300, "Stat": "Sum"}
    alarm = {
        "AlarmName": ALARM,
        "AlarmArn": f"arn:aws:cloudwatch:{HOME}:112579763355:alarm:{ALARM}",
        "Metrics": [{"Id": "m1", "AccountId": monitor, "MetricStat": stat, "ReturnData": True}],
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "ActionsEnabled": True,
        "AlarmActions": [f"arn:aws:sns:{HOME}:112579763355:security-operations"],
        "StateValue": "OK",
    }

    def move(page: Page) -> None:
        had = any(each(page, "MetricAlarms", "AlarmName", ALARM))
        page["MetricAlarms"] = [] if had else [alarm]

    def admit(page: Page) -> None:
        found = page["Attributes"]
        page["Attributes"] = {**found, "Policy": found["Policy"].replace("123456789012", "112579763355")}

    return {"cloudwatch.DescribeAlarms": move, "sns.GetTopicAttributes": admit}


def sharing(company: Company, operation: str = "", **members: Any) -> dict[CallKey, Page]:
    """The calls about the link between the two accounts; one of them may tell other members."""
    source, monitor = company.management.id, company.security.id
    link = {"Arn": LINK, "Label": "management", "SinkArn": SINK, **METRICS}
    attached = {"LinkArn": LINK, "Label": "management", **METRICS}
    found: dict[CallKey, Page] = {
        CallKey(source, HOME, "oam.ListLinks", {}): {"Items": [link]},
        CallKey(source, HOME, "oam.GetLink", {"Identifier": LINK}): link,
        CallKey(monitor, HOME, "oam.ListSinks", {}): {"Items": [{"Arn": SINK, "Id": "5b6c7d8e", "Name": "central"}]},
        CallKey(monitor, HOME, "oam.ListAttachedLinks", {"SinkIdentifier": SINK}): {"Items": [attached]},
    }
    return {key: {**page, **members} if key.operation == operation else page for key, page in found.items()}


def test_an_alarm_of_the_monitoring_account_on_a_metric_of_the_source_account(
    company: Company, told: Callable[..., Judged]
) -> None:
    found = told(watched_from(company.management.id), sharing(company))
    for account in company.everybody:
        assert found[ACROSS, account]["outcome"] == "pass", found[ACROSS, account]["reason"]


UNLINKED: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "no link": ("oam.ListLinks", {"Items": []}, "has no link in us-east-1 over which account 112579763355 sees"),
    "a filter on another namespace": (
        "oam.GetLink",
        {"LinkConfiguration": {"MetricConfiguration": {"Filter": "Namespace IN ('AWS/EC2')"}}},
        "leaves out the namespace CloudTrailMetrics",
    ),
    "no sink": ("oam.ListSinks", {"Items": []}, "leads to a sink that does not exist"),
    "not attached": ("oam.ListAttachedLinks", {"Items": []}, "is not attached to its sink for metrics"),
}


@pytest.mark.parametrize("link", UNLINKED)
def test_what_keeps_the_monitoring_account_from_the_metric_is_named(
    link: str, company: Company, told: Callable[..., Judged]
) -> None:
    operation, members, words = UNLINKED[link]
    found = told(watched_from(company.management.id), sharing(company, operation, **members))
    for account in company.everybody:
        judged = found[ACROSS, account]
        assert judged["outcome"] != "pass"
        assert words in judged["reason"]
