"""The reads of EventBridge: buses, rules and targets."""

from scanner.aws.reads.operation import Operation

EVENT_OPERATIONS = (
    Operation("events.ListRules", ("events:ListRules",), ("Rules",), {}, ("Rules",), paginated=True),
    Operation(  # no paginator; an account has 100 buses per Region unless its quota was raised
        "events.ListEventBuses",
        ("events:ListEventBuses",),
        ("EventBuses",),
        {"Limit": 100},
        ("EventBuses",),
    ),
    Operation(
        "events.DescribeEventBus",
        ("events:DescribeEventBus",),
        ("Arn",),
        {"Name": "$bus"},
        absent=("ResourceNotFoundException",),
    ),
    Operation(  # headers and query parameters of HTTP targets may hold a token
        "events.ListTargetsByRule",
        ("events:ListTargetsByRule",),
        ("Targets",),
        {"Rule": "$rule"},
        ("Targets",),
        paginated=True,
        absent=("ResourceNotFoundException",),
        withheld=("Targets.HttpParameters",),
    ),
)
"""Part of the table ``OPERATIONS``."""
