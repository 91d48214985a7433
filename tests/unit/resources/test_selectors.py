from typing import Any

import pytest

from scanner.resources.selectors import FieldCondition, Selector, read_selectors, unrecorded_sources

ALL_OBJECTS = "arn:aws:s3:::"


def basic(**members: Any) -> Selector:
    (selector,) = read_selectors({"EventSelectors": [members]}, custom=True)
    return selector


def advanced(*fields: dict[str, Any]) -> Selector:
    answer = {"EventSelectors": [], "AdvancedEventSelectors": [{"Name": "any", "FieldSelectors": list(fields)}]}
    (selector,) = read_selectors(answer, custom=True)
    return selector


def field(name: str, **operators: list[str]) -> dict[str, Any]:
    return {"Field": name, **operators}


MANAGEMENT = field("eventCategory", Equals=["Management"])
DATA = field("eventCategory", Equals=["Data"])
OBJECTS = field("resources.type", Equals=["AWS::S3::Object"])


@pytest.mark.parametrize(
    ("condition", "accepted", "refused"),
    [
        (FieldCondition("f", equals=("a", "b")), ["a", "b"], ["c", ""]),
        (FieldCondition("f", starts=("a",), ends=("z",)), ["ab", "yz"], ["b"]),
        (FieldCondition("f", not_equals=("a",)), ["b", ""], ["a"]),
        (FieldCondition("f", not_starts=("a",), not_ends=("z",)), ["b"], ["ab", "bz"]),
        (FieldCondition("f", starts=("a",), not_equals=("ab",)), ["a", "abc"], ["ab", "b"]),
        (FieldCondition("f"), [], ["", "a"]),
    ],
)
def test_operators_of_a_field(condition: FieldCondition, accepted: list[str], refused: list[str]) -> None:
    assert [condition.accepts(value) for value in accepted] == [True] * len(accepted)
    assert [condition.accepts(value) for value in refused] == [False] * len(refused)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (FieldCondition("f", starts=("p/",)), True),
        (FieldCondition("f", starts=("p",)), True),
        (FieldCondition("f", starts=("p/q",)), False),
        (FieldCondition("f", equals=("p/",)), False),
        (FieldCondition("f", ends=("p/",)), False),
        (FieldCondition("f", not_equals=("q",)), True),
        (FieldCondition("f", not_equals=("p/q",)), False),
        (FieldCondition("f", not_starts=("p/q",)), False),
        (FieldCondition("f", not_starts=("p",)), False),
        (FieldCondition("f", not_starts=("q",)), True),
        (FieldCondition("f", not_ends=("q",)), False),
        (FieldCondition("f", starts=("p/",), not_ends=("q",)), False),
        (FieldCondition("f"), False),
    ],
)
def test_everything_below_a_prefix(condition: FieldCondition, *, expected: bool) -> None:
    assert condition.accepts_all_below("p/") is expected


def test_basic_defaults_are_the_documented_ones() -> None:
    assert basic() == Selector(read=True, write=True, management=True)


def test_basic_sides() -> None:
    only_read, only_write = basic(ReadWriteType="ReadOnly"), basic(ReadWriteType="WriteOnly")
    assert (only_read.read, only_read.write) == (True, False)
    assert (only_write.read, only_write.write) == (False, True)
    odd = basic(ReadWriteType="Sometimes")
    assert not basic(ReadWriteType=["ReadOnly"]).read
    assert (odd.read, odd.write) == (False, False)
    assert basic(IncludeManagementEvents=False).management is False
    assert basic(IncludeManagementEvents="true").management is False


def test_no_selectors_at_all() -> None:
    empty: dict[str, Any] = {"EventSelectors": [], "AdvancedEventSelectors": []}
    assert read_selectors(empty, custom=True) == ()
    assert read_selectors(empty, custom=False) == (Selector(read=True, write=True, management=True),)


def test_advanced_selectors_replace_basic_ones() -> None:
    answer = {
        "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}],
        "AdvancedEventSelectors": [{"FieldSelectors": [DATA, OBJECTS]}],
    }
    (selector,) = read_selectors(answer, custom=True)
    assert (selector.management, selector.s3_objects) == (False, ())


def test_advanced_without_a_category_selects_nothing_known() -> None:
    selector = advanced(OBJECTS)
    assert (selector.management, selector.s3_objects) == (False, None)


def test_advanced_sides() -> None:
    selector = advanced(MANAGEMENT, field("readOnly", Equals=["false"]))
    assert (selector.read, selector.write) == (False, True)
    both = advanced(MANAGEMENT, field("readOnly", Equals=["true", "false"]))
    assert (both.read, both.write, both.narrowing) == (True, True, ())


def test_narrowing_is_named() -> None:
    selector = advanced(MANAGEMENT, field("userIdentity.arn", Equals=["a"]), field("eventName", NotEquals=["b"]))
    assert selector.narrowing == ("eventName", "userIdentity.arn")
    assert not selector.records_management("read", "iam.amazonaws.com")


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([], ()),
        ([field("eventSource", NotEquals=["kms.amazonaws.com"])], ("kms.amazonaws.com",)),
        ([field("eventSource", NotStartsWith=["kms."])], ("kms.*", "kms.amazonaws.com")),
        ([field("eventSource", NotEndsWith=["data.amazonaws.com"])], ("*data.amazonaws.com", "rdsdata.amazonaws.com")),
        ([field("eventSource", Equals=["iam.amazonaws.com"])], ("*",)),
        ([field("eventSource", NotEquals=["a"]), field("eventSource", NotEquals=["b"])], ("a", "b")),
    ],
)
def test_sources_left_out(conditions: list[dict[str, Any]], expected: tuple[str, ...]) -> None:
    assert unrecorded_sources([advanced(MANAGEMENT, *conditions)], "write") == expected


def test_selectors_restore_what_others_leave_out() -> None:
    left_out = advanced(MANAGEMENT, field("eventSource", NotEquals=["kms.amazonaws.com"]))
    only_kms = advanced(MANAGEMENT, field("eventSource", StartsWith=["kms."]), field("readOnly", Equals=["false"]))
    assert unrecorded_sources([left_out, only_kms], "write") == ()
    assert unrecorded_sources([left_out, only_kms], "read") == ("kms.amazonaws.com",)


def test_nothing_recorded_is_every_source() -> None:
    assert unrecorded_sources([], "read") == ("*",)
    assert unrecorded_sources([advanced(DATA, OBJECTS)], "read") == ("*",)


@pytest.mark.parametrize(
    ("selector", "everything", "one_bucket"),
    [
        (basic(DataResources=[{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]), True, True),
        (basic(DataResources=[{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::"]}]), True, True),
        (basic(DataResources=[{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::one/"]}]), False, True),
        (basic(DataResources=[{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::one/x"]}]), False, False),
        (basic(DataResources=[{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}]), False, False),
        (basic(DataResources=[{"Type": "AWS::S3::Object", "Values": []}]), False, False),
        (basic(), False, False),
        (advanced(DATA, OBJECTS), True, True),
        (advanced(DATA, OBJECTS, field("resources.ARN", StartsWith=["arn:aws:s3:::one/"])), False, True),
        (advanced(DATA, OBJECTS, field("resources.ARN", NotStartsWith=["arn:aws:s3:::two/"])), False, True),
        (advanced(DATA, OBJECTS, field("resources.ARN", NotStartsWith=["arn:aws:s3:::one/"])), False, False),
        (advanced(DATA, OBJECTS, field("resources.ARN")), False, False),
        (advanced(DATA, OBJECTS, field("eventName", Equals=["PutObject"])), False, False),
        (advanced(DATA, field("resources.type", Equals=["AWS::S3Express::Object"])), False, False),
        (advanced(MANAGEMENT, OBJECTS), False, False),
    ],
)
def test_s3_objects(selector: Selector, *, everything: bool, one_bucket: bool) -> None:
    for side in ("read", "write"):
        assert selector.records_objects(side, ALL_OBJECTS) is everything
        assert selector.records_objects(side, "arn:aws:s3:::one/") is one_bucket


def test_odd_shapes_select_nothing() -> None:
    answer = {"AdvancedEventSelectors": [{"FieldSelectors": ["x", {"Field": "eventCategory", "Equals": "Management"}]}]}
    (selector,) = read_selectors(answer, custom=True)
    assert not selector.management
    assert read_selectors({"EventSelectors": "none"}, custom=True) == ()
    assert read_selectors({}, custom=True) == ()
