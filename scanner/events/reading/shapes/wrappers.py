"""What CloudTrail records come wrapped in on their way through other systems: one wrapper, one entry.

A wrapper is known by the member that holds the records. Only members named here are opened: what lies in any other is
never taken for a record, and what holds none of them was not read. Names are those of each system's own documentation.
"""

from collections.abc import Mapping
from typing import Final

RECORDS: Final = "records"
"""The envelope of a CloudTrail log file."""

LISTS: Final[Mapping[str, str]] = {
    "Records": RECORDS,  # a CloudTrail log file; also what S3, SQS, SNS and Kinesis invoke Lambda functions with
    "Events": "lookup-events",  # LookupEvents
    "events": "log-events",  # FilterLogEvents, GetLogEvents
    "logEvents": "subscription",  # a CloudWatch Logs subscription
    "QueryResultRows": "lake-rows",  # GetQueryResults of CloudTrail Lake
    "auditEvents": "audit-events",  # what PutAuditEvents takes
    "results": "insights-rows",  # GetQueryResults of CloudWatch Logs Insights; results of a Splunk search
    "hits": "Elasticsearch hit",
    "docs": "Elasticsearch document",
    "responses": "Elasticsearch response",
    "records": "Firehose record",
    "Messages": "SQS message",
    "data": "Datadog log",
    "resourceLogs": "OpenTelemetry log",
    "scopeLogs": "OpenTelemetry log",
    "logRecords": "OpenTelemetry log",
    "streams": "Loki stream",
    "result": "Loki stream",
    "values": "Loki line",
}
"""Member that lists records or what holds them -> the wrapper's name. Each element is accounted for on its own."""

CARRIERS: Final[Mapping[str, str]] = {
    "cloudtrailevent": "lookup-events",
    "message": "log-events",  # also SNS, Logstash, Vector, Datadog, journald
    "@message": "insights-rows",
    "eventdata": "lake-rows",
    "eventjson": "lake-rows",
    "body": "message",  # SQS
    "event": "embedded",  # test events of EventBridge; Splunk's HTTP event collector
    "record": "embedded",
    "_source": "Elasticsearch hit",
    "hits": "Elasticsearch hit",
    "original": "Elastic event.original",
    "event.original": "Elastic event.original",
    "log": "Fluent Bit or Docker log",
    "_raw": "Splunk raw event",
    "result": "Splunk result",
    "full_log": "Wazuh log",
    "aws": "Wazuh AWS data",
    "data": "Kinesis, Firehose or Wazuh data",
    "kinesis": "Kinesis record",
    "sns": "SNS message",
    "attributes": "Datadog log",
    "custom": "Datadog log",
    "full_message": "Graylog message",
    "jsonpayload": "Google Cloud log entry",
    "textpayload": "Google Cloud log entry",
    "stringvalue": "OpenTelemetry log",
    "resultset": "Athena result",
}
"""Member, in lower case, that holds records as an object, as JSON text or in base64 -> the wrapper's name."""

ATHENA_ROWS: Final = "Rows"
"""Member of Athena's ``ResultSet`` (GetQueryResults): rows of ``{"Data": [{"VarCharValue": text}]}``, columns first."""

ATHENA_CELL: Final = "VarCharValue"
