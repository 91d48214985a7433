"""Seeds a realistic, partly broken AWS account on a stand-in for AWS on this machine.

One multi-Region trail is sound. Of the fifteen CIS alarm routes some are whole, in varied spellings, and each other one
is broken at a different link, where a check of the filter's text or of the alarm's existence alone would not see it.
``EXPECTED_BROKEN`` says which. A stopped trail has perfect filters that must not rescue anything.
"""

import json
from collections.abc import Mapping
from typing import Any

from scanner.demo.clients import HOME, Clients
from scanner.demo.routes import EXPECTED_BROKEN, ROUTES, SOUND_TRAIL_CHANGES, DemoRoute
from scanner.demo.server import UNCONFIRMED

__all__ = ["EXPECTED_BROKEN", "REGIONS", "seed"]

REGIONS = ("ap-southeast-2", "eu-west-1", HOME)
"""The Regions that the seeded account uses, ascending."""

_NAMESPACE = "CloudTrailMetrics"
_GROUP = "audit/cloudtrail"
_LEGACY_GROUP = "legacy/cloudtrail"
_ROLE = "CloudTrail_CloudWatchLogs"
_WRITERS = "cloudtrail.amazonaws.com"
_NO_PRIVATE_KEYS: Mapping[str, Any] = {
    "Name": "no-private-keys",
    "Version": "2021-06-01",
    "Statement": [
        {
            "Sid": "NoPrivateKeys",
            "DataDirection": "Inbound",
            "Principal": ["*"],
            "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/OpenSshPrivateKey"],
            "Operation": {"Deny": {}},
        }
    ],
}


def seed(endpoint: str) -> str:
    """Fill the account at a loopback endpoint and return its id.

    UsageError when the endpoint is not on this machine: seeding writes, and must never reach a real account.
    """
    account = _Account(endpoint)
    account.organization()
    account.topics()
    account.storage()
    account.log_groups()
    account.trails()
    account.routes()
    account.decoys()
    account.event_rules()
    account.mute_rule()
    account.recorder()
    account.contact()
    return account.id


class _Account(Clients):
    """The account being seeded."""

    _key = ""

    def organization(self) -> None:
        self.client("organizations").create_organization(FeatureSet="ALL")

    def topics(self) -> None:
        sns = self.client("sns")
        for name, address in (
            ("security-alerts", "security@example.com"),
            ("unconfirmed-alerts", f"{UNCONFIRMED}@example.com"),
            ("deleted-alerts", "former@example.com"),
        ):
            topic = sns.create_topic(Name=name)["TopicArn"]
            sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
        sns.delete_topic(TopicArn=self.arn("sns", "deleted-alerts"))
        sns.put_data_protection_policy(
            ResourceArn=self.arn("sns", "security-alerts"), DataProtectionPolicy=json.dumps(_NO_PRIVATE_KEYS)
        )
        self.client("sqs").create_queue(QueueName="alert-archive")
        # Of these endpoints only the queue exists; a subscription outlives what it leads to.
        for name, protocol, service, resource in (
            ("security-alerts", "sqs", "sqs", "alert-archive"),
            ("unconfirmed-alerts", "lambda", "lambda", "function:former-pager"),
            ("unconfirmed-alerts", "firehose", "firehose", "deliverystream/former-archive"),
        ):
            endpoint = self.arn(service, resource)
            sns.subscribe(TopicArn=self.arn("sns", name), Protocol=protocol, Endpoint=endpoint)

    def storage(self) -> None:
        key = self.client("kms").create_key(Description="Audit trail", Policy=json.dumps(self._key_policy()))
        self._key = key["KeyMetadata"]["Arn"]
        sound = f"audit-logs-{self.id}"
        public = f"legacy-trail-logs-{self.id}"
        regional = f"eu-trail-logs-{self.id}"
        s3 = self.client("s3")
        for bucket in (sound, public):
            s3.create_bucket(Bucket=bucket)
        self.client("s3", "eu-west-1").create_bucket(
            Bucket=regional, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        self._secure(sound)
        everyone = {"Sid": "Share", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
        s3.put_bucket_policy(
            Bucket=public,
            Policy=json.dumps(
                policy(self._delivery(public, "legacy-audit"), everyone | {"Resource": _objects(public)})
            ),
        )
        s3.put_bucket_policy(
            Bucket=regional, Policy=json.dumps(policy(self._delivery(regional, "eu-west-audit", "eu-west-1")))
        )

    def _secure(self, bucket: str) -> None:
        s3 = self.client("s3")
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_ownership_controls(
            Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        )
        s3.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [
                    {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self._key}}
                ]
            },
        )
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={
                "Rules": [{"ID": "keep", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 2557}}]
            },
        )
        tls = {
            "Sid": "OnlyTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{bucket}", _objects(bucket)],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(self._delivery(bucket, "org-audit"), tls)))

    def _delivery(self, bucket: str, trail: str, region: str = HOME) -> dict[str, Any]:
        return {
            "Sid": "Delivery",
            "Effect": "Allow",
            "Principal": {"Service": _WRITERS},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{self.id}/*",
            "Condition": {
                "StringEquals": {
                    "s3:x-amz-acl": "bucket-owner-full-control",
                    "aws:SourceArn": self.arn("cloudtrail", f"trail/{trail}", region),
                }
            },
        }

    def _key_policy(self) -> dict[str, Any]:
        return policy(
            {
                "Sid": "Administration",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{self.id}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "Encrypt",
                "Effect": "Allow",
                "Principal": {"Service": _WRITERS},
                "Action": "kms:GenerateDataKey*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceArn": self.arn("cloudtrail", "trail/org-audit")}},
            },
        )

    def log_groups(self) -> None:
        logs = self.client("logs")
        for group, days in ((_GROUP, 30), (_LEGACY_GROUP, 365), (f"{_GROUP}-copy", 3653)):
            logs.create_log_group(logGroupName=group)
            logs.put_retention_policy(logGroupName=group, retentionInDays=days)

    def trails(self) -> None:
        home, european = self.client("cloudtrail"), self.client("cloudtrail", "eu-west-1")
        home.create_trail(
            Name="org-audit",
            S3BucketName=f"audit-logs-{self.id}",
            IsMultiRegionTrail=True,
            IsOrganizationTrail=True,
            EnableLogFileValidation=True,
            KmsKeyId=self._key,
            **self._to_logs(_GROUP),
        )
        home.put_event_selectors(TrailName="org-audit", EventSelectors=[_selector("All")])
        home.put_insight_selectors(TrailName="org-audit", InsightSelectors=[{"InsightType": "ApiCallRateInsight"}])
        home.start_logging(Name="org-audit")
        home.create_trail(
            Name="legacy-audit",
            S3BucketName=f"legacy-trail-logs-{self.id}",
            IsMultiRegionTrail=True,
            EnableLogFileValidation=True,
            **self._to_logs(_LEGACY_GROUP),
        )
        home.put_event_selectors(TrailName="legacy-audit", EventSelectors=[_selector("All")])
        home.start_logging(Name="legacy-audit")
        home.stop_logging(Name="legacy-audit")
        european.create_trail(
            Name="eu-west-audit",
            S3BucketName=f"eu-trail-logs-{self.id}",
            IsMultiRegionTrail=False,
            EnableLogFileValidation=False,
        )
        european.put_event_selectors(TrailName="eu-west-audit", EventSelectors=[_selector("WriteOnly")])
        european.start_logging(Name="eu-west-audit")

    def _to_logs(self, group: str) -> dict[str, str]:
        return {
            "CloudWatchLogsLogGroupArn": self.arn("logs", f"log-group:{group}:*"),
            "CloudWatchLogsRoleArn": f"arn:aws:iam::{self.id}:role/{_ROLE}",
        }

    def routes(self) -> None:
        for route in ROUTES:
            self._filters(route, _GROUP)
            self._alarm(route.metric, {"AlarmActions": [self.arn("sns", route.topic)], **route.alarm})

    def event_rules(self) -> None:
        """Rules that hear of CloudTrail's events, and of none that a route asks for."""
        launches = {
            "eventName": ["RunInstances"],
            "errorCode": [{"exists": False}],
            "userIdentity": {"type": ["AssumedRole"]},
        }
        pattern = {"source": ["aws.ec2"], "detail-type": ["AWS API Call via CloudTrail"], "detail": launches}
        events = self.client("events")
        events.put_rule(Name="tag-launches", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="tag-launches", Targets=[{"Id": "tag", "Arn": self.arn("lambda", "function:tag")}])
        # Another wants events of a Region that never come to the bus it is on.
        bus = str(events.create_event_bus(Name="launches")["EventBusArn"])
        events.put_rule(Name="european-launches", EventPattern=json.dumps({**pattern, "region": ["eu-west-1"]}))
        targets = [{"Id": "bus", "Arn": bus, "RoleArn": self._sender(bus)}]
        events.put_targets(Rule="european-launches", Targets=targets)

    def _sender(self, bus: str) -> str:
        """A role that lets EventBridge put events to a bus, by a policy of its own and an attached one."""
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
        put = json.dumps(policy({"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus}))
        role = iam.create_role(RoleName="send-launches", AssumeRolePolicyDocument=json.dumps(policy(trust)))["Role"]
        iam.put_role_policy(RoleName="send-launches", PolicyName="put", PolicyDocument=put)
        attached = iam.create_policy(PolicyName="put-launches", PolicyDocument=put)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="send-launches", PolicyArn=attached)
        return str(role["Arn"])

    def mute_rule(self) -> None:
        """A maintenance window on Sundays, in which one alarm of a whole route tells nobody."""
        self.client("cloudwatch").put_alarm_mute_rule(
            Name="sunday-maintenance",
            Rule={"Schedule": {"Expression": "cron(0 2 * * SUN)", "Duration": "PT2H", "Timezone": "Europe/Zurich"}},
            MuteTargets={"AlarmNames": ["ConsoleSigninWithoutMfa-alarm"]},
        )

    def recorder(self) -> None:
        """AWS Config records in the home Region, and in no other."""
        config = self.client("config")
        role = f"arn:aws:iam::{self.id}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
        group = {"allSupported": True, "includeGlobalResourceTypes": True}
        recorder = {"name": "default", "roleARN": role, "recordingGroup": group}
        config.put_configuration_recorder(ConfigurationRecorder=recorder)
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": f"audit-logs-{self.id}"})
        config.start_configuration_recorder(ConfigurationRecorderName="default")

    def contact(self) -> None:
        """The alternate contact for security."""
        self.client("account").put_alternate_contact(
            AlternateContactType="SECURITY",
            Name="Security team",
            Title="Security team",
            EmailAddress="security@example.com",
            PhoneNumber="+15555550100",
        )

    def _filters(self, route: DemoRoute, group: str, namespace: str = _NAMESPACE) -> None:
        for number, pattern in enumerate(route.patterns, start=1):
            self.client("logs").put_metric_filter(
                logGroupName=group,
                filterName=route.metric if len(route.patterns) == 1 else f"{route.metric}-{number}",
                filterPattern=pattern,
                metricTransformations=[
                    {
                        "metricNamespace": namespace,
                        "metricName": route.metric,
                        "metricValue": "1",
                        **route.transformation,
                    }
                ],
            )

    def _alarm(self, metric: str, members: Mapping[str, Any], region: str = HOME) -> None:
        sound = {
            "AlarmName": f"{metric}-alarm",
            "Namespace": _NAMESPACE,
            "MetricName": metric,
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "ActionsEnabled": True,
        }
        self.client("cloudwatch", region).put_metric_alarm(**{**sound, **members})

    def decoys(self) -> None:
        """Perfect parts where they do no good: on a stopped trail, a log group without a trail, in another Region."""
        alerts = {"AlarmActions": [self.arn("sns", "security-alerts")]}
        self._filters(SOUND_TRAIL_CHANGES, _LEGACY_GROUP, "LegacyMetrics")
        self._alarm(
            SOUND_TRAIL_CHANGES.metric, {**alerts, "AlarmName": "legacy-trail-changes", "Namespace": "LegacyMetrics"}
        )
        self._filters(SOUND_TRAIL_CHANGES, f"{_GROUP}-copy", "CopiedMetrics")
        self._alarm(
            SOUND_TRAIL_CHANGES.metric, {**alerts, "AlarmName": "copied-trail-changes", "Namespace": "CopiedMetrics"}
        )
        # The alarm that the home Region lacks; an alarm never sees a metric of another Region.
        self._alarm("NetworkGatewayChanges", alerts, "ap-southeast-2")


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _objects(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}/*"


def _selector(read_write: str) -> dict[str, Any]:
    return {"ReadWriteType": read_write, "IncludeManagementEvents": True, "DataResources": []}
