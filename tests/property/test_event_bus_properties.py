"""The two conditions that bound an event pattern, against matching the event that EventBridge makes of a record."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.eventbridge.cloudtrail_events import DETAIL_TYPES
from scanner.eventbridge.parser import parse_event_pattern
from scanner.pattern.cloudtrail.event_bus import SOURCES, Bounds, bounds, matches_record
from scanner.pattern.language.nodes import Expr, JsonPattern
from scanner.pattern.matching.match import matches_value

TEXTS = st.one_of(
    st.text("aAb*.3éÉ\u212ak", max_size=3), st.sampled_from(["10.0.0.1", "10.0.1.1", "::1", "300", "1.5"])
)
WILDCARDS = st.sampled_from(["*", "a*", "*b", "a*b", "*a*", "a\\*b", "ab"])
TEXT_OPERATORS = st.sampled_from(["prefix", "suffix", "equals-ignore-case"])
SINGLE = st.one_of(
    TEXTS,
    st.sampled_from([None, True, False, 0, 1.5, 300]),
    st.tuples(TEXT_OPERATORS, TEXTS).map(lambda pair: {pair[0]: pair[1]}),
    st.tuples(st.sampled_from(["prefix", "suffix"]), TEXTS).map(
        lambda pair: {pair[0]: {"equals-ignore-case": pair[1]}}
    ),
    WILDCARDS.map(lambda text: {"wildcard": text}),
    st.sampled_from([{"numeric": [">", 0, "<", 5]}, {"cidr": "10.0.0.0/24"}, {"exists": True}, {"exists": False}]),
)
EXCLUDED = st.one_of(
    st.lists(TEXTS, min_size=1, max_size=2),
    st.lists(st.sampled_from([0, 1.5, 300]), min_size=1, max_size=2),
    st.tuples(TEXT_OPERATORS, st.lists(st.text("aAb*", min_size=1, max_size=2), min_size=1, max_size=2)).map(
        lambda pair: {pair[0]: pair[1]}
    ),
    WILDCARDS.map(lambda text: {"wildcard": [text]}),
).map(lambda excluded: {"anything-but": excluded})
TESTS = st.lists(st.one_of(SINGLE, EXCLUDED), min_size=1, max_size=2)

TYPES = st.one_of(
    st.lists(
        st.sampled_from([*DETAIL_TYPES.values(), "EC2 Instance State-change Notification"]), min_size=1, max_size=2
    ),
    st.sampled_from(
        [[{"suffix": "via CloudTrail"}], [{"anything-but": ["AWS API Call via CloudTrail"]}], [{"exists": True}]]
    ),
)
FROM = st.one_of(
    st.lists(st.sampled_from(["aws.iam", "aws.ec2", "aws.lambda", "iam"]), min_size=1, max_size=2),
    st.sampled_from(
        [[{"prefix": "aws."}], [{"anything-but": "aws.iam"}], [{"wildcard": "*s3*"}], [{"prefix": "aws.s3"}]]
    ),
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "eventName": TESTS,
        "errorCode": TESTS,
        "userIdentity": st.fixed_dictionaries({}, optional={"type": TESTS}),
    },
).map(lambda detail: {name: value for name, value in detail.items() if value})
PATTERNS = st.fixed_dictionaries(
    {},
    optional={"detail-type": TYPES, "source": FROM, "detail": FIELDS, "region": TESTS, "resources": TESTS, "id": TESTS},
).map(lambda top: {name: value for name, value in top.items() if value} or {"source": [{"prefix": "aws."}]})

RECORDS = st.fixed_dictionaries(
    {
        "eventSource": st.sampled_from([*(f"{name}.amazonaws.com" for name in SOURCES), "lambda.amazonaws.com"]),
        "eventType": st.sampled_from(sorted(DETAIL_TYPES)),
        "awsRegion": st.sampled_from(["a", "b"]),
    },
    optional={
        "eventName": TEXTS,
        "errorCode": TEXTS,
        "userIdentity": st.fixed_dictionaries({}, optional={"type": TEXTS}),
    },
)


def as_documented(record: dict[str, Any]) -> bool:
    """Console sign-ins are records of the sign-in service."""
    return bool(record["eventType"] != "AwsConsoleSignIn" or record["eventSource"] == "signin.amazonaws.com")


ANY_VALUE = st.recursive(
    st.one_of(TEXTS, st.none(), st.booleans(), st.sampled_from([0, 1.5, 300])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["type", "b"]), inner, max_size=2)
    ),
    max_leaves=4,
)
NAMES = st.sampled_from(["errorCount", "extra", "extra.type"])
ODD_PATTERNS = st.dictionaries(NAMES, TESTS, min_size=1, max_size=2).map(lambda detail: {"detail": detail})
ODD_RECORDS = st.dictionaries(st.sampled_from(["errorCount", "extra"]), ANY_VALUE, max_size=2)


def test_a_field_inside_a_list_or_behind_a_name_with_a_dot_is_not_surely_missing() -> None:
    pattern = {
        "detail": {"extra": {"type": [{"exists": False}]}, "requestParameters": {"a": {"b": [{"exists": False}]}}}
    }
    for record in (
        {"extra": [{"type": None}]},
        {"requestParameters": {"a": [{"b": 1}]}},
        {"requestParameters": {"a.b": 1}},
    ):
        assert not matches_record(parse_event_pattern(pattern), record)
        assert not holds(limits(pattern).surely, record)
    assert holds(limits(pattern).surely, {"eventName": "x"})
    assert holds(limits({"detail": {"userIdentity": {"invokedBy": [{"exists": False}]}}}).surely, {"userIdentity": {}})


def holds(condition: Expr, record: dict[str, Any]) -> bool:
    return matches_value(JsonPattern(condition), record)


def limits(pattern: dict[str, Any]) -> Bounds:
    return bounds(parse_event_pattern(pattern))


@settings(max_examples=160, deadline=None)
@given(PATTERNS, RECORDS.filter(as_documented))
def test_a_record_matches_when_it_surely_does_and_only_when_it_can(
    pattern: dict[str, Any], record: dict[str, Any]
) -> None:
    matched = matches_record(parse_event_pattern(pattern), record)
    assert not holds(limits(pattern).surely, record) or matched
    assert not matched or holds(limits(pattern).at_most, record)


@settings(max_examples=160, deadline=None)
@given(ODD_PATTERNS, ODD_RECORDS)
def test_what_surely_matches_does_whatever_a_field_holds(pattern: dict[str, Any], record: dict[str, Any]) -> None:
    if holds(limits(pattern).surely, record):
        assert matches_record(parse_event_pattern(pattern), record)
