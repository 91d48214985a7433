"""From rules to calls: all that is needed, nothing else, and in an order that can be followed."""

from collections.abc import Callable

import pytest

from scanner.aws.operations import SESSION
from scanner.collect.needs import Use
from scanner.collect.plan import stages, uses_for
from scanner.errors import ContentError
from scanner.model import Clause, Outcome, ResourceCheck, RouteCheck, Rule

ROUTE = {
    "cloudtrail.DescribeTrails",
    "cloudtrail.GetTrailStatus",
    "cloudtrail.GetEventSelectors",
    "logs.DescribeLogGroups",
    "logs.DescribeLogGroups@event-log-listing",
    "logs.DescribeMetricFilters",
    "logs.DescribeSubscriptionFilters@filled-log-group",
    "organizations.DescribeOrganization",
    "cloudwatch.DescribeAlarms",
    "events.ListRules",
    "sns.ListSubscriptionsByTopic@alarm-topic",
    "sns.GetSubscriptionAttributes@alarm-subscription",
    "sns.GetTopicAttributes@alarm-topic",
    "kms.DescribeKey@alarm-topic-key",
    "kms.GetKeyPolicy@alarm-topic-key-arn",
    "lambda.GetFunctionConcurrency@alarm-function",
    "sqs.GetQueueUrl@alarm-queue",
    "firehose.ListTagsForDeliveryStream@alarm-stream",
}


def names(uses: tuple[Use, ...]) -> set[str]:
    return {use.name for use in uses} - set(SESSION)


def test_every_collection_says_who_and_where() -> None:
    assert [use.name for use in uses_for(())] == sorted(SESSION)


def test_a_route_needs_the_calls_of_its_links(route_rule: Rule) -> None:
    assert names(uses_for([route_rule])) == ROUTE


def test_a_route_of_the_organization_needs_the_same(rule: Callable[..., Rule]) -> None:
    check = RouteCheck("{ $.a = 1 }", None, ("metric-filter",), 1, 300, "organization-management")
    assert names(uses_for([rule(check)])) == ROUTE


@pytest.mark.parametrize(
    ("resource", "fields", "expected"),
    [
        ("cloudtrail.trail", ["Name"], {"cloudtrail.DescribeTrails"}),
        ("cloudtrail.trail", ["Status"], {"cloudtrail.DescribeTrails", "cloudtrail.GetTrailStatus"}),
        ("cloudtrail.trail", ["KmsKey"], {"cloudtrail.DescribeTrails", "kms.DescribeKey@trail-key"}),
        ("s3.log_bucket", ["Acl"], {"cloudtrail.DescribeTrails", "s3.GetBucketAcl"}),
        (
            "s3.log_bucket",
            ["EncryptionKey"],
            {"cloudtrail.DescribeTrails", "s3.HeadBucket", "s3.GetBucketEncryption", "kms.DescribeKey@bucket-key"},
        ),
        (
            "kms.audit_key",
            ["Rotation"],
            {
                "cloudtrail.DescribeTrails",
                "cloudtrail.ListEventDataStores",
                "logs.DescribeLogGroups@event-log-listing",
                "cloudtrail.GetEventDataStore",
                "logs.DescribeLogGroups",
                "logs.DescribeMetricFilters",
                "cloudwatch.DescribeAlarms",
                "events.ListRules",
                "events.ListTargetsByRule",
                "sns.GetTopicAttributes",
                "s3.HeadBucket",
                "s3.GetBucketEncryption",
                "kms.DescribeKey",
                "kms.GetKeyRotationStatus",
            },
        ),
        ("cloudwatch.alarm", ["AlarmName"], {"cloudtrail.DescribeTrails", "cloudwatch.DescribeAlarms"}),
        ("organizations.organization", ["Exists"], {"organizations.DescribeOrganization"}),
    ],
)
def test_only_what_the_fields_need(
    resource: str, fields: list[str], expected: set[str], resource_rule: Callable[..., Rule]
) -> None:
    assert names(uses_for([resource_rule(resource, *fields)])) == expected


def test_what_names_a_thing_comes_first(every_rule: tuple[Rule, ...]) -> None:
    uses = uses_for(every_rule)
    ordered = stages(uses)
    place = {use.name: number for number, stage in enumerate(ordered) for use in stage}
    assert set(place) == names(uses)
    for use in uses:
        for needed in set(use.needs) - set(SESSION):
            assert place[needed] < place[use.name]
    assert len(ordered) <= 5


def test_the_order_of_rules_does_not_matter(every_rule: tuple[Rule, ...]) -> None:
    assert uses_for(every_rule) == uses_for(tuple(reversed(every_rule)))


def test_an_unknown_resource_type_is_a_wrong_rule(rule: Callable[..., Rule]) -> None:
    check = ResourceCheck("s3.unheard_of", (Clause("`true`", "it is off"),), None, Outcome.FAIL, frozenset())
    with pytest.raises(ContentError, match=r"area/rule\.yaml.*'s3\.unheard_of'.*cloudtrail\.trail"):
        uses_for([rule(check)])
