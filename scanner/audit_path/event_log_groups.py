"""Log groups that CloudTrail events enter without a trail, known by their name.

Telemetry rules let CloudTrail events into CloudWatch Logs over service-linked channels, in each Region into log groups
named ``aws/cloudtrail/<event-types>``. Source: CloudWatch User Guide, "Enable CloudTrail events in CloudWatch Logs" (as
far as it says: the name alone tells such a group, not whether a rule still feeds it).
"""

from collections.abc import Mapping
from typing import Any

from scanner.arns import Arn

PREFIX = "aws/cloudtrail/"
"""What the names of such log groups begin with."""

MANAGEMENT_EVENTS, DATA_EVENTS = f"{PREFIX}managementevents", f"{PREFIX}dataevents"
"""The one for management events, and the one for data events. Which events enter another is documented nowhere.

Source: AWS Observability Best Practices, "Migrating from CloudTrail Lake to CloudWatch" (names of log groups).
"""

LISTING: Mapping[str, Any] = {"logGroupNamePrefix": PREFIX}
"""The arguments of ``logs.DescribeLogGroups`` that list them all."""


def event_log_group(listed: Any) -> str:
    """The name of a listed log group that is one of them, else ""."""
    name = listed.get("logGroupName") if isinstance(listed, Mapping) else None
    return name if isinstance(name, str) and name.startswith(PREFIX) and name != PREFIX else ""


def event_log_group_arn(partition: str, region: str, account: str, name: str) -> str:
    """The ARN of a log group without the trailing ``:*`` (CloudWatch Logs API reference, ``LogGroup.logGroupArn``)."""
    return str(Arn(partition, "logs", region, account, f"log-group:{name}"))
