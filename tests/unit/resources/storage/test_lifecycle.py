"""Which log files a lifecycle rule can reach, and when they are lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.audit_path.stores import VisibleTrail
from scanner.model import CallKey, Source
from scanner.resources.storage.lifecycle import LogKeys, lifecycle_facts, log_keys

OWN = LogKeys("AWSLogs/", "111122223333")
PREFIXED = LogKeys("audit/AWSLogs/", "111122223333")
ORGANIZATION = LogKeys("AWSLogs/", "")


@pytest.mark.parametrize(
    ("keys", "prefix", "reached"),
    [
        (OWN, "", True),
        (OWN, "AWS", True),
        (OWN, "AWSLogs/", True),
        (OWN, "AWSLogs/1111", True),
        (OWN, "AWSLogs/111122223333/", True),
        (OWN, "AWSLogs/111122223333/Cloud", True),
        (OWN, "AWSLogs/111122223333/CloudTrail/us-east-1/2026/", True),
        (OWN, "AWSLogs/111122223333/CloudTrail-Digest/", True),
        (OWN, "AWSLogs/111122223333/Config/", False),
        (OWN, "AWSLogs/111122223333/CloudFront/", False),
        (OWN, "AWSLogs/444455556666/", False),
        (OWN, "AWSLogs/1111222233334/", False),
        (OWN, "AWSLogs/111122223333x", False),
        (OWN, "AWSLogs/o-exampleorgid/", False),
        (OWN, "awslogs/", False),
        (OWN, "tmp/", False),
        (PREFIXED, "audit/", True),
        (PREFIXED, "audit/AWSLogs/111122223333/", True),
        (PREFIXED, "AWSLogs/", False),
        (ORGANIZATION, "AWSLogs/o-exampleorgid/", True),
        (ORGANIZATION, "AWSLogs/o-exampleorgid/444455556666/CloudTrail/", True),
        (ORGANIZATION, "AWSLogs/o-exampleorgid/444455556666/Config/", False),
        (ORGANIZATION, "AWSLogs/444455556666/CloudTrail-Digest/", True),
        (ORGANIZATION, "AWSLogs/444455556666/elasticloadbalancing/", False),
        (ORGANIZATION, "AWSLogs/44445555/CloudTrail/", False),
        (ORGANIZATION, "AWSLogs/o", True),
        (ORGANIZATION, "AWSLogs/x", False),
    ],
)
def test_prefixes_that_reach_log_files(keys: LogKeys, prefix: str, reached: bool) -> None:
    assert keys.may_start_with(prefix) is reached


@given(
    st.sampled_from([OWN, PREFIXED, ORGANIZATION]),
    st.sampled_from(["", "o-exampleorgid/"]),
    st.sampled_from(["CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight"]),
    st.integers(0, 90),
)
def test_every_beginning_of_a_real_key_reaches_it(keys: LogKeys, organization: str, kind: str, length: int) -> None:
    part = "" if keys.account else organization
    key = f"{keys.base}{part}{keys.account or '444455556666'}/{kind}/us-east-1/2026/11/20/x.json.gz"
    assert keys.may_start_with(key[:length])


def trail(**data: Any) -> VisibleTrail:
    return VisibleTrail("arn", "111122223333", "us-east-1", data, Source(CallKey("", "", "call"), ""))


def test_log_keys_come_from_prefix_owner_and_organization() -> None:
    assert log_keys([trail(), trail()]) == (OWN,)
    assert log_keys([trail(S3KeyPrefix="audit")]) == (PREFIXED,)
    assert log_keys([trail(IsOrganizationTrail=True)]) == (ORGANIZATION,)
    assert log_keys([trail(S3KeyPrefix="audit/")]) == (LogKeys("audit//AWSLogs/", "111122223333"), PREFIXED)
    assert ORGANIZATION.prefix == "AWSLogs/"


def rule(**members: Any) -> dict[str, Any]:
    return {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, **members}


def loss(*rules: Any, versioning: str | None = None) -> Any:
    return lifecycle_facts(rules, versioning, (OWN,))["DaysToLoss"]


def test_the_soonest_loss_counts() -> None:
    rules = [rule(ID="late", Expiration={"Days": 400}), rule(ID="soon", Expiration={"Days": 30})]
    facts = lifecycle_facts(rules, None, (OWN,))
    assert (facts["DaysToLoss"], facts["LossRule"], facts["DaysToExpiry"]) == (30, "soon", 30)


def test_versioning_turns_expiry_into_hiding() -> None:
    facts = lifecycle_facts([rule(Expiration={"Days": 30})], "Enabled", (OWN,))
    assert (facts["DaysToLoss"], facts["LossRule"], facts["DaysToExpiry"]) == (None, None, 30)
    assert loss(rule(Expiration={"Days": 30}), versioning="Suspended") == 30


def test_noncurrent_versions_alone_are_not_log_files_in_use() -> None:
    assert loss(rule(NoncurrentVersionExpiration={"NoncurrentDays": 1}), versioning="Enabled") is None
    assert loss(rule(NoncurrentVersionExpiration={"NoncurrentDays": 1})) is None


@pytest.mark.parametrize(("kept", "days"), [(None, 31), (0, 31), (1, None), (100, None)])
def test_newer_noncurrent_versions_keep_the_only_one(kept: int | None, days: int | None) -> None:
    removal = {"NoncurrentDays": 1, "NewerNoncurrentVersions": kept}
    combined = rule(Expiration={"Days": 30}, NoncurrentVersionExpiration=removal)
    assert loss(combined, versioning="Enabled") == days


def test_two_rules_add_up_only_where_they_meet() -> None:
    here = rule(Filter={"Prefix": "AWSLogs/111122223333/CloudTrail/eu-west-1/"}, Expiration={"Days": 10})
    wide = rule(ID="w", Filter={"Prefix": "AWSLogs/"}, NoncurrentVersionExpiration={"NoncurrentDays": 5})
    there = wide | {"Filter": {"Prefix": "AWSLogs/111122223333/CloudTrail/us-east-1/"}}
    assert loss(here, wide, versioning="Enabled") == 15
    assert loss(here, there, versioning="Enabled") is None


@pytest.mark.parametrize(
    ("conditions", "applies"),
    [
        ({"Filter": {"ObjectSizeLessThan": 1}}, False),
        ({"Filter": {"ObjectSizeLessThan": 1000}}, True),
        ({"Filter": {"ObjectSizeGreaterThan": 1000}}, True),
        ({"Filter": {"And": {"ObjectSizeGreaterThan": 99, "ObjectSizeLessThan": 100}}}, False),
        ({"Filter": {"And": {"ObjectSizeGreaterThan": 98, "ObjectSizeLessThan": 100}}}, True),
        ({"Filter": {"Tag": {"Key": "a", "Value": "b"}}}, True),
        ({"Filter": {"And": {"Prefix": "tmp/", "Tags": []}}}, False),
        ({"Filter": None, "Prefix": "tmp/"}, False),
        ({"Filter": None, "Prefix": "AWSLogs"}, True),
        ({"Filter": None}, True),
        ({"Status": "Disabled"}, False),
    ],
)
def test_which_rules_apply(conditions: dict[str, Any], applies: bool) -> None:
    assert loss(rule(Expiration={"Days": 9}) | conditions) == (9 if applies else None)


def test_a_date_takes_even_the_newest_file() -> None:
    assert loss(rule(Expiration={"Date": "2030-01-01T00:00:00Z"})) == 0
    transitions = [{"Date": "2030-01-01T00:00:00Z", "StorageClass": "GLACIER"}, {"Days": 5, "StorageClass": "X"}, 3]
    facts = lifecycle_facts([rule(ID=None, Transitions=transitions)], None, (OWN,))
    assert facts["Transitions"] == [
        {"Rule": "number 1", "Days": 0, "StorageClass": "GLACIER"},
        {"Rule": "number 1", "Days": 5, "StorageClass": "X"},
    ]


def test_what_rules_do_in_words() -> None:
    transitions = [{"Days": 1, "StorageClass": "GLACIER"}, {"Date": "2030-01-01T00:00:00Z", "StorageClass": "X"}]
    rules = [rule(ID="old", Transitions=transitions), rule(ID="end", Expiration={"Days": 400})]
    assert lifecycle_facts(rules, None, (OWN,))["Actions"] == [
        "rule old moves them to GLACIER after 1 day",
        "rule old moves them to X on 2030-01-01T00:00:00Z",
        "rule end expires them after 400 days",
    ]


def test_what_destroys_no_log_file() -> None:
    assert loss(rule(Expiration={"ExpiredObjectDeleteMarker": True})) is None
    assert loss(rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER"}])) is None
    assert lifecycle_facts(["rule", None, {}], None, (OWN,))["DaysToLoss"] is None
