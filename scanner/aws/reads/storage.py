"""The reads of buckets and of the keys that encrypt what is stored or published."""

from collections.abc import Mapping
from typing import Any

from scanner.aws.reads.operation import Operation

_BUCKET: Mapping[str, Any] = {"Bucket": "$bucket"}
_KEY: Mapping[str, Any] = {"KeyId": "$key"}
_NO_BUCKET = "NoSuchBucket"
_NO_KEY = ("NotFoundException",)

STORAGE_OPERATIONS = (
    Operation(
        "s3control.GetPublicAccessBlock",
        ("s3:GetAccountPublicAccessBlock",),
        ("PublicAccessBlockConfiguration",),
        {"AccountId": "$account"},
        absent=("NoSuchPublicAccessBlockConfiguration",),
    ),
    Operation("kms.DescribeKey", ("kms:DescribeKey",), ("KeyMetadata",), _KEY, absent=_NO_KEY),
    Operation(
        "kms.GetKeyRotationStatus",
        ("kms:GetKeyRotationStatus",),
        ("KeyRotationEnabled",),
        _KEY,
        absent=_NO_KEY,
    ),
    Operation(
        "kms.GetKeyPolicy",
        ("kms:GetKeyPolicy",),
        ("Policy",),
        {"KeyId": "$key", "PolicyName": "default"},
        absent=_NO_KEY,
    ),
    Operation(
        "kms.ListGrants",
        ("kms:ListGrants",),
        ("Grants",),
        _KEY,
        ("Grants",),
        paginated=True,
        absent=_NO_KEY,
    ),
    Operation(  # with a parameter, such as the size of a page, S3 tells the Region of each bucket
        "s3.ListBuckets",
        ("s3:ListAllMyBuckets",),
        ("Buckets",),
        {"MaxBuckets": 1000},
        ("Buckets",),
        paginated=True,
    ),
    Operation(  # names of folders: a page holds a thousand
        "s3.ListObjectsV2",
        ("s3:ListBucket",),
        (),
        {"Bucket": "$bucket", "Prefix": "$prefix"},
        ("Contents", "CommonPrefixes"),
        paginated=True,
        absent=(_NO_BUCKET,),
    ),
    Operation(  # some names of objects from one on, and no further page; it tells owners, whom nothing here asks about
        "s3.ListObjects",
        ("s3:ListBucket",),
        (),
        {"Bucket": "$bucket", "Prefix": "$prefix"},
        ("Contents",),
        absent=(_NO_BUCKET,),
        withheld=("Contents.Owner",),
    ),
    Operation(
        "s3.GetBucketTagging",
        ("s3:GetBucketTagging",),
        ("TagSet",),
        _BUCKET,
        ("TagSet",),
        unlisted=("NoSuchTagSet", _NO_BUCKET),
    ),
    Operation(
        "s3.HeadBucket",
        ("s3:ListBucket",),
        (),
        {"Bucket": "$bucket", "ExpectedBucketOwner": "$account"},
        absent=(_NO_BUCKET,),
        unlisted=("404",),
    ),
    Operation(
        "s3.GetBucketPolicy",
        ("s3:GetBucketPolicy",),
        ("Policy",),
        _BUCKET,
        unlisted=("NoSuchBucketPolicy", _NO_BUCKET),
    ),
    Operation(
        "s3.GetBucketPolicyStatus",
        ("s3:GetBucketPolicyStatus",),
        ("PolicyStatus",),
        _BUCKET,
        unlisted=("NoSuchBucketPolicy", _NO_BUCKET),
    ),
    Operation(
        "s3.GetPublicAccessBlock",
        ("s3:GetBucketPublicAccessBlock",),
        ("PublicAccessBlockConfiguration",),
        _BUCKET,
        unlisted=("NoSuchPublicAccessBlockConfiguration", _NO_BUCKET),
    ),
    Operation("s3.GetBucketAcl", ("s3:GetBucketAcl",), ("Grants",), _BUCKET, ("Grants",), unlisted=(_NO_BUCKET,)),
    Operation(  # a bucket that never had versioning answers an empty document
        "s3.GetBucketVersioning", ("s3:GetBucketVersioning",), (), _BUCKET, unlisted=(_NO_BUCKET,)
    ),
    Operation(
        "s3.GetObjectLockConfiguration",
        ("s3:GetBucketObjectLockConfiguration",),
        ("ObjectLockConfiguration",),
        _BUCKET,
        unlisted=("ObjectLockConfigurationNotFoundError", _NO_BUCKET),
    ),
    Operation(
        "s3.GetBucketLifecycleConfiguration",
        ("s3:GetLifecycleConfiguration",),
        ("Rules",),
        _BUCKET,
        ("Rules",),
        unlisted=("NoSuchLifecycleConfiguration", _NO_BUCKET),
    ),
    Operation(  # a bucket without access logging answers an empty document
        "s3.GetBucketLogging", ("s3:GetBucketLogging",), (), _BUCKET, unlisted=(_NO_BUCKET,)
    ),
    Operation(
        "s3.GetBucketEncryption",
        ("s3:GetEncryptionConfiguration",),
        ("ServerSideEncryptionConfiguration",),
        _BUCKET,
        unlisted=("ServerSideEncryptionConfigurationNotFoundError", _NO_BUCKET),
    ),
    Operation(
        "s3.GetBucketReplication",
        ("s3:GetReplicationConfiguration",),
        ("ReplicationConfiguration",),
        _BUCKET,
        unlisted=("ReplicationConfigurationNotFoundError", _NO_BUCKET),
    ),
    Operation(
        "s3.GetBucketOwnershipControls",
        ("s3:GetBucketOwnershipControls",),
        ("OwnershipControls",),
        _BUCKET,
        unlisted=("OwnershipControlsNotFoundError", _NO_BUCKET),
    ),
    Operation(
        "accessanalyzer.ListAnalyzers",
        ("access-analyzer:ListAnalyzers",),
        ("analyzers",),
        {},
        ("analyzers",),
        paginated=True,
    ),
    Operation(  # about which bucket comes with what is asked about
        "accessanalyzer.ListFindingsV2",
        ("access-analyzer:ListFindings",),
        ("findings",),
        {"analyzerArn": "$analyzer"},
        ("findings",),
        paginated=True,
    ),
)
"""Part of the table ``OPERATIONS``."""
