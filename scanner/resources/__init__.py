"""The kinds of resources that rules can judge, each a pure view over the recorded answers."""

from collections.abc import Collection, Mapping

from scanner.facts.rows import ResourceType
from scanner.resources.keys.kms import AUDIT_KEY
from scanner.resources.monitoring.cloudwatch import ALARM, AUDIT_ALARM
from scanner.resources.monitoring.event_buses import EVENT_BUS
from scanner.resources.monitoring.event_rules import EVENT_RULE
from scanner.resources.monitoring.event_targets import EVENT_TARGET
from scanner.resources.monitoring.logs import AUDIT_LOG_GROUP, METRIC_FILTER
from scanner.resources.monitoring.sns import AUDIT_TOPIC
from scanner.resources.reviews.accounts import REVIEWING_ACCOUNT
from scanner.resources.reviews.log_groups import REVIEWED_GROUP
from scanner.resources.storage.s3 import LOG_BUCKET
from scanner.resources.trails.cloudtrail import TRAIL
from scanner.resources.trails.coverage import COVERAGE
from scanner.resources.trails.organizations import ORGANIZATION

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
        EVENT_TARGET,
        EVENT_BUS,
        REVIEWED_GROUP,
        REVIEWING_ACCOUNT,
        ORGANIZATION,
    )
}
"""Every resource type by its name."""

FIELDS: Mapping[str, Collection[str]] = {name: kind.fields for name, kind in RESOURCES.items()}
"""The fields of every resource type by its name: what the expressions of a rule may name."""
