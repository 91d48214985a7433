"""Keys of trails and audit log groups, as rows."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.resources.keys.kms import audit_key_view
from scanner.snapshot.answers import Snapshot

SnapshotOf = Callable[..., Snapshot]

ACCOUNT = "111122223333"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:audit"
TRAIL_ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"


def trails(**members: Any) -> tuple[str, Any, Any]:
    trail = {"TrailARN": TRAIL_ARN, "HomeRegion": "us-east-1", **members}
    return ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [trail]})


def groups(*listed: Any) -> tuple[str, Any, Any]:
    return ("logs.DescribeLogGroups", {"logGroupNamePrefix": "audit"}, {"logGroups": list(listed)})


def test_a_key_shared_by_trail_and_log_group_is_one_row(snapshot_of: SnapshotOf) -> None:
    snapshot = snapshot_of(
        trails(KmsKeyId=KEY, CloudWatchLogsLogGroupArn=f"{GROUP}:*"),
        groups({"logGroupName": "audit-2", "kmsKeyId": "other"}, {"logGroupName": "audit", "kmsKeyId": KEY}),
        (
            "kms.DescribeKey",
            {"KeyId": KEY},
            {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}},
            "eu-west-1",
        ),
        ("kms.GetKeyRotationStatus", {"KeyId": KEY}, {"KeyRotationEnabled": True}, "eu-west-1"),
        ("kms.GetKeyPolicy", {"KeyId": KEY, "PolicyName": "default"}, {"Policy": '{"Statement": []}'}, "eu-west-1"),
    )
    (row,) = audit_key_view(snapshot, ACCOUNT).rows
    assert (row.id, row.region) == (KEY, "eu-west-1")
    assert row.data["UsedBy"] == [TRAIL_ARN, GROUP]
    assert row.data["UserAccounts"] == [ACCOUNT]
    assert row.data["KeyMetadata"] == {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}
    assert row.data["Rotation"] == {"KeyRotationEnabled": True}
    assert row.data["Policy"] == {"Statement": []}
    assert len(row.sources) == 2


def test_a_key_without_a_region_is_asked_for_at_home(snapshot_of: SnapshotOf) -> None:
    described = (
        "kms.DescribeKey",
        {"KeyId": "1234"},
        {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Disabled"}},
    )
    (row,) = audit_key_view(snapshot_of(trails(KmsKeyId="1234"), described), ACCOUNT).rows
    assert row.data["KeyMetadata"] == {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Disabled"}
    assert set(row.gaps) == {"Rotation", "Policy", "Grants", "GrantPolicy", "Organizations"}


def test_a_key_that_is_gone_has_null_facts(snapshot_of: SnapshotOf) -> None:
    absent = [
        (name, arguments, "-NotFoundException", "eu-west-1")
        for name, arguments in (
            ("kms.DescribeKey", {"KeyId": KEY}),
            ("kms.GetKeyRotationStatus", {"KeyId": KEY}),
            ("kms.GetKeyPolicy", {"KeyId": KEY, "PolicyName": "default"}),
            ("kms.ListGrants", {"KeyId": KEY}),
        )
    ]
    (row,) = audit_key_view(snapshot_of(trails(KmsKeyId=KEY), *absent), ACCOUNT).rows
    assert row.data["KeyMetadata"] is row.data["Rotation"] is row.data["Policy"] is None
    assert row.data["Grants"] is row.data["GrantPolicy"] is None
    assert set(row.gaps) == {"Organizations"}


def test_grants_are_statements_of_a_policy(snapshot_of: SnapshotOf) -> None:
    given = [
        {"GrantId": "1", "GranteePrincipal": "arn:aws:iam::444455556666:role/r", "Operations": ["Decrypt"]},
        {"GrantId": "2", "GranteePrincipal": "rds.us-east-1.amazonaws.com", "Operations": ["CreateGrant"]},
        {"GrantId": "3", "GranteeServicePrincipal": "cloudtrail.amazonaws.com", "Operations": ["Decrypt"]},
    ]
    listed = ("kms.ListGrants", {"KeyId": KEY}, {"Grants": given, "Truncated": False}, "eu-west-1")
    (row,) = audit_key_view(snapshot_of(trails(KmsKeyId=KEY), listed), ACCOUNT).rows
    assert row.data["Grants"] == given
    found = [(item["Principal"], item["Action"]) for item in row.data["GrantPolicy"]["Statement"]]
    assert found == [
        ({"AWS": "arn:aws:iam::444455556666:role/r"}, ["kms:Decrypt"]),
        ({"Service": "rds.us-east-1.amazonaws.com"}, ["kms:CreateGrant"]),
        ({"Service": "cloudtrail.amazonaws.com"}, ["kms:Decrypt"]),
    ]


def test_a_refused_or_foreign_log_group_may_hide_a_key(snapshot_of: SnapshotOf) -> None:
    refused = snapshot_of(trails(CloudWatchLogsLogGroupArn=f"{GROUP}:*"))
    foreign = snapshot_of(trails(CloudWatchLogsLogGroupArn="arn:aws:logs:us-east-1:444455556666:log-group:audit:*"))
    for snapshot in (refused, foreign):
        view = audit_key_view(snapshot, ACCOUNT)
        assert view.rows == ()
        assert "logs.DescribeLogGroups" in {gap.operation for gap in view.gaps}


@pytest.mark.parametrize(("key", "kinds"), [(None, ["invalid"]), ("", []), (7, ["invalid"])])
def test_no_key_is_no_row(snapshot_of: SnapshotOf, key: Any, kinds: list[str]) -> None:
    bucket = encrypted(None)
    view = audit_key_view(
        snapshot_of(trails(KmsKeyId=key, S3BucketName="logs"), *bucket, NO_RULES, NO_GROUPS, stores()), ACCOUNT
    )
    assert (view.rows, [gap.kind for gap in view.gaps]) == ((), kinds)


NO_TRAILS: tuple[Any, ...] = ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": []})
NO_RULES: tuple[Any, ...] = ("events.ListRules", {}, {"Rules": []})
NO_GROUPS: tuple[Any, ...] = ("logs.DescribeLogGroups", {"logGroupNamePrefix": "aws/cloudtrail/"}, {"logGroups": []})
TOPIC = "arn:aws:sns:us-east-1:111122223333:files"
OWN = "arn:aws:kms:us-east-1:111122223333:key/own"


def encrypted(key: str | None, region: str = "us-east-1", algorithm: str = "aws:kms") -> list[tuple[Any, ...]]:
    """The bucket of the trail, which the account owns, with its default key."""
    default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    return [
        ("s3.HeadBucket", {"Bucket": "logs", "ExpectedBucketOwner": ACCOUNT}, {"BucketRegion": region}),
        ("s3.GetBucketEncryption", {"Bucket": "logs"}, {"ServerSideEncryptionConfiguration": rules}),
    ]


def notifying(key: str, topic: str = TOPIC) -> tuple[Any, ...]:
    return ("sns.GetTopicAttributes", {"TopicArn": topic}, {"Attributes": {"TopicArn": topic, "KmsMasterKeyId": key}})


def described(
    name: str, arn: str | None = OWN, manager: str = "CUSTOMER", region: str = "us-east-1"
) -> tuple[Any, ...]:
    metadata = {"KeyId": "own", "KeyManager": manager, "KeyState": "Enabled", **({"Arn": arn} if arn else {})}
    return ("kms.DescribeKey", {"KeyId": name}, {"KeyMetadata": metadata}, region)


def test_one_key_named_in_four_ways_is_one_row_that_says_what_it_encrypts(snapshot_of: SnapshotOf) -> None:
    snapshot = snapshot_of(
        trails(Name="main", KmsKeyId=OWN, S3BucketName="logs", SnsTopicARN=TOPIC),
        *encrypted("own"),
        notifying("alias/audit"),
        NO_RULES,
        NO_GROUPS,
        stores(),
        *(described(name) for name in (OWN, "own", "alias/audit")),
        ("kms.GetKeyPolicy", {"KeyId": OWN, "PolicyName": "default"}, {"Policy": '{"Statement": []}'}),
    )
    view = audit_key_view(snapshot, ACCOUNT)
    (row,) = view.rows
    assert row.id == row.data["KeyId"] == OWN
    assert row.data["Encrypts"] == ["bucket logs", "topic files", "trail main"]
    assert row.data["UsedBy"] == ["arn:aws:cloudtrail:us-east-1:111122223333:trail/main", "arn:aws:s3:::logs", TOPIC]
    assert row.data["Policy"] == {"Statement": []}
    assert view.gaps == ()


def test_a_name_that_is_refused_does_not_hide_what_the_arn_tells(snapshot_of: SnapshotOf) -> None:
    # Sorted, the id comes after the ARN and the alias before it.
    snapshot = snapshot_of(
        trails(KmsKeyId=OWN, S3BucketName="logs"),
        *encrypted("alias/audit"),
        NO_RULES,
        ("kms.DescribeKey", {"KeyId": OWN}, "!AccessDeniedException"),
        described("alias/audit"),
    )
    (row,) = audit_key_view(snapshot, ACCOUNT).rows
    assert row.data["Encrypts"] == ["bucket logs", "trail main"]
    assert row.data["KeyMetadata"]["KeyState"] == "Enabled"


@pytest.mark.parametrize("name", ["alias/aws/sns", "arn:aws:kms:us-east-1:111122223333:alias/aws/sns"])
def test_the_alias_of_a_key_of_aws_is_no_row_whatever_kms_says(snapshot_of: SnapshotOf, name: str) -> None:
    view = audit_key_view(snapshot_of(trails(SnsTopicARN=TOPIC), notifying(name)), ACCOUNT)
    assert view.rows == ()


@pytest.mark.parametrize("name", ["own", OWN])
def test_a_key_of_aws_by_id_or_arn_is_no_row_once_kms_says_so(snapshot_of: SnapshotOf, name: str) -> None:
    calls = (trails(SnsTopicARN=TOPIC), notifying(name))
    assert audit_key_view(snapshot_of(*calls, described(name, manager="AWS")), ACCOUNT).rows == ()
    (row,) = audit_key_view(snapshot_of(*calls), ACCOUNT).rows
    assert {"KeyMetadata", "Policy", "Rotation", "Grants"} <= set(row.gaps)


def test_a_default_key_that_the_bucket_does_not_use_is_no_row(snapshot_of: SnapshotOf) -> None:
    snapshot = snapshot_of(trails(S3BucketName="logs"), *encrypted(OWN, algorithm="AES256"), described(OWN))
    assert audit_key_view(snapshot, ACCOUNT).rows == ()


def test_an_id_means_a_key_of_the_buckets_own_region(snapshot_of: SnapshotOf) -> None:
    there = OWN.replace("us-east-1", "eu-west-1")
    calls = (trails(S3BucketName="logs"), *encrypted("own", "eu-west-1"), described("own"))
    (row,) = audit_key_view(snapshot_of(*calls), ACCOUNT).rows
    assert (row.region, "KeyMetadata" in row.gaps) == ("eu-west-1", True)
    (row,) = audit_key_view(snapshot_of(*calls, described("own", there, region="eu-west-1")), ACCOUNT).rows
    assert (row.id, row.gaps.get("KeyMetadata")) == (there, None)


@pytest.mark.parametrize(
    "calls",
    [
        (trails(SnsTopicARN=TOPIC),),
        (trails(S3BucketName="logs"),),
        (trails(S3BucketName="logs"), ("s3.GetBucketEncryption", {"Bucket": "logs"}, "!AccessDenied")),
    ],
)
def test_a_refused_topic_or_bucket_may_hide_a_key(snapshot_of: SnapshotOf, calls: Any) -> None:
    view = audit_key_view(snapshot_of(*calls, NO_RULES), ACCOUNT)
    expected = "sns.GetTopicAttributes" if "SnsTopicARN" in str(calls) else "s3.GetBucketEncryption"
    assert expected in {gap.operation for gap in view.gaps}


def test_the_key_of_another_account_is_unknown_whatever_kms_answers(snapshot_of: SnapshotOf) -> None:
    foreign = "arn:aws:kms:us-east-1:444455556666:key/1"
    for code in ("-NotFoundException", "!AccessDeniedException"):
        asked = [
            (f"kms.{name}", {"KeyId": foreign, **more}, code)
            for name, more in (
                ("DescribeKey", {}),
                ("GetKeyRotationStatus", {}),
                ("GetKeyPolicy", {"PolicyName": "default"}),
                ("ListGrants", {}),
            )
        ]
        snapshot = snapshot_of(trails(SnsTopicARN=TOPIC), notifying(foreign), *asked)
        (row,) = audit_key_view(snapshot, ACCOUNT).rows
        assert {"Exists", "KeyMetadata", "Rotation", "Policy", "Grants", "GrantPolicy"} <= set(row.gaps)


def test_an_alias_in_the_bucket_of_another_account_is_another_key(snapshot_of: SnapshotOf) -> None:
    elsewhere = [
        ("s3.HeadBucket", {"Bucket": "logs", "ExpectedBucketOwner": ACCOUNT}, "!403"),
        encrypted("alias/audit")[1],
    ]
    calls = (trails(KmsKeyId=OWN, S3BucketName="logs"), *elsewhere, described(OWN), described("alias/audit"))
    own, other = sorted(audit_key_view(snapshot_of(*calls), ACCOUNT).rows, key=lambda row: row.id != OWN)
    assert own.data["Encrypts"] == ["trail main"]
    assert other.data["Encrypts"] == ["bucket logs"]
    assert {"Exists", "Policy", "Rotation", "Grants"} <= set(other.gaps)


def test_an_alias_that_leads_nowhere_and_one_without_an_arn(snapshot_of: SnapshotOf) -> None:
    calls = (trails(SnsTopicARN=TOPIC), notifying("alias/gone"))
    gone = snapshot_of(*calls, ("kms.DescribeKey", {"KeyId": "alias/gone"}, "-NotFoundException"))
    (row,) = audit_key_view(gone, ACCOUNT).rows
    assert (row.data["Exists"], row.data["Policy"]) == (False, None)
    (row,) = audit_key_view(snapshot_of(*calls, described("alias/gone", arn=None)), ACCOUNT).rows
    assert row.gaps["Policy"].kind == "invalid"
    # The alias of a bucket may be one of a Region that was not looked at.
    elsewhere = [trails(S3BucketName="logs"), *encrypted("alias/gone")]
    absent = ("kms.DescribeKey", {"KeyId": "alias/gone"}, "-NotFoundException")
    (row,) = audit_key_view(snapshot_of(*elsewhere, absent), ACCOUNT).rows
    assert "Exists" in row.gaps


def test_two_of_one_name_are_told_apart(snapshot_of: SnapshotOf) -> None:
    there = TRAIL_ARN.replace("us-east-1", "eu-west-1")
    listed = {
        "trailList": [
            {"TrailARN": TRAIL_ARN, "Name": "main", "HomeRegion": "us-east-1", "KmsKeyId": OWN},
            {"TrailARN": there, "Name": "main", "HomeRegion": "eu-west-1", "KmsKeyId": OWN},
        ]
    }
    calls = ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, listed)
    (row,) = audit_key_view(snapshot_of(calls, described(OWN)), ACCOUNT).rows
    assert row.data["Encrypts"] == [f"trail {there}", f"trail {TRAIL_ARN}"]


STORE = "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/1"


def stores(*arns: str, **more: Any) -> tuple[Any, ...]:
    listed = [{"EventDataStoreArn": arn, "Name": "lake"} for arn in arns]
    return ("cloudtrail.ListEventDataStores", {"MaxResults": 1000}, {"EventDataStores": listed, **more})


def store(key: str | None, arn: str = STORE) -> tuple[Any, ...]:
    members = {"EventDataStoreArn": arn, "Name": "lake", **({"KmsKeyId": key} if key else {})}
    return ("cloudtrail.GetEventDataStore", {"EventDataStore": arn}, members)


def test_the_key_of_an_event_data_store(snapshot_of: SnapshotOf) -> None:
    calls = (trails(KmsKeyId=OWN, Name="main"), stores(STORE), described(OWN))
    (row,) = audit_key_view(snapshot_of(*calls, store(OWN)), ACCOUNT).rows
    assert row.data["Encrypts"] == ["event data store lake", "trail main"]
    (row,) = audit_key_view(snapshot_of(*calls, store(None)), ACCOUNT).rows
    assert row.data["Encrypts"] == ["trail main"]


def test_an_event_data_store_without_a_trail_has_an_audit_key(snapshot_of: SnapshotOf) -> None:
    (row,) = audit_key_view(snapshot_of(NO_TRAILS, stores(STORE), store(OWN), described(OWN)), ACCOUNT).rows
    assert row.data["UsedBy"] == [STORE]


@pytest.mark.parametrize(
    ("calls", "operation"),
    [
        ((), "cloudtrail.ListEventDataStores"),
        ((stores(NextToken="more"),), "cloudtrail.ListEventDataStores"),
        ((stores(STORE),), "cloudtrail.GetEventDataStore"),
    ],
)
def test_stores_that_could_not_be_seen_leave_the_population_open(
    snapshot_of: SnapshotOf, calls: Any, operation: str
) -> None:
    view = audit_key_view(snapshot_of(NO_TRAILS, NO_RULES, *calls), ACCOUNT)
    assert operation in {gap.operation for gap in view.gaps}


def test_a_store_that_is_gone_since_it_was_listed_hides_nothing(snapshot_of: SnapshotOf) -> None:
    gone = ("cloudtrail.GetEventDataStore", {"EventDataStore": STORE}, "-EventDataStoreNotFoundException")
    view = audit_key_view(snapshot_of(NO_TRAILS, NO_RULES, NO_GROUPS, stores(STORE), gone), ACCOUNT)
    assert (view.rows, view.gaps) == ((), ())


def test_the_key_of_a_log_group_that_events_enter_without_a_trail(snapshot_of: SnapshotOf) -> None:
    listed = {"logGroups": [{"logGroupName": "aws/cloudtrail/management", "kmsKeyId": OWN}]}
    operation, arguments, _ = NO_GROUPS
    snapshot = snapshot_of(NO_TRAILS, NO_RULES, (operation, arguments, listed), stores(), described(OWN))
    view = audit_key_view(snapshot, ACCOUNT)
    (row,) = view.rows
    assert row.data["Encrypts"] == ["log group aws/cloudtrail/management"]
    assert [source.pointer for source in row.sources] == ["/pages/0/logGroups/0"]
    assert view.gaps == ()
