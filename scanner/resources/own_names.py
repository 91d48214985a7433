"""Words in capitals that the remediation of a rule has for a resource's own names, and the fields that hold these names."""

from collections.abc import Mapping

OWN_NAMES: Mapping[str, Mapping[str, str]] = {
    "cloudtrail.trail": {"NAME": "TrailARN", "KEY": "KmsKeyId"},
    "cloudtrail.coverage": {"NAME": "LoggingTrails"},
    "s3.log_bucket": {"BUCKET": "Name", "TRAIL": "Trails"},
    "kms.audit_key": {"KEY": "KeyId"},
    "logs.audit_log_group": {"GROUP": "logGroupName", "ARN": "logGroupArn", "REGION": "Region", "TRAIL": "Trails"},
    "cloudwatch.audit_alarm": {"NAME": "AlarmName", "GROUP": "HeartbeatOf"},
    "sns.audit_topic": {"TOPIC": "TopicArn"},
}
"""Resource type -> word -> field, which holds a name or a list of names."""
