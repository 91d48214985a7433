"""The filters of each CIS version's own text, deployed at a local endpoint, pass the monitoring of that version."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.aws.options import Account
from scanner.content.frameworks import framework_ids
from scanner.content.rules import load_rules
from scanner.demo.clients import HOME, Clients
from scanner.demo.clients import environment as at_endpoint
from scanner.model import Assessment, Outcome, RouteCheck
from scanner.runs.collecting import collect_snapshot
from scanner.runs.scanning import scan_snapshot
from scanner.runs.selection import select

pytestmark = [pytest.mark.slow]

ACCOUNT = "444455556666"
ROLE = "Audit"
GROUP = "audit/cloudtrail"
SERIES = (
    # versions with the same patterns are judged over one deployment
    ("1.2.0",),
    ("1.4.0", "1.5.0"),
    ("2.0.0",),
    ("3.0.0", "4.0.1"),
    ("5.0.0", "6.0.0", "7.0.0"),
)


def named(version: str) -> str:
    """What the rules call a version."""
    return f"cis-{version if version == '4.0.1' else version.rpartition('.')[0]}"


def published(version: str) -> Mapping[str, Sequence[str]]:
    """The patterns that a version publishes, by the rule that judges them."""
    found: dict[str, Sequence[str]] = {}
    for rule in load_rules(areas={"route"}):
        for item in rule.check.published if isinstance(rule.check, RouteCheck) else ():
            if named(version) in item.versions:
                found[rule.id] = item.patterns
    return found


@pytest.fixture(scope="module")
def account(moto_endpoint: str) -> Iterator[Clients]:
    """An account of its own, with a trail, an alarm on each metric, and a topic with a confirmed subscriber."""
    clients = Clients(moto_endpoint).in_account(ACCOUNT, ROLE)
    clients.client("organizations").create_organization(FeatureSet="ALL")
    topic = clients.client("sns").create_topic(Name="alerts")["TopicArn"]
    clients.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="security@example.com")
    clients.client("s3").create_bucket(Bucket="published-versions")
    clients.client("logs").create_log_group(logGroupName=GROUP)
    trails = clients.client("cloudtrail")
    trails.create_trail(
        Name="audit",
        S3BucketName="published-versions",
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=clients.arn("logs", f"log-group:{GROUP}:*"),
        CloudWatchLogsRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}",
    )
    trails.start_logging(Name="audit")
    for rule in published("7.0.0"):
        clients.client("cloudwatch").put_metric_alarm(
            AlarmName=rule,
            Namespace="CIS",
            MetricName=rule,
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            AlarmActions=[topic],
        )
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in at_endpoint(moto_endpoint).items():
            patch.setenv(name, value)
        yield clients
    # The stand-in tells every account of the event data stores beside a trail, and the next test wants none.
    trails.delete_trail(Name="audit")


def deploy(account: Clients, version: str) -> None:
    """A filter for each recommendation, with the last of the patterns that the version offers for it."""
    logs: Any = account.client("logs")
    for rule, patterns in published(version).items():
        # The stand-in keeps a filter beside another of its name.
        logs.delete_metric_filter(logGroupName=GROUP, filterName=rule)
        counted = [{"metricNamespace": "CIS", "metricName": rule, "metricValue": "1"}]
        logs.put_metric_filter(
            logGroupName=GROUP, filterName=rule, filterPattern=patterns[-1].strip(), metricTransformations=counted
        )


def scanned(target: Path, versions: Sequence[str]) -> Assessment:
    """The account, judged by the routes of these versions; nothing else is asked about."""
    selection = select([f"cis-aws-{version}" for version in versions], (), (), ())
    routes = tuple(rule for rule in selection.rules if isinstance(rule.check, RouteCheck))
    selection = replace(selection, rules=routes)
    reached = Account(regions=(HOME,), role_arn=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}")
    collect_snapshot(reached, selection.rules, target)
    return scan_snapshot(target, selection).assessment


def monitoring(assessment: Assessment, version: str) -> Mapping[str, Outcome]:
    """The outcomes of the monitoring recommendations that routes decide."""
    found: dict[str, Outcome] = {}
    for control in assessment.controls:
        if control.framework == f"cis-aws-{version}" and any(rule.startswith("route.") for rule in control.rules):
            found[control.id] = control.outcome
    return found


def test_the_patterns_of_a_version_pass_its_monitoring(account: Clients, tmp_path: Path) -> None:
    # One test: the stand-in is started once, and only the filters change from one version to the next.
    for versions in SERIES:
        assert all(published(version) == published(versions[0]) for version in versions)
        deploy(account, versions[0])
        later = ("5.0.0",) if "4.0.1" in versions else ()
        assessment = scanned(tmp_path / versions[0], [*versions, *later])
        for version in versions:
            outcomes = monitoring(assessment, version)
            assert len(outcomes) == (14 if version == "1.2.0" else 15)
            assert set(outcomes.values()) == {Outcome.PASS}, (version, outcomes)
        for version in later:
            # Since 5.0 changes of rules in place are asked for too.
            outcomes = monitoring(assessment, version)
            assert [control for control, outcome in outcomes.items() if outcome is not Outcome.PASS] == ["4.10"]
            assert outcomes["4.10"] is Outcome.FAIL


def test_every_version_is_deployed() -> None:
    shipped = [each for each in framework_ids() if each.startswith("cis-aws-")]
    assert [f"cis-aws-{version}" for versions in SERIES for version in versions] == shipped
