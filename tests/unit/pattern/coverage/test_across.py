"""Coverage where filter patterns and event patterns of EventBridge meet."""

from typing import Any

import pytest

from scanner.pattern import CoverageVerdict, EventPattern, Pattern, covers, matches_value, parse, parse_event_pattern
from scanner.pattern.cloudtrail.event_bus import matches_record
from scanner.pattern.language.nodes import JsonPattern

NAMES = ("CreateTrail", "DeleteTrail", "StartLogging", "StopLogging", "UpdateTrail")
REQUIRED = parse(" || ".join(f"($.eventName = {name})" for name in NAMES).join(("{ ", " }")))
API_CALL = "AWS API Call via CloudTrail"
EITHER_CASE = [{"equals-ignore-case": name.upper()} for name in NAMES]
ONE_BY_ONE = [{"eventName": [name]} for name in NAMES]
USUAL = {"source": ["aws.cloudtrail"], "detail-type": [API_CALL]}


def rule(**detail: Any) -> EventPattern:
    """The usual event pattern for API calls of CloudTrail, with these fields of the record."""
    return parse_event_pattern({**USUAL, "detail": {"eventSource": ["cloudtrail.amazonaws.com"], **detail}})


@pytest.mark.parametrize(
    "deployed",
    [
        pytest.param([rule(eventName=list(NAMES))], id="one rule"),
        pytest.param([rule(eventName=[{"prefix": "St"}]), rule(eventName=[{"suffix": "Trail"}])], id="two rules"),
        pytest.param(
            [rule(eventName=list(NAMES[:3])), parse('{ $.eventName = "*o*" || $.eventName = UpdateTrail }')], id="mixed"
        ),
        pytest.param([rule(eventName=EITHER_CASE)], id="either case"),
        pytest.param([parse_event_pattern({"source": [{"prefix": "aws."}]})], id="every event of AWS"),
        pytest.param([parse_event_pattern({"detail-type": [{"suffix": "via CloudTrail"}]})], id="every record"),
        pytest.param([rule(**{"$or": ONE_BY_ONE})], id="or"),
        pytest.param([rule(eventName=[{"anything-but": ["DescribeTrails"]}])], id="all but another"),
    ],
)
def test_covers_together(deployed: list[Pattern | EventPattern]) -> None:
    assert covers(REQUIRED, deployed).verdict is CoverageVerdict.COVERED


@pytest.mark.parametrize(
    ("deployed", "missed"),
    [
        pytest.param(rule(eventName=list(NAMES[1:])), ("CreateTrail",), id="one name less"),
        pytest.param(rule(eventName=[{"anything-but": ["StopLogging"]}]), ("StopLogging",), id="one excluded"),
        pytest.param(parse_event_pattern({**USUAL, "source": ["cloudtrail"]}), NAMES, id="source without aws."),
        pytest.param(parse_event_pattern({**USUAL, "source": ["aws.iam"]}), NAMES, id="another service"),
        pytest.param(parse_event_pattern({**USUAL, "detail-type": ["AWS API call via CloudTrail"]}), NAMES, id="case"),
        pytest.param(parse_event_pattern({"detail-type": ["AWS Console Sign In via CloudTrail"]}), NAMES, id="type"),
        pytest.param(rule(sourceIPAddress=[{"cidr": "10.0.0.0/8"}]), NAMES, id="addresses"),
        pytest.param(rule(errorCode=[{"exists": True}]), NAMES, id="failures only"),
        pytest.param(
            parse_event_pattern({**USUAL, "resources": ["arn:aws:s3:::logs"]}), NAMES, id="resources are empty"
        ),
        pytest.param(parse_event_pattern({**USUAL, "eventName": list(NAMES)}), NAMES, id="outside detail"),
    ],
)
def test_shows_an_event_that_the_rule_itself_misses(deployed: EventPattern, missed: tuple[str, ...]) -> None:
    answer = covers(REQUIRED, [deployed], explain=True)
    assert answer.verdict is CoverageVerdict.NOT_COVERED
    assert set(answer.missed) == set(missed)
    assert answer.witness is not None
    assert isinstance(REQUIRED, JsonPattern)
    assert matches_value(REQUIRED, answer.witness)
    assert not matches_record(deployed, answer.witness)


def test_says_undetermined_where_no_filter_pattern_can_say_it() -> None:
    answer = covers(REQUIRED, [rule(eventName=[{"wildcard": "*T*r*l"}, {"wildcard": "St*"}])])
    assert answer.verdict is CoverageVerdict.UNDETERMINED
    assert "asks for more than a filter pattern can say" in answer.reason


def test_an_event_pattern_can_be_what_is_required() -> None:
    required = rule(eventName=list(NAMES))
    assert covers(required, [REQUIRED]).verdict is CoverageVerdict.COVERED
    assert covers(required, [required]).verdict is CoverageVerdict.COVERED
    answer = covers(required, [parse("{ $.eventName = CreateTrail }")])
    assert answer.verdict is CoverageVerdict.NOT_COVERED
    assert answer.witness is not None
    assert matches_record(required, answer.witness)


def test_a_rule_that_nothing_can_match_takes_no_part() -> None:
    nothing = parse_event_pattern({"source": ["my.app"]})
    assert covers(REQUIRED, [nothing, rule(eventName=list(NAMES))]).verdict is CoverageVerdict.COVERED
    assert covers(REQUIRED, [nothing]).verdict is CoverageVerdict.NOT_COVERED
