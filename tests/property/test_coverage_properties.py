"""What is said about an account while some answers are missing holds whatever these answers are."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scanner.model import CallKey, GapKind
from scanner.resources.trails.coverage import coverage_view
from scanner.snapshot.answers import SCHEMA, Call, CallError, Snapshot

ACCOUNT = "111122223333"
REGIONS = ("eu-west-1", "us-east-1")
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "")

BASIC = st.fixed_dictionaries(
    {
        "ReadWriteType": st.sampled_from(("All", "ReadOnly", "WriteOnly")),
        "IncludeManagementEvents": st.booleans(),
        "ExcludeManagementEventSources": st.sampled_from(([], ["kms.amazonaws.com"])),
        "DataResources": st.sampled_from(([], [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}])),
    }
)
FIELD = st.sampled_from(
    (
        {"Field": "readOnly", "Equals": ["true"]},
        {"Field": "readOnly", "Equals": ["false"]},
        {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
        {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]},
        {"Field": "eventName", "NotEquals": ["StopLogging"]},
    )
)
ADVANCED = st.builds(
    lambda category, rest: {"FieldSelectors": [{"Field": "eventCategory", "Equals": [category]}, *rest]},
    st.sampled_from(("Management", "Management", "Data")),
    st.lists(FIELD, max_size=2),
)
SELECTORS = st.one_of(
    st.builds(lambda items: {"EventSelectors": items}, st.lists(BASIC, max_size=2)),
    st.builds(lambda items: {"AdvancedEventSelectors": items}, st.lists(ADVANCED, min_size=1, max_size=3)),
)
INSIGHTS = st.lists(st.sampled_from(("ApiCallRateInsight", "ApiErrorRateInsight")), max_size=2).map(
    lambda kinds: {"InsightSelectors": [{"InsightType": kind} for kind in kinds]}
)
TRAIL = st.fixed_dictionaries(
    {
        "region": st.sampled_from(REGIONS),
        "multi": st.booleans(),
        "global": st.booleans(),
        "organization": st.booleans(),
        "GetTrailStatus": st.booleans().map(lambda logging: {"IsLogging": logging}),
        "GetEventSelectors": SELECTORS,
        "GetInsightSelectors": INSIGHTS,
    }
)
ASKED = {"GetTrailStatus": "Name", "GetEventSelectors": "TrailName", "GetInsightSelectors": "TrailName"}


def snapshot_of(trails: list[dict[str, Any]], missing: set[tuple[int, str]], refused: set[str]) -> Snapshot:
    raw: dict[str, bytes] = {}
    calls: list[Call] = []

    def record(region: str, operation: str, arguments: dict[str, Any], answer: Any) -> None:
        error = answer if isinstance(answer, CallError) else None
        file = f"raw/{len(calls)}.json"
        raw[file] = json.dumps({"pages": [None if error else answer]}).encode()
        calls.append(Call(CallKey(ACCOUNT, region, operation, arguments), "", "", (), 1, 0, file, "", 0, error))

    arns = [f"arn:aws:cloudtrail:{item['region']}:{ACCOUNT}:trail/{number}" for number, item in enumerate(trails)]
    for region in REGIONS:
        shown = [
            {
                "TrailARN": arn,
                "HomeRegion": item["region"],
                "IsMultiRegionTrail": item["multi"],
                "IncludeGlobalServiceEvents": item["global"],
                "IsOrganizationTrail": item["organization"],
            }
            for arn, item in zip(arns, trails, strict=True)
            if item["multi"] or item["region"] == region
        ]
        answer = DENIED if region in refused else {"trailList": shown}
        record(region, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, answer)
    for number, (arn, item) in enumerate(zip(arns, trails, strict=True)):
        for operation, argument in ASKED.items():
            answer = DENIED if (number, operation) in missing else item[operation]
            record(item["region"], f"cloudtrail.{operation}", {argument: arn}, answer)
    scope = {"accounts": {ACCOUNT: {"regions": list(REGIONS), "skipped": {}}}, "asked": {"regions": "enabled"}}
    run = {"schema": SCHEMA, "started": "2026-11-20T07:00:00Z", "partition": "aws", "scope": scope}
    return Snapshot(run, tuple(calls), raw.__getitem__)


ABOUT_ORGANIZATION = {"InOrganization", "TrailAdministrators"}
"""What these snapshots hold no answer about."""


@given(
    trails=st.lists(TRAIL, max_size=3),
    missing=st.sets(st.tuples(st.integers(0, 2), st.sampled_from(sorted(ASKED)))),
    refused=st.sets(st.sampled_from(REGIONS)),
)
def test_stated_facts_hold_in_the_complete_account(
    trails: list[dict[str, Any]], missing: set[tuple[int, str]], refused: set[str]
) -> None:
    (complete,) = coverage_view(snapshot_of(trails, set(), set()), ACCOUNT).rows
    (partial,) = coverage_view(snapshot_of(trails, missing, refused), ACCOUNT).rows
    assert set(complete.gaps) == ABOUT_ORGANIZATION
    assert not set(partial.data) & set(partial.gaps)
    assert set(partial.data) | set(partial.gaps) == set(complete.data) | ABOUT_ORGANIZATION
    for name, value in partial.data.items():
        if name == "KnownLoggingTrails":
            assert set(value) <= set(complete.data["LoggingTrails"])
        elif f"More{name}" in complete.data:
            # What is proven to be recorded; another field says whether there may be more of it.
            assert set(value) <= set(complete.data[name]), name
            assert f"More{name}" in partial.gaps or value == complete.data[name], name
        elif isinstance(value, list) and name != "LoggingTrails":
            # A list may be shorter than the whole truth, but never empty when the truth is not, or the other way.
            assert bool(value) == bool(complete.data[name]), name
        else:
            assert value == complete.data[name], name
    if not missing and not refused:
        assert partial == complete
    assert complete.data["KnownLoggingTrails"] == complete.data["LoggingTrails"]
