"""Event selectors as conditions on events, tried on events."""

from typing import Any

import pytest

from scanner.pattern import And, Compare, JsonPattern, Or, Selector, Text, matches_value
from scanner.recording.recorded_events import (
    EVERYTHING,
    NOTHING,
    Condition,
    Recorded,
    Whole,
    both,
    either,
    recorded,
    without_global_services,
)
from scanner.recording.selectors import read_selectors

MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
STOP: dict[str, Any] = {"eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com", "readOnly": False}
READ: dict[str, Any] = {"eventName": "DescribeKey", "eventSource": "kms.amazonaws.com", "readOnly": True}


def holds(condition: Condition, event: dict[str, Any]) -> bool:
    if isinstance(condition, Whole):
        return condition is EVERYTHING
    return matches_value(JsonPattern(condition), event)


def advanced(*fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Name": "some", "FieldSelectors": [MANAGEMENT, *fields]}]


def found_of(basic: list[dict[str, Any]], advanced: list[dict[str, Any]]) -> Recorded:
    return recorded(read_selectors({"EventSelectors": basic, "AdvancedEventSelectors": advanced}, custom=False))


@pytest.mark.parametrize(
    ("basic", "stop", "read"),
    [
        ([], True, True),
        ([{"ReadWriteType": "All", "IncludeManagementEvents": True}], True, True),
        ([{}], True, True),
        ([{"ReadWriteType": "WriteOnly"}], True, False),
        ([{"ReadWriteType": "ReadOnly"}], False, True),
        ([{"ReadWriteType": "ReadOnly"}, {"ReadWriteType": "WriteOnly"}], True, True),
        ([{"IncludeManagementEvents": False}], False, False),
        ([{"ExcludeManagementEventSources": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}], True, False),
    ],
)
def test_basic_selectors(basic: list[dict[str, Any]], stop: bool, read: bool) -> None:
    found = found_of(basic, [])
    assert found.surely == found.at_most
    assert (holds(found.surely, STOP), holds(found.surely, READ)) == (stop, read)


@pytest.mark.parametrize(
    ("fields", "stop", "read"),
    [
        ([], True, True),
        ([{"Field": "readOnly", "Equals": ["false"]}], True, False),
        ([{"Field": "readOnly", "NotEquals": ["false"]}], False, True),
        ([{"Field": "readOnly", "Equals": ["true", "false"]}], True, True),
        ([{"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}], True, False),
        ([{"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}], False, True),
        ([{"Field": "eventName", "StartsWith": ["Stop", "Start"]}], True, False),
        ([{"Field": "eventName", "NotStartsWith": ["Describe"]}], True, False),
        ([{"Field": "eventName", "EndsWith": ["Key"]}], False, True),
        ([{"Field": "eventName", "NotEndsWith": ["Key"]}], True, False),
        ([{"Field": "eventName", "Equals": ["A"], "StartsWith": ["Stop"]}], True, False),
        ([{"Field": "eventName", "StartsWith": ["Stop"], "NotEndsWith": ["Logging"]}], False, False),
        (
            [{"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}, {"Field": "readOnly", "Equals": ["false"]}],
            False,
            False,
        ),
        ([{"Field": "userIdentity.arn", "NotEquals": ["arn:aws:iam::111122223333:user/robot"]}], True, True),
        ([{"Field": "userIdentity.arn", "Equals": ["arn:aws:iam::111122223333:user/robot"]}], False, False),
    ],
    ids=str,
)
def test_fields_of_an_advanced_selector(fields: list[dict[str, Any]], stop: bool, read: bool) -> None:
    found = found_of([], advanced(*fields))
    assert found.surely == found.at_most
    assert (holds(found.surely, STOP), holds(found.surely, READ)) == (stop, read)


def test_selectors_of_other_categories_record_no_management_events() -> None:
    data: list[dict[str, Any]] = [
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]},
        {"FieldSelectors": []},
    ]
    assert found_of([], data).at_most is NOTHING


def test_advanced_selectors_replace_basic_ones() -> None:
    found = found_of([{"ReadWriteType": "All"}], advanced({"Field": "readOnly", "Equals": ["true"]}))
    assert not holds(found.surely, STOP)


@pytest.mark.parametrize(
    "odd",
    [
        {"Field": "somethingNew", "Equals": ["x"]},
        {"Field": "readOnly", "StartsWith": ["t"]},
        {"Field": "eventName", "Matches": ["x"]},
        {"Field": "eventName", "Equals": ["Stop*"]},
        {"Field": "eventName"},
    ],
    ids=str,
)
def test_a_field_that_is_not_understood_records_nothing_for_certain(odd: dict[str, Any]) -> None:
    found = found_of([], advanced(odd, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}))
    assert found.surely is NOTHING
    assert (holds(found.at_most, STOP), holds(found.at_most, READ)) == (True, False)


def test_an_unknown_read_write_type_records_nothing_for_certain() -> None:
    found = found_of([{"ReadWriteType": "Sometimes"}], [])
    assert (found.surely, found.at_most) == (NOTHING, EVERYTHING)


def test_one_clear_selector_outweighs_an_odd_one() -> None:
    found = found_of([], [*advanced({"Field": "somethingNew", "Equals": ["x"]}), *advanced()])
    assert (found.surely, found.at_most) == (EVERYTHING, EVERYTHING)


def test_global_services() -> None:
    rest = without_global_services()
    assert holds(rest, STOP)
    for source in ("iam", "sts", "signin", "organizations", "cloudfront", "route53"):
        assert not holds(rest, {"eventSource": f"{source}.amazonaws.com"})


def test_conditions_are_flat() -> None:
    one, two, three = (Compare(Selector((name,)), "=", Text("x")) for name in "abc")
    assert both(one, And((two, three)), EVERYTHING) == And((one, two, three))
    assert either([one, Or((two, three)), NOTHING]) == Or((one, two, three))
    assert both(one, NOTHING) is NOTHING
    assert either([one, EVERYTHING]) is EVERYTHING
    assert (both(), either([])) == (EVERYTHING, NOTHING)


@pytest.mark.parametrize(
    ("basic", "fields"),
    [
        ([{"ReadWriteType": ["All"]}], []),
        ([{"ExcludeManagementEventSources": "kms.amazonaws.com"}], []),
        ([{"ExcludeManagementEventSources": [7]}], []),
        ([], [{"Field": ["eventSource"], "NotEquals": ["kms.amazonaws.com"]}]),
        ([], [{"Field": "eventSource", "NotEquals": "kms.amazonaws.com"}]),
        ([], [{"Field": "readOnly", "Equals": ["false"], "NotEquals": 7}]),
    ],
)
def test_a_selector_of_odd_types_records_nothing_for_certain(
    basic: list[dict[str, Any]], fields: list[dict[str, Any]]
) -> None:
    found = found_of(basic, advanced(*fields) if fields else [])
    assert found.surely is NOTHING
    assert found.at_most is not NOTHING
