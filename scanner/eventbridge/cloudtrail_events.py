"""What CloudTrail sends to EventBridge, as far as an event pattern can be told to match none of it.

Source: EventBridge User Guide, "AWS service events delivered via AWS CloudTrail".
"""

from collections.abc import Mapping

from scanner.eventbridge.matching import passes
from scanner.eventbridge.nodes import Absent, EventPattern, Fields, Prefix, Same, Test

DETAIL_TYPES: Mapping[str, str] = {
    "AwsApiCall": "AWS API Call via CloudTrail",
    "AwsCloudTrailInsight": "AWS Insight via CloudTrail",
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
}
"""The detail-type that a record of each ``eventType`` is sent with."""


def can_match(pattern: EventPattern) -> bool:
    """Whether an event that CloudTrail sends could match a pattern; only its detail-type and source are looked at."""
    return any(map(_can_match, pattern.alternatives))


def _can_match(fields: Fields) -> bool:
    types, sources = fields.get("detail-type"), fields.get("source")
    if types is not None and not any(passes(test, kind) for test in types for kind in DETAIL_TYPES.values()):
        return False
    return sources is None or any(map(may_be_of_aws, sources))


def may_be_of_aws(test: Test) -> bool:
    """Whether a text that begins with ``aws.``, as the sources of AWS services do, can pass a test."""
    match test:
        case Same(value=value):
            return isinstance(value, str) and value.startswith("aws.")
        case Prefix(text=text, ignore_case=False):
            return text.startswith("aws.") or "aws.".startswith(text)
        case _:
            return not isinstance(test, Absent)
