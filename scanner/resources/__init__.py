"""The kinds of resources that rules can judge, each a pure view over the recorded answers."""

import importlib
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

from scanner.facts.rows import ResourceType

_PLACES: Mapping[str, str] = {
    "cloudtrail.trail": "scanner.resources.trails.cloudtrail:TRAIL",
    "cloudtrail.coverage": "scanner.resources.trails.coverage:COVERAGE",
    "cloudtrail.integration": "scanner.resources.trails.integrations:INTEGRATION",
    "cloudtrail.event_data_store": "scanner.resources.trails.event_data_stores:STORE",
    "cloudtrail.tagged_trail": "scanner.resources.trails.tags:TAGGED_TRAIL",
    "s3.bucket": "scanner.resources.storage.buckets:BUCKET",
    "s3.log_bucket": "scanner.resources.storage.s3:LOG_BUCKET",
    "kms.audit_key": "scanner.resources.keys.kms:AUDIT_KEY",
    "logs.audit_log_group": "scanner.resources.monitoring.logs:AUDIT_LOG_GROUP",
    "logs.metric_filter": "scanner.resources.monitoring.logs:METRIC_FILTER",
    "cloudwatch.alarm": "scanner.resources.monitoring.cloudwatch:ALARM",
    "cloudwatch.audit_alarm": "scanner.resources.monitoring.cloudwatch:AUDIT_ALARM",
    "cloudwatch.audit_log_group": "scanner.resources.monitoring.heartbeats:SILENT_GROUP",
    "cloudwatch.metric_filter": "scanner.resources.monitoring.watched_filters:WATCHED_FILTER",
    "cloudwatch.account": "scanner.resources.reviews.sharing:SHARING",
    "sns.audit_topic": "scanner.resources.monitoring.sns:AUDIT_TOPIC",
    "events.event_rule": "scanner.resources.monitoring.eventbridge.event_rules:EVENT_RULE",
    "events.event_target": "scanner.resources.monitoring.eventbridge.event_targets:EVENT_TARGET",
    "events.event_bus": "scanner.resources.monitoring.eventbridge.event_buses:EVENT_BUS",
    "iam.principal": "scanner.resources.access.principals:PRINCIPAL",
    "insights.audit_log_group": "scanner.resources.reviews.log_groups:REVIEWED_GROUP",
    "insights.event_data_store": "scanner.resources.reviews.event_stores:EVENT_STORE",
    "insights.account": "scanner.resources.reviews.accounts:REVIEWING_ACCOUNT",
    "accessanalyzer.account": "scanner.resources.detection.analyzers:ANALYZERS",
    "securityhub.account": "scanner.resources.detection.security_hub:SECURITY_HUB",
    "guardduty.account": "scanner.resources.detection.guardduty:GUARDDUTY",
    "organizations.account": "scanner.resources.organizations.accounts:ORGANIZATION_ACCOUNT",
    "guardduty.detector": "scanner.resources.detection.exports:EXPORTING_DETECTOR",
    "detection.account": "scanner.resources.detection.findings:HIGH_FINDINGS",
    "ec2.vpc": "scanner.resources.detection.vpcs:VPC",
    "web.front_end": "scanner.resources.detection.front_ends:FRONT_END",
    "organizations.delegation": "scanner.resources.organizations.delegations:DELEGATION",
    "config.account": "scanner.resources.configuration.recorders:ACCOUNT_RECORDERS",
    "config.delivery_channel": "scanner.resources.configuration.channels:CHANNEL",
    "config.organization": "scanner.resources.configuration.aggregators:AGGREGATION",
    "account.account": "scanner.resources.configuration.contacts:CONTACTS",
    "organizations.organization": "scanner.resources.trails.organizations:ORGANIZATION",
}
"""Name → module:attribute of every resource type. A rule needs one of them: the others are not imported for it."""

T = TypeVar("T")


class _Late(Mapping[str, T]):
    """Something of each resource type by its name, made when it is asked for."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make

    def __getitem__(self, name: str) -> T:
        if name not in _PLACES:
            raise KeyError(name)
        return self._make(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


def _imported(name: str) -> ResourceType:
    module, _, attribute = _PLACES[name].partition(":")
    kind: ResourceType = getattr(importlib.import_module(module), attribute)
    return kind


RESOURCES: Mapping[str, ResourceType] = _Late(_imported)
"""Every resource type by its name."""

FIELDS: Mapping[str, Collection[str]] = _Late(lambda name: RESOURCES[name].fields)
"""The fields of every resource type by its name: what the expressions of a rule may name."""
