"""Seeded CloudTrail records and rules in the proportions of real ones, for measuring.

Event names, sources, error codes, identities and sizes follow published recorded events: half of all records are one
event name, ten names are four fifths, and a long tail of some 650 names holds the rest; a record has about 1.3 kB. The
rules are like public detection rules: nearly all name one event, most its source, some a further field, six name none.
The same seed gives the same bytes.
"""

import gzip
import json
import random
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

ACCOUNTS = ("111122223333", "222233334444", "333344445555")
REGIONS = ("eu-west-1", "us-east-1", "us-west-2")
START = datetime(2026, 3, 1, tzinfo=UTC)

# Per thousand records; what is missing is spread over the tail.
COMMON: tuple[tuple[str, str, float], ...] = (
    ("PutObject", "s3", 500.0),
    ("GetBucketAcl", "s3", 120.0),
    ("GenerateDataKey", "kms", 85.0),
    ("GetObject", "s3", 39.0),
    ("Sign", "kms", 29.0),
    ("Decrypt", "kms", 29.0),
    ("HeadBucket", "s3", 11.0),
    ("AssumeRole", "sts", 10.0),
    ("DescribeRouteTables", "ec2", 8.0),
    ("GetSecretValue", "secretsmanager", 7.0),
    ("DescribeInstanceInformation", "ssm", 7.0),
    ("GetCallerIdentity", "sts", 6.0),
    ("DescribeInstances", "ec2", 6.0),
    ("GetUser", "iam", 5.0),
    ("DescribeParameters", "ssm", 5.0),
    ("ListTagsForResource", "rds", 4.0),
    ("GetParameter", "ssm", 4.0),
    ("Encrypt", "kms", 4.0),
    ("CreateLogStream", "logs", 4.0),
    ("ConsoleLogin", "signin", 1.0),
)
_VERBS = ("Create", "Delete", "Describe", "List", "Get", "Put", "Update", "Attach", "Detach", "Modify", "Enable")
_SERVICES: dict[str, tuple[str, ...]] = {
    "ec2": (
        "Vpc",
        "Subnet",
        "SecurityGroup",
        "Volume",
        "Snapshot",
        "KeyPair",
        "NatGateway",
        "FlowLogs",
        "Image",
        "Address",
    ),
    "iam": ("User", "Role", "Policy", "Group", "AccessKey", "LoginProfile", "MFADevice", "SAMLProvider"),
    "rds": ("DBInstance", "DBCluster", "DBSnapshot", "DBProxy", "OptionGroup"),
    "lambda": ("Function20150331", "Layer", "EventSourceMapping", "Alias20150331"),
    "cloudtrail": ("Trail", "EventDataStore", "Channel", "EventSelectors"),
    "logs": ("LogGroup", "MetricFilter", "SubscriptionFilter", "Destination", "QueryDefinition"),
    "kms": ("Key", "Alias", "Grant", "KeyRotation", "CustomKeyStore"),
    "eks": ("Cluster", "Nodegroup", "Addon", "FargateProfile"),
    "sns": ("Topic", "Subscription", "PlatformApplication"),
    "sqs": ("Queue", "QueueAttributes"),
    "route53": ("HostedZone", "HealthCheck", "TrafficPolicy"),
    "guardduty": ("Detector", "Filter", "IPSet", "Members"),
    "config": ("ConfigRule", "ConfigurationRecorder", "DeliveryChannel"),
}
_TAIL = 640
_ERRORS = ("AccessDenied", "Client.UnauthorizedOperation", "NoSuchEntityException", "ThrottlingException")
_AGENTS = (
    "aws-internal/3",
    "aws-cli/2.15.1 Python/3.11.6 Linux/5.10 exe/x86_64",
    "Boto3/1.34.1 md/Botocore#1.34.1 ua/2.0 os/linux#5.10 md/arch#x86_64 lang/python#3.11.6",
    "AWS Internal",
    "console.amazonaws.com",
    "APN/1.0 HashiCorp/1.0 Terraform/1.7.0 (+https://www.terraform.io) terraform-provider-aws/5.31.0",
)


def event_names() -> tuple[tuple[str, str], ...]:
    """Every event name with its service, the most frequent first; the same on every call."""
    tail = [
        (verb + noun + suffix, service)
        for suffix in ("", "s", "V2")
        for verb in _VERBS
        for service, nouns in _SERVICES.items()
        for noun in nouns
    ]
    random.Random(7).shuffle(tail)  # noqa: S311 - not a secret
    common = [(name, service) for name, service, _ in COMMON]
    named = {name for name, _ in common}
    return (*common, *[pair for pair in tail if pair[0] not in named][:_TAIL])


def _weights(count: int) -> list[float]:
    common = [weight for _, _, weight in COMMON]
    tail = [1 / (rank + 5) for rank in range(count - len(common))]
    rest = 1000 - sum(common)
    return common + [weight * rest / sum(tail) for weight in tail]


@dataclass(frozen=True, slots=True)
class Shape:
    """Where records of one kind hold what differs from record to record."""

    pieces: tuple[str, ...]

    def filled(self, values: Sequence[str]) -> str:
        return "".join([part for pair in zip(self.pieces, (*values, ""), strict=True) for part in pair])


_MARK = "@@"


def _shape(name: str, service: str, generator: random.Random) -> Shape:
    """A record with marks for id, request id, time, address, object key and name of the actor."""
    account = generator.choice(ACCOUNTS)
    region = generator.choice(REGIONS)
    draw = generator.random()
    identity: dict[str, Any]
    if draw < 0.6:
        identity = {"type": "AWSService", "invokedBy": f"{service}.amazonaws.com"}
    elif draw < 0.97:
        kind = "IAMUser" if draw < 0.85 else "AssumedRole"
        identity = {
            "type": kind,
            "principalId": "AIDAEXAMPLE" + str(generator.randrange(10**9)),
            "arn": f"arn:aws:iam::{account}:user/{_MARK}5",
            "accountId": account,
            "accessKeyId": f"AKIAEXAMPLE{_MARK}7",
            "sessionContext": {"attributes": {"creationDate": f"{_MARK}2", "mfaAuthenticated": "false"}},
            "userName": f"{_MARK}5",
        }
    else:
        identity = {"type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root", "accountId": account}
    record: dict[str, Any] = {
        "eventVersion": "1.08",
        "userIdentity": identity,
        "eventTime": f"{_MARK}2",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": f"{_MARK}3",
        "userAgent": generator.choice(_AGENTS),
    }
    if generator.random() < 0.16:
        record["errorCode"] = generator.choice(_ERRORS)
        record["errorMessage"] = f"User is not authorized to perform: {service}:{name} on the resource"
    bucket = f"example-bucket-{generator.randrange(40)}"
    record["requestParameters"] = {
        "bucketName": bucket,
        "Host": f"{bucket}.s3.{region}.amazonaws.com",
        "key": f"{_MARK}4",
        "userName": f"user-{generator.randrange(30)}",
        "name": f"trail-{generator.randrange(5)}",
        "encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::{bucket}/{_MARK}4", "purpose": "storage"},
    }
    reads = name.startswith(("Get", "List", "Describe", "Head"))
    record["responseElements"] = (
        None if reads else {"x-amz-server-side-encryption": "aws:kms", "x-amz-version-id": f"{_MARK}8"}
    )
    if name == "ConsoleLogin":
        record["responseElements"] = {"ConsoleLogin": generator.choice(("Success", "Success", "Failure"))}
    record["additionalEventData"] = {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": generator.randrange(10**6),
        "MFAUsed": generator.choice(("Yes", "No")),
        "x-amz-id-2": f"{_MARK}6",
    }
    record |= {
        "requestID": f"{_MARK}1",
        "eventID": f"{_MARK}0",
        "readOnly": reads,
        "resources": [
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{_MARK}4"},
            {"accountId": account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
        ],
        "eventType": "AwsApiCall",
        "managementEvent": service != "s3",
        "recipientAccountId": account,
        "eventCategory": "Data" if service == "s3" else "Management",
    }
    return Shape(tuple(_split(json.dumps(record, separators=(",", ":")))))


def _split(text: str) -> Iterator[str]:
    """The pieces between marks; each mark keeps its number as the first character of the next piece."""
    first, *rest = text.split(_MARK)
    yield first
    yield from rest


def _shapes(name: str, service: str, generator: random.Random) -> list[Shape]:
    return [_shape(name, service, generator) for _ in range(12)]


def records(seed: int) -> Iterator[str]:
    """Records without end, as JSON texts."""
    generator = random.Random(seed)  # noqa: S311 - not a secret
    names = event_names()
    shapes = [_shapes(name, service, generator) for name, service in names]
    weights = _weights(len(names))
    second = 0
    while True:
        for at in generator.choices(range(len(names)), weights, k=2000):
            shape = generator.choice(shapes[at])
            second += generator.randrange(2)
            time = (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
            values = (
                str(uuid.UUID(int=generator.getrandbits(128), version=4)),
                f"{generator.getrandbits(64):016X}",
                time,
                f"203.0.113.{generator.randrange(256)}",
                f"data/{generator.getrandbits(96):024x}/part-{generator.randrange(1000)}.parquet",
                f"user-{generator.randrange(200)}",
                b64encode(generator.randbytes(57)).decode(),
                f"{generator.getrandbits(45):09X}"[:9],
                b64encode(generator.randbytes(24)).decode(),
            )
            first, *rest = shape.pieces
            yield first + "".join([values[int(piece[0])] + piece[1:] for piece in rest])


def write_files(
    folder: Path, count: int, size: int, seed: int = 1, compress: Callable[[bytes], bytes] | None = None
) -> list[Path]:
    """``count`` records in files of ``size``, laid out as in a trail's bucket; every fourth small file comes twice.

    Real buckets hold about a fifth of their records twice when the files are small.
    """
    pack = compress or (lambda content: gzip.compress(content, 6, mtime=0))
    source = records(seed)
    generator = random.Random(seed)  # noqa: S311 - not a secret
    paths: list[Path] = []
    for number in range(-(-count // size)):
        texts = list(islice(source, min(size, count - number * size)))
        account, region = ACCOUNTS[number % 3], REGIONS[number % 3]
        moment = START + timedelta(minutes=5 * (number % 8000))
        name = f"{account}_CloudTrail_{region}_{moment:%Y%m%dT%H%MZ}_{generator.getrandbits(64):016x}.json.gz"
        path = folder / "AWSLogs" / account / "CloudTrail" / region / f"{moment:%Y/%m/%d}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pack(('{"Records":[' + ",".join(texts) + "]}").encode()))
        paths.append(path)
    return paths


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as it can be written in any language: an event name, its source, and further (path, operator, value).

    Operators: ``=`` a text, ``starts``, ``holds``, ``absent``.
    """

    name: str
    source: str
    further: tuple[tuple[str, str, str], ...] = ()

    def pattern(self) -> str:
        """As a filter pattern."""
        parts = [f'($.eventName = "{self.name}")'] if self.name else []
        parts += [f'($.eventSource = "{self.source}")'] if self.source else []
        for path, operator, value in self.further:
            written = {
                "=": f'= "{value}"',
                "starts": f'= "{value}*"',
                "holds": f'= "*{value}*"',
                "absent": "NOT EXISTS",
            }
            parts.append(f"($.{path} {written[operator]})")
        return "{ " + " && ".join(parts) + " }"

    def function(self) -> Callable[[dict[str, Any]], bool]:
        """As a Python function over a parsed record, without the event name."""
        source, further = self.source, [(path.split("."), operator, value) for path, operator, value in self.further]

        def holds(record: dict[str, Any]) -> bool:
            if source and record.get("eventSource") != source:
                return False
            for path, operator, value in further:
                found: Any = record
                for key in path:
                    found = found.get(key) if isinstance(found, dict) else None
                if operator == "absent":
                    if found is not None:
                        return False
                elif (
                    not isinstance(found, str)
                    or (operator == "=" and found != value)
                    or (operator == "starts" and not found.startswith(value))
                    or (operator == "holds" and value not in found)
                ):
                    return False
            return True

        return holds

    def sql(self) -> str:
        """As a condition over columns of DuckDB's ``read_json``."""
        parts = [f"eventName = '{self.name}'"] if self.name else []
        parts += [f"eventSource = '{self.source}'"] if self.source else []
        for path, operator, value in self.further:
            field = path if "." not in path else "{}.{}".format(*path.split(".", 1))
            written = {
                "=": f"{field} = '{value}'",
                "starts": f"{field} LIKE '{value}%'",
                "holds": f"{field} LIKE '%{value}%'",
                "absent": f"{field} IS NULL",
            }
            parts.append(f"coalesce({written[operator]}, false)")
        return " AND ".join(parts)


_UNNAMED = (
    Wanted("", "", (("userIdentity.type", "=", "Root"), ("userIdentity.invokedBy", "absent", ""))),
    Wanted("", "", (("userAgent", "holds", "kali"),)),
    Wanted("", "", (("userAgent", "holds", "parrot"), ("errorCode", "absent", ""))),
    Wanted("", "", (("errorCode", "holds", "UnauthorizedOperation"), ("userIdentity.type", "=", "IAMUser"))),
    Wanted("", "", (("userIdentity.arn", "holds", ":user/user-1999"),)),
    Wanted("", "iam.amazonaws.com", (("eventName", "starts", "Simulate"),)),
)
_FURTHER: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (("errorCode", "absent", ""),),
    (("errorCode", "=", "AccessDenied"),),
    (("userIdentity.type", "=", "IAMUser"),),
    (("requestParameters.userName", "=", "user-3"),),
    (("requestParameters.name", "starts", "trail-9"),),
    (("additionalEventData.MFAUsed", "=", "No"),),
)
_RANSOM = (("requestParameters.key", "holds", "ransom"), ("requestParameters.bucketName", "=", "example-bucket-99"))


def wanted_rules(count: int, seed: int = 3, unnamed: int = 6, *, spread: bool = True) -> list[Wanted]:
    """``count`` rules spread evenly over event names, ``unnamed`` of them without one.

    Public rule sets have 1.2 rules for each name they know: with ``spread``, more rules mean more names, beyond those
    that occur here; without, all share the names that occur. Half ask for name and source only; those on the most
    frequent names always ask for more, as such rules do.
    """
    generator = random.Random(seed)  # noqa: S311 - not a secret
    known = event_names()
    needed = round((count - unnamed) / 1.2) if spread else 0
    names = [*known, *((f"{name}{at}", service) for at in range(9) for name, service in known)][
        : max(len(known), needed)
    ]
    frequent = {name for name, _, _ in COMMON}
    rules: list[Wanted] = []
    for number in range(unnamed):
        kind = _UNNAMED[number % len(_UNNAMED)]
        if number < len(_UNNAMED):
            rules.append(kind)
        else:
            path, _, value = kind.further[0]
            rules.append(Wanted("", kind.source, ((path, "holds", f"{value}-{number}"), *kind.further[1:])))
    order = [names[at % len(names)] for at in range(count - len(rules))]
    generator.shuffle(order)
    for name, service in order:
        further: tuple[tuple[str, str, str], ...] = ()
        if name in frequent:
            further = (generator.choice(_RANSOM),)
        elif generator.random() < 0.5:
            further = generator.choice(_FURTHER)
        rules.append(Wanted(name, f"{service}.amazonaws.com", further))
    return rules
