"""The API calls that may be made: the one table that collecting, the read-only guard and the IAM policy share.

A call is declared once: with which arguments it is made, what its answer must hold, which error codes mean "does not
exist", and which IAM actions it needs. For what it is made, a ``Use`` says (see ``scanner.facts.uses``). Nothing here
talks to AWS.
"""

from collections.abc import Mapping

from scanner.aws.reads.accounts import ACCOUNT_OPERATIONS
from scanner.aws.reads.delivery import DELIVERY_OPERATIONS
from scanner.aws.reads.events import EVENT_OPERATIONS
from scanner.aws.reads.logs import FRONT_END_OPERATIONS, LOG_GROUP_OPERATIONS
from scanner.aws.reads.monitoring import MONITORING_OPERATIONS
from scanner.aws.reads.operation import Operation
from scanner.aws.reads.routes import ROUTE_OPERATIONS
from scanner.aws.reads.storage import STORAGE_OPERATIONS
from scanner.aws.reads.targets import TARGET_OPERATIONS
from scanner.aws.reads.telemetry import TELEMETRY_OPERATIONS
from scanner.aws.reads.trails import TRAIL_OPERATIONS

__all__ = ["OPERATIONS", "SESSION", "Operation"]

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        *ACCOUNT_OPERATIONS,
        *TRAIL_OPERATIONS,
        *LOG_GROUP_OPERATIONS,
        *FRONT_END_OPERATIONS,
        *MONITORING_OPERATIONS,
        *EVENT_OPERATIONS,
        *DELIVERY_OPERATIONS,
        *STORAGE_OPERATIONS,
        *ROUTE_OPERATIONS,
        *TARGET_OPERATIONS,
        *TELEMETRY_OPERATIONS,
    )
}
"""Every operation that may be called at all, by name. All of them read."""

SESSION = ("sts.GetCallerIdentity", "ec2.DescribeRegions")
"""Made by every collection; the second one only when no Regions were named."""
