"""What is said of rules and filters together, against matching records with each of them."""

from collections.abc import Sequence
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scanner.pattern import CoverageVerdict, EventPattern, Pattern, covers, matches_value, parse, parse_event_pattern
from scanner.pattern.cloudtrail.event_bus import matches_record
from scanner.pattern.language.nodes import JsonPattern

CALLS = {
    "CreateTrail": "cloudtrail.amazonaws.com",
    "StopLogging": "cloudtrail.amazonaws.com",
    "CreateUser": "iam.amazonaws.com",
    "DeleteUser": "iam.amazonaws.com",
    "DisableKey": "kms.amazonaws.com",
}
ERRORS = ("AccessDenied", "Client.UnauthorizedOperation")
NAMES = st.lists(st.sampled_from(sorted(CALLS)), min_size=1, max_size=4, unique=True)
NAME_TESTS = st.one_of(
    NAMES,
    st.sampled_from(["Create", "Del", "create"]).map(lambda text: [{"prefix": text}]),
    st.sampled_from(["User", "Trail"]).map(lambda text: [{"suffix": text}]),
    NAMES.map(lambda names: [{"anything-but": names}]),
    NAMES.map(lambda names: [{"equals-ignore-case": name.lower()} for name in names]),
    st.sampled_from([[{"wildcard": "C*User"}], [{"exists": True}], [{"exists": False}]]),
)
ERROR_TESTS = st.sampled_from(
    [[{"exists": False}], [{"exists": True}], ["AccessDenied"], [{"anything-but": "AccessDenied"}]]
)
SERVICES = st.lists(st.sampled_from(["aws.iam", "aws.cloudtrail", "aws.kms"]), min_size=1, max_size=3, unique=True)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "source": st.one_of(SERVICES, st.just([{"prefix": "aws."}])),
        "detail-type": st.sampled_from([["AWS API Call via CloudTrail"], ["AWS Service Event via CloudTrail"]]),
        "detail": st.fixed_dictionaries({"eventName": NAME_TESTS}, optional={"errorCode": ERROR_TESTS}),
    },
)


def any_name(names: list[str], further: str = "") -> Pattern:
    alternatives = " || ".join(f"($.eventName = {name})" for name in names)
    return parse(f"{{ ({alternatives}){further} }}")


FURTHER = st.sampled_from(["", " && $.errorCode = AccessDenied", " && $.errorCode NOT EXISTS"])
FILTERS = st.builds(any_name, NAMES, FURTHER)


def record(name: str, error: str | None) -> dict[str, Any]:
    found = {
        "eventVersion": "1.11",
        "eventName": name,
        "eventSource": CALLS[name],
        "eventType": "AwsApiCall",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.1",
        "userIdentity": {"type": "IAMUser"},
    }
    return found if error is None else {**found, "errorCode": error}


RECORDS = [record(name, error) for name in CALLS for error in (None, *ERRORS)]


def heard(pattern: Pattern | EventPattern, each: dict[str, Any]) -> bool:
    if isinstance(pattern, EventPattern):
        return matches_record(pattern, each)
    assert isinstance(pattern, JsonPattern)
    return matches_value(pattern, each)


def heard_by_some(patterns: Sequence[Pattern | EventPattern], each: dict[str, Any]) -> bool:
    return any(heard(one, each) for one in patterns)


@settings(max_examples=40, deadline=None)
@given(FILTERS, st.lists(RULES, min_size=1, max_size=2), st.lists(FILTERS, max_size=1))
def test_no_record_contradicts_the_verdict(
    required: Pattern, rules: list[dict[str, Any]], filters: list[Pattern]
) -> None:
    assume(all(rules))
    deployed = [*map(parse_event_pattern, rules), *filters]
    answer = covers(required, deployed)
    lost = [each for each in RECORDS if heard(required, each) and not heard_by_some(deployed, each)]
    if answer.verdict is CoverageVerdict.COVERED:
        assert not lost
    if answer.verdict is CoverageVerdict.NOT_COVERED:
        assert answer.witness is not None
        assert heard(required, answer.witness)
        assert not heard_by_some(deployed, answer.witness)
