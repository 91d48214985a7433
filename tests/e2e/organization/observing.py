"""Cross-account observability: the alarm in the security account instead, over a link of the management account."""

from dataclasses import dataclass
from typing import Any

from tests.e2e.organization.breaking import (
    ALARM,
    Break,
    Company,
    Mend,
    put_alarm,
    set_topic,
    topic_attribute,
)

METRICS, LOGS = ["AWS::CloudWatch::Metric"], ["AWS::Logs::LogGroup"]
_COUNTED = "SELECT SUM(RootUsage) FROM CloudTrailMetrics"


@dataclass(frozen=True)
class Link:
    """A link from the management account to a sink of the security account, by their ARNs."""

    arn: str
    sink: str


def watch_over_a_link(company: Company) -> tuple[Link, Mend]:
    """The alarm watches the metric from the security account; moto keeps no account beside a metric of an alarm."""
    link = share_metrics(company)
    company.management.client("cloudwatch").delete_alarms(AlarmNames=[ALARM])
    of = f"WHERE AWS.AccountId = '{company.management.id}'"
    alarms = company.security.client("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName=ALARM,
        Metrics=[{"Id": "q1", "Expression": f"{_COUNTED} {of}", "Period": 300, "ReturnData": True}],
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[company.topic],
    )
    before = topic_attribute(company, "Policy")
    set_topic(company, "Policy", before.replace(company.management.id, company.security.id))

    def mend() -> None:
        set_topic(company, "Policy", before)
        alarms.delete_alarms(AlarmNames=[ALARM])
        company.management.client("oam").delete_link(Identifier=link.arn)
        company.security.client("oam").delete_sink(Identifier=link.sink)
        put_alarm(company)

    return link, mend


def share_metrics(company: Company) -> Link:
    sink = str(company.security.client("oam").create_sink(Name="observability")["Arn"])
    links = company.management.client("oam")
    made = links.create_link(LabelTemplate="$AccountName", ResourceTypes=METRICS, SinkIdentifier=sink)
    return Link(str(made["Arn"]), sink)


def link_sharing(link: Link, resources: list[str], **configuration: Any) -> Break:
    """The link with other kinds of telemetry, or a filter on them."""

    def change(company: Company) -> Mend:
        links = company.management.client("oam")
        links.update_link(Identifier=link.arn, ResourceTypes=resources, LinkConfiguration=configuration)
        return lambda: links.update_link(Identifier=link.arn, ResourceTypes=METRICS, LinkConfiguration={})

    return change
