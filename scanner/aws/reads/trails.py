"""The reads of trails and event data stores."""

from scanner.aws.reads.operation import Operation

TRAIL_OPERATIONS = (
    Operation(
        "cloudtrail.DescribeTrails",
        ("cloudtrail:DescribeTrails",),
        ("trailList",),
        {"includeShadowTrails": True},
        ("trailList",),
    ),
    Operation(  # no paginator; an account has ten event data stores per Region, far less than the page asked for
        "cloudtrail.ListEventDataStores",
        ("cloudtrail:ListEventDataStores",),
        ("EventDataStores",),
        {"MaxResults": 1000},
        ("EventDataStores",),
    ),
    Operation(
        "cloudtrail.GetEventDataStore",
        ("cloudtrail:GetEventDataStore",),
        ("EventDataStoreArn",),
        {"EventDataStore": "$store"},
        absent=("EventDataStoreNotFoundException",),
    ),
    Operation(  # those of the last seven days, when no times are given
        "cloudtrail.ListQueries",
        ("cloudtrail:ListQueries",),
        ("Queries",),
        {"EventDataStore": "$store"},
        ("Queries",),
        next_page="NextToken",
        absent=("EventDataStoreNotFoundException", "InactiveEventDataStoreException"),
    ),
    Operation(  # of which trail comes with what is asked about
        "cloudtrail.ListTags",
        ("cloudtrail:ListTags",),
        ("ResourceTagList",),
        {},
        ("ResourceTagList",),
        paginated=True,
    ),
    Operation("cloudtrail.GetTrailStatus", ("cloudtrail:GetTrailStatus",), ("IsLogging",), {"Name": "$trail"}),
    Operation(
        "cloudtrail.GetEventSelectors",
        ("cloudtrail:GetEventSelectors",),
        ("EventSelectors", "AdvancedEventSelectors"),
        {"TrailName": "$trail"},
        ("EventSelectors", "AdvancedEventSelectors"),
    ),
    Operation(  # of a trail or of an event data store
        "cloudtrail.GetInsightSelectors",
        ("cloudtrail:GetInsightSelectors",),
        ("TrailARN", "EventDataStoreArn", "InsightSelectors"),
        {"TrailName": "$trail?", "EventDataStore": "$store?"},
        ("InsightSelectors",),
        absent=("InsightNotEnabledException",),
    ),
)
"""Part of the table ``OPERATIONS``."""
