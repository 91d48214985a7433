"""The kinds of resources that rules can judge, each a pure view over the recorded answers."""

from collections.abc import Mapping

from scanner.facts.rows import ResourceType
from scanner.resources.cloudtrail import TRAIL
from scanner.resources.cloudwatch import ALARM, AUDIT_ALARM
from scanner.resources.coverage import COVERAGE
from scanner.resources.event_rules import EVENT_RULE
from scanner.resources.kms import AUDIT_KEY
from scanner.resources.logs import AUDIT_LOG_GROUP, METRIC_FILTER
from scanner.resources.organizations import ORGANIZATION
from scanner.resources.s3 import LOG_BUCKET
from scanner.resources.sns import AUDIT_TOPIC

RESOURCES: Mapping[str, ResourceType] = {
    kind.name: kind
    for kind in (
        TRAIL,
        COVERAGE,
        LOG_BUCKET,
        AUDIT_KEY,
        AUDIT_LOG_GROUP,
        METRIC_FILTER,
        ALARM,
        AUDIT_ALARM,
        AUDIT_TOPIC,
        EVENT_RULE,
        ORGANIZATION,
    )
}
"""Every resource type by its name."""
