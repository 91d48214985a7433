from typing import Any

import pytest

from scanner.recording.selected_events import FieldCondition, all_selected, management_events
from scanner.recording.selectors import (
    Selector,
    dropping_fields,
    named_sources,
    named_types,
    read_selectors,
    records_all_objects,
    records_all_of_type,
    records_denied_activity,
    unrecorded_sources,
)

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


def test_a_missing_field_is_accepted_by_the_not_operators_alone() -> None:
    assert FieldCondition("f", not_equals=("a",), not_ends=("z",)).accepts(None)
    assert not FieldCondition("f", starts=("",)).accepts(None)
    assert not FieldCondition("f", starts=("a",), not_equals=("b",)).accepts(None)
    assert not FieldCondition("f").accepts(None)


def sides(*selectors: Selector) -> tuple[bool, bool]:
    """Whether every management event of each side is recorded."""
    return not unrecorded_sources(selectors, "read"), not unrecorded_sources(selectors, "write")


def test_basic_defaults_are_the_documented_ones() -> None:
    assert basic() == Selector(management=())


def test_basic_sides() -> None:
    assert sides(basic(ReadWriteType="ReadOnly")) == (True, False)
    assert sides(basic(ReadWriteType="WriteOnly")) == (False, True)
    assert sides(basic(ReadWriteType="ReadOnly"), basic(ReadWriteType="WriteOnly")) == (True, True)
    assert sides(basic(ReadWriteType=["ReadOnly"])) == (False, False)
    assert sides(basic(ReadWriteType="Sometimes")) == (False, False)
    assert basic(IncludeManagementEvents=False).management is None
    assert basic(IncludeManagementEvents="true").management is None


def test_no_selectors_at_all() -> None:
    empty: dict[str, Any] = {"EventSelectors": [], "AdvancedEventSelectors": []}
    assert read_selectors(empty, custom=True) == ()
    assert read_selectors(empty, custom=False) == (Selector(management=()),)


def test_advanced_selectors_replace_basic_ones() -> None:
    answer = {
        "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}],
        "AdvancedEventSelectors": [{"FieldSelectors": [DATA, OBJECTS]}],
    }
    (selector,) = read_selectors(answer, custom=True)
    assert (selector.management, selector.network) == (None, None)
    assert selector.data == ((FieldCondition("resources.type", equals=("AWS::S3::Object",)),),)


def test_advanced_without_a_category_selects_nothing_known() -> None:
    selector = advanced(OBJECTS)
    assert (selector.management, selector.data, selector.network) == (None, (), None)


READ, WRITE = field("readOnly", Equals=["true"]), field("readOnly", Equals=["false"])


def test_advanced_sides() -> None:
    assert sides(advanced(MANAGEMENT, WRITE)) == (False, True)
    assert sides(advanced(MANAGEMENT, field("readOnly", NotEquals=["true"]))) == (False, True)
    assert sides(advanced(MANAGEMENT, field("readOnly", Equals=["true", "false"]))) == (True, True)
    assert sides(advanced(MANAGEMENT, READ), advanced(MANAGEMENT, WRITE)) == (True, True)


@pytest.mark.parametrize(
    ("given", "read", "write"),
    [
        ([[READ]], set(), {"readOnly"}),
        ([[WRITE]], {"readOnly"}, set()),
        ([[READ], [WRITE]], set(), set()),
        ([[READ], [field("readOnly", NotStartsWith=["t"])]], set(), set()),
        ([[READ], [WRITE, field("eventName", StartsWith=["Delete"])]], set(), {"eventName"}),
        (
            [[READ], [WRITE, field("eventName", StartsWith=["D"])], [WRITE, field("eventName", NotStartsWith=["D"])]],
            set(),
            set(),
        ),
        (
            [[field("userIdentity.arn", Equals=["a"]), field("eventName", NotEquals=["b"])]],
            {"eventName", "userIdentity.arn"},
            {"eventName", "userIdentity.arn"},
        ),
        ([[field("userIdentity.arn", StartsWith=["arn:"])]], {"userIdentity.arn"}, {"userIdentity.arn"}),
        (
            [
                [field("sessionCredentialFromConsole", Equals=["true"])],
                [field("sessionCredentialFromConsole", NotEquals=["true"])],
            ],
            set(),
            set(),
        ),
        (
            [[field("eventType", NotEquals=["AwsServiceEvent"])], [field("eventType", EndsWith=["ServiceEvent"])]],
            set(),
            set(),
        ),
        ([[field("eventType", NotEquals=["AwsVpceEvent"])]], set(), set()),
        ([[field("eventType", NotEquals=["AwsServiceEvent"])]], {"eventType"}, {"eventType"}),
        ([[field("eventSource", Equals=["iam.amazonaws.com"])]], {"eventSource"}, {"eventSource"}),
    ],
)
def test_dropping_fields_are_named(given: list[list[dict[str, Any]]], read: set[str], write: set[str]) -> None:
    selectors = [advanced(MANAGEMENT, *fields) for fields in given]
    assert dropping_fields(selectors, "read") == read
    assert dropping_fields(selectors, "write") == write


def test_the_work_is_bounded() -> None:
    boxes = [
        (FieldCondition(name, not_equals=(f"{number}",)),)
        for name in ("eventName", "userIdentity.arn", "a", "b", "c", "d", "e")
        for number in range(60)
    ]
    assert not all_selected(boxes[:1], management_events("read", "s"))
    assert all_selected(boxes, management_events("read", "s")) in {True, False}


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
        assert records_all_objects([selector], side, ALL_OBJECTS) is everything
        assert records_all_objects([selector], side, "arn:aws:s3:::one/") is one_bucket


@pytest.mark.parametrize(
    ("fields", "read", "write"),
    [
        ([field("eventName", NotEquals=["GetObject"])], False, True),
        ([field("eventName", NotEquals=["GetObject", "HeadObject", "ListObjects"])], False, True),
        ([field("eventName", NotStartsWith=["Get", "List", "Head"])], False, True),
        ([field("eventName", NotEquals=["PutObject"])], True, False),
        ([field("eventName", NotStartsWith=["Put"])], True, False),
        ([field("eventName", NotEndsWith=["Tagging"])], False, False),
        ([field("eventName", StartsWith=["Put", "Delete"])], False, False),
        ([field("eventSource", Equals=["s3.amazonaws.com"])], True, True),
        ([field("eventSource", StartsWith=["s3."])], True, True),
        ([field("eventSource", NotEquals=["kms.amazonaws.com"])], True, True),
        ([field("eventSource", NotEquals=["s3.amazonaws.com"])], False, False),
        ([READ], True, False),
        ([WRITE, field("eventName", NotEquals=["GetObject"])], False, True),
        ([WRITE, field("eventName", NotEquals=["DeleteObject"])], False, False),
        ([field("eventType", Equals=["AwsApiCall", "AwsServiceEvent"])], True, True),
        ([field("sessionCredentialFromConsole", NotEquals=["true"])], False, False),
        ([field("userIdentity.arn", NotEquals=["arn:aws:iam::1:role/backup"])], False, False),
        ([field("resources.ARN", NotEquals=["arn:aws:sqs:us-east-1:1:queue"])], True, True),
        ([field("resources.ARN", NotEndsWith=[".tmp"])], False, False),
    ],
)
def test_only_a_field_that_drops_an_object_event_narrows(
    fields: list[dict[str, Any]], *, read: bool, write: bool
) -> None:
    selector = advanced(DATA, OBJECTS, *fields)
    assert records_all_objects([selector], "read", ALL_OBJECTS) is read
    assert records_all_objects([selector], "write", ALL_OBJECTS) is write


def test_object_selectors_add_up() -> None:
    parts = [
        advanced(DATA, OBJECTS, field("resources.ARN", StartsWith=["arn:aws:s3:::one/"])),
        advanced(DATA, OBJECTS, field("resources.ARN", NotStartsWith=["arn:aws:s3:::one/"])),
    ]
    assert records_all_objects(parts, "write", ALL_OBJECTS)
    assert not records_all_objects(parts[1:], "write", ALL_OBJECTS)


def test_odd_shapes_select_nothing() -> None:
    answer = {"AdvancedEventSelectors": [{"FieldSelectors": ["x", {"Field": "eventCategory", "Equals": "Management"}]}]}
    (selector,) = read_selectors(answer, custom=True)
    assert selector.management is None
    assert read_selectors({"EventSelectors": "none"}, custom=True) == ()
    assert read_selectors({}, custom=True) == ()


NETWORK = field("eventCategory", Equals=["NetworkActivity"])
TABLES = field("resources.type", Equals=["AWS::DynamoDB::Table"])


@pytest.mark.parametrize(
    ("selector", "recorded"),
    [
        (advanced(DATA, TABLES), True),
        (advanced(DATA, TABLES, field("resources.ARN", StartsWith=["arn:aws:dynamodb"])), True),
        (advanced(DATA, TABLES, field("resources.ARN", StartsWith=["arn:aws-cn:dynamodb"])), False),
        (advanced(DATA, TABLES, field("eventSource", Equals=["dynamodb.amazonaws.com"])), False),
        (advanced(DATA, TABLES, field("eventType", NotEquals=["AwsServiceEvent"])), False),
        (advanced(DATA, TABLES, field("userIdentity.arn", NotStartsWith=["arn:aws:sts::1:"])), False),
        (advanced(DATA), False),
        (advanced(MANAGEMENT, TABLES), False),
        (basic(DataResources=[{"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]}]), True),
        (basic(DataResources=[{"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb:us-east-1:1:t"]}]), False),
        (basic(DataResources=[{"Type": "AWS::DynamoDB::Table", "Values": []}]), False),
        (basic(DataResources=[{"Values": ["arn:aws:dynamodb"]}]), False),
    ],
)
def test_every_data_event_of_a_type(selector: Selector, *, recorded: bool) -> None:
    assert records_all_of_type([selector], "AWS::DynamoDB::Table", "aws") is recorded
    assert not records_all_of_type([selector], "AWS::Bedrock::Model", "aws")
    assert named_types([selector]) == ({"AWS::DynamoDB::Table"} if selector.data else set())


@pytest.mark.parametrize(
    ("fields", "recorded"),
    [
        ((), True),
        ((field("errorCode", Equals=["VpceAccessDenied"]),), True),
        ((field("errorCode", NotEquals=["VpceAccessDenied"]),), False),
        ((field("vpcEndpointId", Equals=["vpce-1"]),), False),
        ((field("eventName", NotEquals=["GetObject"]),), False),
    ],
)
def test_denied_network_activity(fields: tuple[dict[str, Any], ...], *, recorded: bool) -> None:
    selector = advanced(NETWORK, field("eventSource", Equals=["s3.amazonaws.com"]), *fields)
    assert records_denied_activity([selector], "s3.amazonaws.com") is recorded
    assert not records_denied_activity([selector], "kms.amazonaws.com")
    assert named_sources([selector]) == {"s3.amazonaws.com"}
    assert (selector.management, selector.data) == (None, ())
