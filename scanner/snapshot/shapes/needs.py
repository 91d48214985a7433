"""What an answer must hold to mean anything, beyond what AWS's service models state.

The models call few members of answers required, although AWS always sends them. Without these a resource would be taken
for another one, or for none at all: an alarm without a metric watches nothing, a grant without a grantee opens nothing.
Source: the API reference of each service, which says when a member is there.
"""

from collections.abc import Mapping

NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "accessanalyzer.FindingSummaryV2": (("findingType",),),
    "apigateway.RestApi": (("id",),),
    "apigateway.Stage": (("stageName",),),
    "apigatewayv2.Api": (("ApiId",),),
    "cloudfront.DistributionSummary": (("Id",), ("ARN",)),
    "cloudtrail.DataResource": (("Type",),),
    "cloudtrail.EventDataStore": (("EventDataStoreArn",),),
    "cloudtrail.InsightSelector": (("InsightType",),),
    "cloudtrail.Query": (("QueryStatus",), ("CreationTime",)),
    "cloudtrail.ResourceTag": (("ResourceId",),),
    "cloudtrail.Tag": (("Key",),),
    "cloudtrail.Trail": (("TrailARN",),),
    "cloudwatch.AlarmMuteRuleSummary": (("AlarmMuteRuleArn",), ("Status",)),
    "cloudwatch.CompositeAlarm": (("AlarmName",), ("AlarmRule",)),
    "cloudwatch.GetAlarmMuteRuleOutput": (("Rule",), ("Status",)),
    "cloudwatch.LogAlarm": (("AlarmName",), ("ScheduledQueryConfiguration",)),
    "cloudwatch.Metric": (("MetricName",), ("Namespace",)),
    "cloudwatch.MetricAlarm": (("AlarmName",), ("MetricName", "Metrics", "EvaluationCriteria")),
    "cloudwatch.MetricDataQuery": (("MetricStat", "Expression"),),
    "ec2.FlowLog": (("FlowLogId",), ("ResourceId",)),
    "config.AggregatedSourceStatus": (("LastUpdateStatus",), ("SourceId",)),
    "config.ConfigurationAggregator": (
        ("ConfigurationAggregatorName",),
        ("OrganizationAggregationSource", "AccountAggregationSources"),
    ),
    "config.ConfigurationRecorder": (("name",), ("recordingGroup",)),
    "config.ConfigurationRecorderStatus": (("name",), ("recording",)),
    "config.DeliveryChannel": (("name",), ("s3BucketName",)),
    "config.DeliveryChannelStatus": (("name",),),
    "config.RetentionConfiguration": (("RetentionPeriodInDays",),),
    "ec2.Region": (("RegionName",),),
    "ec2.Vpc": (("VpcId",), ("OwnerId",)),
    "elb.LoadBalancerAttributes": (("AccessLog",),),
    "elb.LoadBalancerDescription": (("LoadBalancerName",),),
    "elbv2.LoadBalancer": (("LoadBalancerArn",), ("Type",)),
    "elbv2.LoadBalancerAttribute": (("Key",),),
    "events.DescribeApiDestinationResponse": (("ApiDestinationState",),),
    "events.DescribeConnectionResponse": (("ConnectionState",),),
    "events.EventBus": (("Name",), ("Arn",)),
    "events.Rule": (("Name",), ("EventPattern", "ScheduleExpression")),
    "events.Target": (("Arn",),),
    "iam.AttachedPolicy": (("PolicyArn",),),
    "iam.GroupDetail": (("GroupName",),),
    "iam.ManagedPolicyDetail": (("Arn",), ("PolicyVersionList",)),
    "iam.Policy": (("DefaultVersionId",),),
    "iam.PolicyDetail": (("PolicyDocument",),),
    "iam.PolicyVersion": (("Document",),),
    "iam.Role": (("AssumeRolePolicyDocument",),),
    "iam.RoleDetail": (("Arn",), ("Path",)),
    "iam.UserDetail": (("Arn",),),
    "kms.GrantListEntry": (("GranteePrincipal", "GranteeServicePrincipal"), ("Operations",)),
    "kms.KeyMetadata": (("KeyManager",), ("KeyState",)),
    "logs.AccountPolicy": (("policyDocument",),),
    "logs.AnomalyDetector": (("anomalyDetectorArn",),),
    "logs.Delivery": (("deliverySourceName",), ("deliveryDestinationArn",)),
    "logs.DeliverySource": (("name",), ("resourceArns",), ("logType",)),
    "logs.GetScheduledQueryResponse": (("name",), ("state",)),
    "logs.LogGroup": (("logGroupName",),),
    "oam.ListAttachedLinksItem": (("LinkArn",), ("ResourceTypes",)),
    "oam.ListLinksItem": (("Arn",), ("SinkArn",), ("ResourceTypes",)),
    "oam.ListSinksItem": (("Arn",),),
    "logs.MetricFilter": (("filterName",), ("metricTransformations",)),
    "logs.MetricTransformation": (("metricName",), ("metricNamespace",), ("metricValue",)),
    "logs.QueryDefinition": (("name",), ("queryString",)),
    "logs.ResourcePolicy": (("policyDocument",),),
    "logs.ScheduledQuerySummary": (("scheduledQueryArn",),),
    "logs.SubscriptionFilter": (("filterName",), ("destinationArn",)),
    "logs.TriggerHistoryRecord": (("executionStatus",), ("triggeredTimestamp",)),
    "organizations.Account": (("Id",), ("State", "Status")),
    "organizations.Organization": (("MasterAccountId",),),
    "organizations.Parent": (("Id",), ("Type",)),
    "organizations.Policy": (("Content",),),
    "organizations.PolicySummary": (("Id",),),
    "organizations.PolicyTargetSummary": (("TargetId",),),
    "stepfunctions.DescribeStateMachineOutput": (("status",),),
    "s3.Bucket": (("Name",),),
    "s3.DefaultRetention": (("Mode",), ("Days", "Years")),
    "s3.Grant": (("Grantee",), ("Permission",)),
    "s3.Grantee": (("ID", "URI", "EmailAddress"),),
    "s3.LoggingEnabled": (("TargetBucket",),),
    "s3.PolicyStatus": (("IsPublic",),),
    "s3.ReplicationRule": (("Status",), ("Destination",)),
    "s3.Tag": (("Key",),),
    "s3.Transition": (("StorageClass",), ("Days", "Date")),
    "sns.Subscription": (("SubscriptionArn",), ("Protocol",)),
}
"""By structure, the members it needs; of several joined in one tuple, one is enough. Texts and lists are not empty."""

COMPANIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "cloudwatch.MetricAlarm": (("MetricName", "Namespace"),),
}
"""By structure, pairs of members: with the first the second is needed too."""

NEVER_EMPTY: frozenset[str] = frozenset(
    {"sns.GetSubscriptionAttributesResponse.Attributes", "sns.GetTopicAttributesResponse.Attributes"}
)
"""Maps that AWS never answers empty, by ``<structure>.<member>``."""

DOCUMENTS: frozenset[str] = frozenset(
    {
        "cloudwatch.InsightRule.Definition",
        "events.DescribeEventBusResponse.Policy",
        "events.EventBus.Policy",
        "events.Rule.EventPattern",
        "kms.GetKeyPolicyResponse.Policy",
        "logs.ResourcePolicy.policyDocument",
        "oam.GetSinkPolicyOutput.Policy",
        "s3.GetBucketPolicyOutput.Policy",
        "sns.GetSubscriptionAttributesResponse.Attributes.FilterPolicy",
        "sns.GetTopicAttributesResponse.Attributes.Policy",
    }
)
"""Texts that hold a JSON object, by ``<structure>.<member>``."""

MAYBE_EMPTY: frozenset[str] = frozenset({"sns.GetSubscriptionAttributesResponse.Attributes.FilterPolicy"})
"""Those of them that may be empty, which says that there is no document."""
