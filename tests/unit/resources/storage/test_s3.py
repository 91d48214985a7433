"""Log buckets as rows: settings in force, existence, and what cannot be seen."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.facts.rows import Row
from scanner.resources.storage.s3 import log_bucket_view
from scanner.snapshot.answers import Snapshot

SnapshotOf = Callable[..., Snapshot]

ACCOUNT = "111122223333"
BUCKET = {"Bucket": "logs"}
HEAD: tuple[str, Any, Any] = ("s3.HeadBucket", {"Bucket": "logs", "ExpectedBucketOwner": ACCOUNT}, {})
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
EMPTY = {
    "Policy": ("s3.GetBucketPolicy", "NoSuchBucketPolicy"),
    "PolicyStatus": ("s3.GetBucketPolicyStatus", "NoSuchBucketPolicy"),
    "PublicAccessBlock": ("s3.GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
    "ObjectLock": ("s3.GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"),
    "Lifecycle": ("s3.GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration"),
    "Encryption": ("s3.GetBucketEncryption", "ServerSideEncryptionConfigurationNotFoundError"),
    "OwnershipControls": ("s3.GetBucketOwnershipControls", "OwnershipControlsNotFoundError"),
}


def trails(*listed: Mapping[str, Any]) -> tuple[str, Any, Any]:
    return ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": list(listed)})


def trail(name: str = "main", account: str = ACCOUNT, **members: Any) -> dict[str, Any]:
    arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/{name}"
    return {"TrailARN": arn, "HomeRegion": "us-east-1", "S3BucketName": "logs", **members}


def block(*on: str) -> dict[str, Any]:
    return {"PublicAccessBlockConfiguration": {flag: flag in on for flag in FLAGS}}


def only(snapshot: Snapshot) -> Row:
    (row,) = log_bucket_view(snapshot, ACCOUNT).rows
    return row


def test_a_bucket_is_one_row_asked_for_where_its_first_trail_lives(snapshot_of: SnapshotOf) -> None:
    snapshot = snapshot_of(
        trails(trail("b"), trail("a", HomeRegion="eu-west-1"), trail("c", S3BucketName="other"), {"Name": "none"}),
        ("s3.GetBucketVersioning", BUCKET, {"Status": "Enabled"}, "eu-west-1"),
    )
    rows = {row.id: row for row in log_bucket_view(snapshot, ACCOUNT).rows}
    assert set(rows) == {"arn:aws:s3:::logs", "arn:aws:s3:::other"}
    row = rows["arn:aws:s3:::logs"]
    assert row.region == "eu-west-1"
    assert row.data["Versioning"] == {"Status": "Enabled", "MFADelete": None}
    assert [arn.rpartition("/")[2] for arn in row.data["Trails"]] == ["a", "b"]
    assert row.data["LogPrefixes"] == [f"AWSLogs/{ACCOUNT}/CloudTrail"]
    assert row.data["LogObjects"] == [f"arn:aws:s3:::logs/AWSLogs/{ACCOUNT}/CloudTrail*"]


def test_an_absent_configuration_is_null_and_no_gap(snapshot_of: SnapshotOf) -> None:
    absent = [(operation, BUCKET, f"-{code}") for operation, code in EMPTY.values()]
    row = only(snapshot_of(trails(trail()), *absent))
    for field in EMPTY:
        assert row.data[field] is None, field
        assert field not in row.gaps


def test_every_refusal_is_a_gap_of_its_own_fields(snapshot_of: SnapshotOf) -> None:
    row = only(snapshot_of(trails(trail())))
    fields = {*EMPTY, "Acl", "PublicGrants", "Versioning", "Logging", "Exists", "Owned", "EncryptionKey"}
    fields |= {"AccountPublicAccessBlock", "EffectivePublicAccessBlock"}
    assert fields <= set(row.gaps)
    assert not fields & set(row.data)


def test_one_answer_about_the_bucket_shows_that_it_exists(snapshot_of: SnapshotOf) -> None:
    logging: tuple[str, Any, Any] = ("s3.GetBucketLogging", BUCKET, {})
    row = only(snapshot_of(trails(trail()), logging))
    assert row.data["Exists"] is True
    assert row.data["Logging"] is None
    assert "Owned" in row.gaps


@pytest.mark.parametrize(("operation", "code"), [("s3.HeadBucket", "404"), ("s3.GetBucketPolicy", "NoSuchBucket")])
def test_one_answer_shows_that_the_bucket_is_gone(snapshot_of: SnapshotOf, operation: str, code: str) -> None:
    arguments = HEAD[1] if operation == "s3.HeadBucket" else BUCKET
    row = only(snapshot_of(trails(trail()), (operation, arguments, f"-{code}"), ("s3.GetBucketLogging", BUCKET, {})))
    assert row.data["Exists"] is False
    assert [source.call.operation for source in row.cites["Exists"]] == [operation]


def test_a_missing_configuration_does_not_mean_a_missing_bucket(snapshot_of: SnapshotOf) -> None:
    row = only(snapshot_of(trails(trail()), ("s3.GetBucketPolicy", BUCKET, "-NoSuchBucketPolicy")))
    assert row.data["Exists"] is True


ALL = frozenset(FLAGS)


@pytest.mark.parametrize(
    ("bucket", "account", "owned", "in_force"),
    [
        (FLAGS, "!AccessDenied", "!403", ALL),
        (FLAGS[:2], FLAGS[2:], {}, ALL),
        (FLAGS[:2], FLAGS[2:], "!403", None),
        (FLAGS[:2], FLAGS[:1], "!403", frozenset(FLAGS[:2])),
        (FLAGS[:2], "-NoSuchPublicAccessBlockConfiguration", "!403", frozenset(FLAGS[:2])),
        (FLAGS[:2], "!AccessDenied", {}, None),
        ("-NoSuchPublicAccessBlockConfiguration", FLAGS, {}, ALL),
        ("-NoSuchPublicAccessBlockConfiguration", "-NoSuchPublicAccessBlockConfiguration", {}, frozenset()),
        ("!AccessDenied", FLAGS, {}, ALL),
        ("!AccessDenied", FLAGS, "!403", None),
        ("!AccessDenied", FLAGS[1:], {}, None),
        ("-NoSuchBucket", FLAGS, "-404", frozenset()),
        ("-NoSuchBucket", FLAGS[:3], "-404", frozenset()),
    ],
)
def test_public_access_settings_in_force(
    snapshot_of: SnapshotOf, bucket: Any, account: Any, owned: Any, in_force: frozenset[str] | None
) -> None:
    row = only(
        snapshot_of(
            trails(trail()),
            ("s3.GetPublicAccessBlock", BUCKET, bucket if isinstance(bucket, str) else block(*bucket)),
            (
                "s3control.GetPublicAccessBlock",
                {"AccountId": ACCOUNT},
                account if isinstance(account, str) else block(*account),
            ),
            (HEAD[0], HEAD[1], owned),
        )
    )
    if in_force is None:
        assert "EffectivePublicAccessBlock" in row.gaps
    else:
        assert row.data["EffectivePublicAccessBlock"] == {flag: flag in in_force for flag in FLAGS}


def test_only_grants_to_strangers_are_public(snapshot_of: SnapshotOf) -> None:
    groups = "http://acs.amazonaws.com/groups/"
    grants = [
        {"Grantee": {"Type": "Group", "URI": f"{groups}global/AllUsers"}, "Permission": "READ"},
        {"Grantee": {"Type": "Group", "URI": f"{groups}s3/LogDelivery"}, "Permission": "WRITE"},
        {"Grantee": {"Type": "CanonicalUser", "ID": "79a5"}, "Permission": "FULL_CONTROL"},
    ]
    row = only(snapshot_of(trails(trail()), ("s3.GetBucketAcl", BUCKET, {"Grants": grants})))
    assert row.data["PublicGrants"] == [{"Group": "AllUsers", "Permission": "READ"}]
    assert len(row.data["Acl"]["Grants"]) == 3


@pytest.mark.parametrize("grant", [{"Grantee": None}, {}, {"Grantee": {"Type": "Group"}, "Permission": "READ"}, None])
def test_a_grant_to_nobody_leaves_open_who_has_access(snapshot_of: SnapshotOf, grant: Any) -> None:
    row = only(snapshot_of(trails(trail()), ("s3.GetBucketAcl", BUCKET, {"Grants": [grant]})))
    assert {row.gaps[name].kind for name in ("Acl", "PublicGrants")} == {"invalid"}


@pytest.mark.parametrize(
    ("rule", "mode", "days"),
    [
        ({"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}, "COMPLIANCE", 30),
        ({"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 2}}, "GOVERNANCE", 730),
        ({"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 9, "Years": 0}}, "GOVERNANCE", 9),
        ({}, None, None),
    ],
)
def test_object_lock_retention_in_days(snapshot_of: SnapshotOf, rule: Any, mode: Any, days: Any) -> None:
    answer = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": rule}}
    row = only(snapshot_of(trails(trail()), ("s3.GetObjectLockConfiguration", BUCKET, answer)))
    assert row.data["ObjectLock"] == {"ObjectLockEnabled": "Enabled", "Mode": mode, "RetentionDays": days}


def test_default_encryption_and_its_key(snapshot_of: SnapshotOf) -> None:
    key = "arn:aws:kms:eu-west-1:111122223333:key/1"
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    answer = {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}}
    encryption = ("s3.GetBucketEncryption", BUCKET, answer)
    described = (
        "kms.DescribeKey",
        {"KeyId": key},
        {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}},
        "eu-west-1",
    )
    row = only(snapshot_of(trails(trail()), encryption, described))
    assert row.data["Encryption"] == default
    assert row.data["EncryptionKey"] == {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}
    assert "EncryptionKey" in only(snapshot_of(trails(trail()), encryption)).gaps


@pytest.mark.parametrize(
    ("key", "known"),
    [("arn:aws:kms:us-east-1:111122223333:key/1", True), ("alias/logs", False)],
)
def test_a_key_that_is_not_found_may_be_in_the_buckets_own_region(
    snapshot_of: SnapshotOf, key: str, known: bool
) -> None:
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    answer = {"ServerSideEncryptionConfiguration": {"Rules": [default]}}
    encryption = ("s3.GetBucketEncryption", BUCKET, answer)
    row = only(snapshot_of(trails(trail()), encryption, ("kms.DescribeKey", {"KeyId": key}, "-NotFoundException")))
    assert ("EncryptionKey" in row.data) is known
    assert ("EncryptionKey" in row.gaps) is not known


@pytest.mark.parametrize(
    ("head", "state"),
    [
        ({"BucketRegion": "us-east-1"}, "Disabled"),
        ({"BucketRegion": "eu-west-1"}, "Enabled"),
        ({"BucketRegion": "ap-south-1"}, None),
        ({}, "gap"),
        ("!403", "gap"),
        (None, "gap"),
    ],
)
def test_an_alias_is_one_of_the_buckets_own_region(snapshot_of: SnapshotOf, head: Any, state: str | None) -> None:
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/logs"}}
    row = only(
        snapshot_of(
            trails(trail()),
            ("s3.GetBucketEncryption", BUCKET, {"ServerSideEncryptionConfiguration": {"Rules": [default]}}),
            *([("s3.HeadBucket", {**BUCKET, "ExpectedBucketOwner": ACCOUNT}, head)] if head is not None else []),
            (
                "kms.DescribeKey",
                {"KeyId": "alias/logs"},
                {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Disabled"}},
            ),
            (
                "kms.DescribeKey",
                {"KeyId": "alias/logs"},
                {"KeyMetadata": {"KeyId": "2", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}},
                "eu-west-1",
            ),
            ("kms.DescribeKey", {"KeyId": "alias/logs"}, "-NotFoundException", "ap-south-1"),
        )
    )
    if state == "gap":
        assert "KMS key alias/logs" in row.gaps["EncryptionKey"].reason
    else:
        assert (row.data["EncryptionKey"] or {}).get("KeyState") == state


def lifecycle(*rules: Any) -> tuple[str, Any, Any]:
    return ("s3.GetBucketLifecycleConfiguration", BUCKET, {"Rules": list(rules)})


EXPIRING = {"ID": "soon", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 7}}


def test_lifecycle_needs_versioning_only_where_something_expires(snapshot_of: SnapshotOf) -> None:
    tidy = {"ID": "tidy", "Status": "Enabled", "Filter": {}, "AbortIncompleteMultipartUpload": {}}
    row = only(snapshot_of(trails(trail()), lifecycle(tidy)))
    assert row.data["Lifecycle"]["DaysToLoss"] is None
    row = only(snapshot_of(trails(trail()), lifecycle(EXPIRING)))
    assert row.gaps["Lifecycle"].operation == "s3.GetBucketVersioning"
    row = only(snapshot_of(trails(trail()), lifecycle(EXPIRING), ("s3.GetBucketVersioning", BUCKET, {})))
    assert (row.data["Lifecycle"]["DaysToLoss"], row.data["Lifecycle"]["LossRule"]) == (7, "soon")
    cited = [source.call for source in row.cites["Lifecycle"]]
    assert ["Lifecycle" in cited[0].operation, "Versioning" in cited[1].operation] == [True, True]


def test_log_groups_of_the_trails(snapshot_of: SnapshotOf) -> None:
    group = "arn:aws:logs:us-east-1:{}:log-group:audit:*"
    listed = ("logs.DescribeLogGroups", {"logGroupNamePrefix": "audit"}, {"logGroups": [{"logGroupName": "audit"}]})
    own = trail(CloudWatchLogsLogGroupArn=group.format(ACCOUNT))
    row = only(snapshot_of(trails(own, trail("without")), listed))
    assert [(item["Exists"], item["retentionInDays"]) for item in row.data["LogGroups"]] == [
        (True, None),
        (False, None),
    ]
    foreign = trail(CloudWatchLogsLogGroupArn=group.format("444455556666"))
    assert "LogGroups" in only(snapshot_of(trails(foreign), listed)).gaps
    assert "LogGroups" in only(snapshot_of(trails(own))).gaps


def test_whether_the_log_groups_are_filled(snapshot_of: SnapshotOf) -> None:
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:audit:*"
    made = {"logGroupName": "audit", "retentionInDays": 30, "creationTime": 1704873600000}
    listed = ("logs.DescribeLogGroups", {"logGroupNamePrefix": "audit"}, {"logGroups": [made]})
    own = trail(CloudWatchLogsLogGroupArn=group)
    started, delivered = "2024-01-10T08:00:00Z", "2026-11-20T06:58:00Z"
    answer = {"IsLogging": True, "StartLoggingTime": started, "LatestCloudWatchLogsDeliveryTime": delivered}
    status = ("cloudtrail.GetTrailStatus", {"Name": own["TrailARN"]}, answer)
    row = only(snapshot_of(trails(own, trail("without")), listed, status))
    (filled, without) = row.data["LogCopies"]
    assert (filled["Logging"], filled["LatestDelivery"], filled["MadeBeforeLogging"]) == (True, delivered, True)
    assert without["Exists"] is False
    assert row.data["LogCopyFacts"][1].endswith("trail/without has no log group")
    late = (*listed[:2], {"logGroups": [{**made, "creationTime": 1704873600001}]})
    assert not only(snapshot_of(trails(own), late, status)).data["LogCopies"][0]["MadeBeforeLogging"]
    again = (*status[:2], {**answer, "StopLoggingTime": "2024-01-10T07:59:00Z"})
    stopped = only(snapshot_of(trails(own), listed, again)).data["LogCopyFacts"]
    assert stopped[0].endswith("; logging was last stopped at 2024-01-10T07:59:00Z")
    refused = only(snapshot_of(trails(own), listed, (*status[:2], "!AccessDeniedException")))
    assert set(refused.gaps) >= {"LogCopies", "LogCopyFacts"}
    assert "LogGroups" in refused.data


def test_trails_that_could_not_be_listed_leave_the_population_open(snapshot_of: SnapshotOf) -> None:
    view = log_bucket_view(snapshot_of(), ACCOUNT)
    assert view.rows == ()
    assert len(view.gaps) == 1


def test_odd_answers_do_not_break_the_view(snapshot_of: SnapshotOf) -> None:
    operations = [operation for operation, _ in EMPTY.values()]
    odd = [(operation, BUCKET, {"Rules": 3, "Policy": 4, "ObjectLockConfiguration": []}) for operation in operations]
    row = only(snapshot_of(trails(trail()), *odd))
    # An answer without what AWS always sends is no "there is none".
    unread = ("Policy", "PolicyStatus", "Lifecycle", "ObjectLock")
    assert {name: row.gaps[name].kind for name in unread} == dict.fromkeys(unread, "invalid")


def test_an_access_control_list_without_grants_is_not_known_to_have_none(snapshot_of: SnapshotOf) -> None:
    answer = ("s3.GetBucketAcl", BUCKET, {"Owner": {"ID": "a"}})
    row = only(snapshot_of(trails(trail()), answer))
    assert {row.gaps[name].kind for name in ("Acl", "PublicGrants")} == {"invalid"}
