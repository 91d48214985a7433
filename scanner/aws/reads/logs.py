"""The reads of log groups: filters, policies, queries and detectors, never of their events."""

from scanner.aws.reads.operation import Operation

LOG_GROUP_OPERATIONS = (
    Operation(
        "logs.DescribeLogGroups",
        ("logs:DescribeLogGroups",),
        ("logGroups",),
        {"logGroupNamePrefix": "$group"},
        ("logGroups",),
        paginated=True,
        unlisted=("ResourceNotFoundException",),
    ),
    Operation(
        "logs.DescribeMetricFilters",
        ("logs:DescribeMetricFilters",),
        ("metricFilters",),
        {"logGroupName": "$group"},
        ("metricFilters",),
        paginated=True,
        absent=("ResourceNotFoundException",),
    ),
    Operation(
        "logs.DescribeSubscriptionFilters",
        ("logs:DescribeSubscriptionFilters",),
        ("subscriptionFilters",),
        {"logGroupName": "$group"},
        ("subscriptionFilters",),
        paginated=True,
        absent=("ResourceNotFoundException",),
    ),
    Operation(
        "logs.DescribeResourcePolicies",
        ("logs:DescribeResourcePolicies",),
        ("resourcePolicies",),
        {},
        ("resourcePolicies",),
        paginated=True,
        unlisted=("ResourceNotFoundException",),
    ),
    Operation(
        "logs.ListScheduledQueries",
        ("logs:ListScheduledQueries",),
        ("scheduledQueries",),
        {},
        ("scheduledQueries",),
        paginated=True,
    ),
    Operation(
        "logs.GetScheduledQuery",
        ("logs:GetScheduledQuery",),
        ("scheduledQueryArn",),
        {"identifier": "$query"},
        absent=("ResourceNotFoundException",),
    ),
    Operation(  # the times come with each query
        "logs.GetScheduledQueryHistory",
        ("logs:GetScheduledQueryHistory",),
        ("triggerHistory",),
        {"identifier": "$query", "startTime": 0, "endTime": 0},
        ("triggerHistory",),
        paginated=True,
        absent=("ResourceNotFoundException",),
    ),
    Operation(
        "logs.DescribeQueryDefinitions",
        ("logs:DescribeQueryDefinitions",),
        ("queryDefinitions",),
        {},
        ("queryDefinitions",),
        next_page="nextToken",
    ),
    Operation(
        "logs.ListLogAnomalyDetectors",
        ("logs:ListLogAnomalyDetectors",),
        ("anomalyDetectors",),
        {},
        ("anomalyDetectors",),
        paginated=True,
    ),
)
"""Part of the table ``OPERATIONS``."""
