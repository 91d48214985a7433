"""How CloudTrail events come into CloudWatch Logs without a trail in the stand-in: a telemetry rule and its channel.

They are there in the Region of the audit trail; the log group that they fill must be made by whoever wants one. Beside
them is an integration, through which another system sends its events to CloudTrail Lake. Source:
CloudTrail API reference, ``ListChannels``, ``GetChannel``; observabilityadmin API reference, ``GetTelemetryRule``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scanner.demo.lacking.asked import Asked, NoSuchThingError, lake_arn

_HOME = "us-east-1"
_NAME = "aws-service-channel/cloudwatch/audit"
_INTEGRATION = "core-banking"
_RULE = "audit-events"
_MANAGEMENT = [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]


def channels(asked: Asked) -> Mapping[str, Any]:
    """``ListChannels``."""
    own = {"ChannelArn": _integration_arn(asked), "Name": _INTEGRATION}
    listed = [{"ChannelArn": _channel_arn(asked), "Name": _NAME}, own]
    return {"Channels": listed if asked.region == _HOME else []}


def channel(asked: Asked) -> Mapping[str, Any]:
    """``GetChannel``."""
    if asked.region == _HOME and asked.parameters["Channel"] == _integration_arn(asked):
        return _integration(asked)
    if asked.region != _HOME or asked.parameters["Channel"] != _channel_arn(asked):
        raise NoSuchThingError("ChannelNotFoundException", "There is no such channel.")
    return {
        "ChannelArn": _channel_arn(asked),
        "Name": _NAME,
        "Source": "CloudTrail",
        "SourceConfig": {"ApplyToAllRegions": False, "AdvancedEventSelectors": _MANAGEMENT},
        "Destinations": [{"Type": "AWS_SERVICE", "Location": "cloudwatch"}],
    }


def _integration(asked: Asked) -> Mapping[str, Any]:
    """An integration whose program stopped sending when the year began."""
    latest = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        "ChannelArn": _integration_arn(asked),
        "Name": _INTEGRATION,
        "Source": "Custom",
        "Destinations": [{"Type": "EVENT_DATA_STORE", "Location": lake_arn(_HOME, asked.account)}],
        "IngestionStatus": {"LatestIngestionSuccessTime": latest, "LatestIngestionAttemptTime": latest},
    }


def _integration_arn(asked: Asked) -> str:
    return f"arn:aws:cloudtrail:{_HOME}:{asked.account}:channel/5b0c4a3e-8a8e-4f0b-9d57-2b1f4d6c7a10"


def _channel_arn(asked: Asked) -> str:
    return f"arn:aws:cloudtrail:{_HOME}:{asked.account}:channel/{_NAME}"


def rules(asked: Asked) -> Mapping[str, Any]:
    """``ListTelemetryRules``."""
    summary = {
        "RuleName": _RULE,
        "RuleArn": _rule_arn(asked),
        "ResourceType": "AWS::CloudTrail",
        "TelemetryType": "Logs",
    }
    return {"TelemetryRuleSummaries": [summary] if asked.region == _HOME else []}


def rule(asked: Asked) -> Mapping[str, Any]:
    """``GetTelemetryRule``."""
    if asked.region != _HOME or asked.parameters["RuleIdentifier"] not in {_RULE, _rule_arn(asked)}:
        raise NoSuchThingError("ResourceNotFoundException", "There is no such telemetry rule.")
    destination = {
        "DestinationType": "cloud-watch-logs",
        "CloudtrailParameters": {"AdvancedEventSelectors": _MANAGEMENT},
    }
    return {
        "RuleName": _RULE,
        "RuleArn": _rule_arn(asked),
        "TelemetryRule": {
            "ResourceType": "AWS::CloudTrail",
            "TelemetryType": "Logs",
            "DestinationConfiguration": destination,
        },
    }


def _rule_arn(asked: Asked) -> str:
    return f"arn:aws:observabilityadmin:{_HOME}:{asked.account}:telemetry-rule/{_RULE}"


def evaluation(asked: Asked) -> Mapping[str, Any]:
    """``GetTelemetryEvaluationStatus``."""
    return {"Status": "RUNNING" if asked.region == _HOME else "NOT_STARTED"}


def no_rules(_: Asked) -> Mapping[str, Any]:
    """``ListTelemetryRulesForOrganization``: the organization has none."""
    return {"TelemetryRuleSummaries": []}


def no_rule(_: Asked) -> Mapping[str, Any]:
    """``GetTelemetryRuleForOrganization``."""
    raise NoSuchThingError("ResourceNotFoundException", "There is no such telemetry rule.")


def no_evaluation(_: Asked) -> Mapping[str, Any]:
    """``GetTelemetryEvaluationStatusForOrganization``."""
    return {"Status": "NOT_STARTED"}


def no_pipelines(_: Asked) -> Mapping[str, Any]:
    """``ListTelemetryPipelines``: there is none."""
    return {"PipelineSummaries": []}
