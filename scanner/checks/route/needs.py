"""Which calls the facts of a route rest on: at most 15 per Region, one per rule, and those behind topics."""

from scanner.audit_path.places import EVENT_LOG_GROUP_LISTING, FILLED_LOG_GROUPS
from scanner.audit_path.topics import ABOUT_ROUTE_TOPICS
from scanner.facts.uses import Use
from scanner.resources.monitoring.cloudwatch import ALARM, AUDIT_ALARM
from scanner.resources.monitoring.event_rules import EVENT_RULE
from scanner.resources.monitoring.logs import METRIC_FILTER
from scanner.resources.trails.cloudtrail import TRAIL
from scanner.resources.trails.organizations import ORGANIZATION

ROUTE_USES: frozenset[Use] = frozenset(
    {
        *TRAIL.uses({"Status", "EventSelectors", "AdvancedEventSelectors"}),
        *EVENT_RULE.uses({"Targets"}),
        *METRIC_FILTER.calls,
        *ALARM.calls,
        *AUDIT_ALARM.calls,
        *ORGANIZATION.calls,
        # Whether the trails' log groups exist and feed others.
        Use("logs.DescribeSubscriptionFilters", per=FILLED_LOG_GROUPS),
        EVENT_LOG_GROUP_LISTING,
        # Who may publish to the topics that alarms and rules notify, and who receives it.
        *ABOUT_ROUTE_TOPICS.audience,
        ABOUT_ROUTE_TOPICS.attributes,
        ABOUT_ROUTE_TOPICS.key,
        ABOUT_ROUTE_TOPICS.key_policy,
    }
)
"""What judging any route asks, whatever its scope."""
