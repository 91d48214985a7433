"""Which API an Insights event is about: the trail form nests it, the form of CloudTrail Lake is flat.

Source: AWS CloudTrail User Guide, "CloudTrail Insights event record contents".
"""

from collections.abc import Mapping
from typing import Any


def insight_api(record: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Name, source and error code ("" where it has none) of the API; None for a record that tells of no such API."""
    if record.get("eventCategory") != "Insight" and record.get("eventType") != "AwsCloudTrailInsight":
        return None
    nested = record.get("insightDetails")
    if isinstance(nested, Mapping):
        told = nested.get("eventName"), nested.get("eventSource"), nested.get("errorCode")
    else:
        told = record.get("insightEventName"), record.get("insightEventSource"), record.get("insightErrorCode")
    name, source, error = (each if isinstance(each, str) else "" for each in told)
    return (name, source, "" if error == "null" else error) if name else None
