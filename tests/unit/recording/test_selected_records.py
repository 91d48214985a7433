"""Whether selectors take the event of one record, and by which field not."""

from collections.abc import Mapping
from typing import Any

import pytest

from scanner.recording.selected_records import category_of, selects

MANAGEMENT = {
    "eventCategory": "Management",
    "eventSource": "iam.amazonaws.com",
    "eventName": "PutRolePolicy",
    "readOnly": False,
}
OBJECT = {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::logs/a.gz"}
DATA = {
    "eventCategory": "Data",
    "eventSource": "s3.amazonaws.com",
    "eventName": "PutObject",
    "readOnly": False,
    "resources": [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::logs"}, OBJECT],
}


def basic(**members: Any) -> dict[str, Any]:
    return {"EventSelectors": [members]}


def advanced(*fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"AdvancedEventSelectors": [{"FieldSelectors": list(fields)}]}


def only(category: str) -> dict[str, Any]:
    return {"Field": "eventCategory", "Equals": [category]}


OF_OBJECTS = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::logs/"]}
OF_OTHERS = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::other/"]}


@pytest.mark.parametrize(
    ("answer", "record", "verdict", "why"),
    [
        ({}, MANAGEMENT, True, ""),
        ({}, DATA, False, "no data events"),
        (basic(ReadWriteType="All", IncludeManagementEvents=True), MANAGEMENT, True, ""),
        (basic(ReadWriteType="All", IncludeManagementEvents=False), MANAGEMENT, False, "no management events"),
        (basic(ReadWriteType="ReadOnly"), MANAGEMENT, False, "takes reads only"),
        (basic(ReadWriteType="WriteOnly"), MANAGEMENT | {"readOnly": True}, False, "takes writes only"),
        (basic(ReadWriteType="WriteOnly"), MANAGEMENT | {"readOnly": None}, None, "does not say"),
        (basic(ReadWriteType="Sometimes"), MANAGEMENT, None, "not understood"),
        (
            basic(ExcludeManagementEventSources=["iam.amazonaws.com"]),
            MANAGEMENT,
            False,
            "leaves out the event source iam.amazonaws.com",
        ),
        (basic(DataResources=[OF_OBJECTS]), DATA, True, ""),
        (basic(DataResources=[OF_OTHERS]), DATA, False, "no data events of this resource"),
        (advanced(only("Management")), MANAGEMENT, True, ""),
        (advanced(only("Management")), DATA, False, "no data events"),
        (advanced(only("Data"), {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}), DATA, True, ""),
        (
            advanced(
                only("Data"),
                {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::other"]},
            ),
            DATA,
            False,
            "leave out the resource",
        ),
        (
            advanced(only("Management"), {"Field": "readOnly", "Equals": ["true"]}),
            MANAGEMENT,
            False,
            "leave out readOnly false",
        ),
        (
            advanced(only("Management"), {"Field": "userIdentity.arn", "NotEquals": ["arn:aws:iam::1:role/x"]}),
            MANAGEMENT,
            True,
            "",
        ),
        (advanced(only("Management"), {"Field": "eventName", "Like": ["Put*"]}), MANAGEMENT, None, "not understood"),
        ({}, MANAGEMENT | {"eventCategory": "NetworkActivity"}, None, "NetworkActivity"),
        (advanced(only("NetworkActivity")), MANAGEMENT | {"eventCategory": "NetworkActivity"}, True, ""),
    ],
)
def test_what_selectors_take(answer: dict[str, Any], record: dict[str, Any], verdict: bool | None, why: str) -> None:
    chosen = selects(answer, record, custom=False)
    assert chosen.verdict is verdict
    assert why in chosen.why


def test_a_trail_that_had_selectors_and_shows_none_records_nothing() -> None:
    assert selects({}, MANAGEMENT, custom=True).verdict is False


def test_what_one_selector_leaves_out_another_may_take() -> None:
    both = {"EventSelectors": [{"ReadWriteType": "ReadOnly"}, {"ReadWriteType": "WriteOnly"}]}
    assert selects(both, MANAGEMENT, custom=True).verdict is True


def test_records_from_before_they_told_their_category() -> None:
    assert category_of({}) == "Management"
    assert category_of({"managementEvent": False}) == "Data"
