"""What the conversions write, what they refuse, and what a Sigma rule of ours means when it is read again."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import PatternError
from scanner.model import LogEventsCheck, Rule
from scanner.pattern import matches_value, parse, parse_event_pattern, parse_events
from scanner.pattern.convert import TARGETS, convert
from scanner.pattern.language.nodes import And, Compare, JsonPattern, Selector, Text
from scanner.sigma import load_sigma
from tests.unit.pattern.convert.records import RECORDS

ROOT = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
TRAILS = "{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) }"


def test_writes_an_event_pattern() -> None:
    assert json.loads(convert(parse(TRAILS), "event-pattern").text) == {
        "detail-type": [{"suffix": " via CloudTrail"}],
        "detail": {"eventName": ["CreateTrail", "UpdateTrail"]},
    }
    assert json.loads(convert(parse(ROOT), "event-pattern").text)["detail"] == {
        "userIdentity": {"type": ["Root"], "invokedBy": [{"exists": False}]},
        "eventType": [{"anything-but": ["AwsServiceEvent"]}],
    }
    mixed = convert(
        parse('{ $.eventName = "Put*" || $.errorCode = "*Denied" || $.x > 1 && $.x <= 5 }'), "event-pattern"
    )
    assert json.loads(mixed.text)["detail"] == {
        "$or": [
            {"eventName": [{"prefix": "Put"}]},
            {"errorCode": [{"suffix": "Denied"}]},
            {"x": [{"numeric": [">", 1, "<=", 5]}]},
        ]
    }


@pytest.mark.parametrize(
    ("to", "text"),
    [
        (
            "logs-insights",
            (
                "fields @timestamp, eventName, eventSource, userIdentity.arn, sourceIPAddress, errorCode\n"
                '| filter (userIdentity.type = "Root" and not ispresent(userIdentity.invokedBy)'
                " and ispresent(eventType)"
                ' and eventType != "AwsServiceEvent") or (`tls-details`.x like /^a\\.b/)\n'
                "| sort @timestamp desc"
            ),
        ),
        (
            "sigma",
            (
                "title: Converted filter pattern\n"
                "logsource:\n"
                "  product: aws\n"
                "  service: cloudtrail\n"
                "detection:\n"
                "  filter_1_3:\n"
                '    "eventType|cased": "AwsServiceEvent"\n'
                "  selection_1:\n"
                '    "userIdentity.type|cased": "Root"\n'
                '    "userIdentity.invokedBy|exists": false\n'
                '    "eventType|exists": true\n'
                "  selection_2:\n"
                '    "tls-details.x|startswith|cased": "a.b"\n'
                "  condition: (selection_1 and not filter_1_3) or selection_2"
            ),
        ),
    ],
)
def test_writes_other_languages(to: str, text: str) -> None:
    both = f"{ROOT.removesuffix(' }')} || $.['tls-details'].x = \"a.b*\" }}"
    written = convert(parse(both), to).text
    assert written.replace("`tls-details.x`", "`tls-details`.x") == text


def test_a_whole_number_keeps_all_its_digits() -> None:
    pattern = parse("{ $.x = 123456789012345678901 }")
    rule = convert(pattern, "event-pattern").text
    assert json.loads(rule)["detail"] == {"x": ["123456789012345678901", 123456789012345678901]}
    assert '"x": 123456789012345678901' in convert(pattern, "sigma").text


def test_writes_sql_for_both_tables() -> None:
    pattern = parse(
        '{ $.requestParameters.name = "O\'Neil*" && $.readOnly IS FALSE && $.recipientAccountId = 123456789012 }'
    )
    assert convert(pattern, "athena").text.splitlines()[1:] == [
        "FROM cloudtrail_logs",
        (
            "WHERE (json_extract_scalar(requestparameters, '$.name') LIKE 'O''Neil%' AND readonly = 'false'"
            " AND recipientaccountid = '123456789012')"
        ),
    ]
    assert convert(pattern, "lake").text.splitlines()[1:] == [
        "FROM EVENT_DATA_STORE_ID",
        (
            "WHERE (element_at(requestParameters, 'name') LIKE 'O''Neil%' AND readOnly = false"
            " AND recipientAccountId = '123456789012')"
        ),
    ]


def test_writes_a_contributor_insights_rule() -> None:
    pattern = parse(
        '{ ($.eventName = CreateTrail || $.eventName = StopLogging) && $.errorCode NOT EXISTS && $.eventType != "X" }'
    )
    assert json.loads(convert(pattern, "contributor-insights").text)["Contribution"] == {
        "Keys": ["$.userIdentity.arn"],
        "Filters": [
            {"Match": "$.errorCode", "IsPresent": False},
            {"Match": "$.eventType", "IsPresent": True},
            {"Match": "$.eventType", "NotIn": ["X"]},
            {"Match": "$.eventName", "In": ["CreateTrail", "StopLogging"]},
        ],
    }


@pytest.mark.parametrize("to", sorted(TARGETS))
@pytest.mark.parametrize(
    "text", ["{ $.eventName = %Create% }", '{ $.eventName = "a*b" }', "{ $.resources[0].ARN = x }"]
)
def test_points_at_what_no_language_says_exactly(to: str, text: str) -> None:
    with pytest.raises(PatternError, match=f"^{TARGETS[to].name} cannot say ") as error:
        convert(parse(text), to)
    start, end = error.value.span
    assert text[start:end].startswith("$.")
    assert error.value.hint


@pytest.mark.parametrize(
    ("to", "text", "says"),
    [
        ("event-pattern", '{ $.eventName = "a*" && $.eventName != "ab" }', "several conditions on eventName at once"),
        ("event-pattern", "{ $.x != 1 }", "x != 1"),
        ("event-pattern", '{ $.a = "x" && $.a.b = "y" }', "conditions on both a and a.b"),
        ("logs-insights", "{ $.readOnly IS TRUE }", "that readOnly is true, false or null"),
        ("athena", "{ $.responseElements IS NULL }", "what kind of value responseElements is"),
        ("athena", "{ $.requestParameters.x NOT EXISTS }", "that requestParameters.x is missing"),
        ("athena", "{ $.tlsDetails.tlsVersion = x }", "a condition on tlsDetails.tlsVersion"),
        ("lake", "{ $.requestParameters.a.b = x }", "a condition on requestParameters.a.b"),
        ("lake", "{ $.x > 5 }", "what kind of value x is"),
        ("contributor-insights", "{ $.a = x && $.b = y || $.c = z }", "the whole pattern"),
        ("contributor-insights", '{ $.a = "*x" }', "these conditions on a"),
        ("contributor-insights", "{ $.a = x || $.b = y }", "these conditions on a and b"),
        ("contributor-insights", '{ $.a != "x*" }', "what a does not begin or end with"),
        ("contributor-insights", "{ $.a = 1 && $.b = 2 && $.c = 3 && $.d = 4 && $.e = 5 }", "the whole pattern"),
        ("sigma", "{ $.a IS NULL }", "that a is null"),
        ("sigma", "{ $.a != 5 }", "a number that a is not"),
    ],
)
def test_refuses_what_a_language_lacks(to: str, text: str, says: str) -> None:
    with pytest.raises(PatternError) as error:
        convert(parse(text), to)
    assert error.value.message.startswith(f"{TARGETS[to].name} cannot say {says}: ")


def test_refuses_patterns_on_raw_text_and_too_many_combinations() -> None:
    with pytest.raises(PatternError, match="looks at the raw text"):
        convert(parse("ERROR"), "athena")
    either = "($.a = 1 || $.a = 2 || $.a = 3 || $.a = 4)"
    with pytest.raises(PatternError, match="more than 1000 combinations"):
        convert(parse(f"{{ {' && '.join([either] * 6)} }}"), "athena")


def test_an_event_pattern_is_converted_where_a_filter_pattern_says_the_same() -> None:
    rule = parse_event_pattern(
        {"source": [{"prefix": "aws."}], "detail": {"eventName": ["CreateTrail", {"prefix": "Stop"}]}}
    )
    assert convert(rule, "athena").text.endswith("WHERE eventname = 'CreateTrail'\n   OR eventname LIKE 'Stop%'")
    with pytest.raises(PatternError, match="no filter pattern says exactly the same"):
        convert(parse_event_pattern({"detail": {"sourceIPAddress": [{"cidr": "10.0.0.0/8"}]}}), "athena")


@pytest.mark.parametrize(
    ("to", "text", "says"),
    [
        ("event-pattern", "{ $.requestParameters NOT EXISTS }", "that requestParameters is missing"),
        ("contributor-insights", "{ $.tlsDetails NOT EXISTS }", "that tlsDetails is missing"),
        ("event-pattern", "{ $.x > 0.12345678901234567890 }", "x > 0.12345678901234567890"),
        ("event-pattern", "{ $.x = 1e400 }", "x = 1e400"),
        ("contributor-insights", "{ $.x = 123456789012345678901 }", "x = 123456789012345678901"),
        ("logs-insights", "{ $.x < 1e400 }", "x < 1e400"),
        ("logs-insights", "{ $.x > 9007199254740994 }", "x > 9007199254740994"),
        ("logs-insights", '{ $.eventName != "*" }', "a condition on eventName that no text meets"),
        ("logs-insights", '{ $.errorMessage = "a\nb" }', "this condition on errorMessage"),
        ("logs-insights", "{ $.['a`b'] = x }", "a condition on a`b"),
        ("logs-insights", "{ $.['@message'] = x }", "a condition on @message"),
        ("logs-insights", "{ $.a.0 = x }", "a condition on a.0"),
        ("athena", "{ $.requestParameters.0 = x }", "a condition on requestParameters.0"),
        ("athena", "{ $.requestParameters.['a\"b'] = x }", 'a condition on requestParameters.a"b'),
        ("contributor-insights", "{ $.['a b'] = x }", "a condition on a b"),
        ("sigma", "{ $.['a|b'] = x }", "a condition on a|b"),
        ("sigma", "{ $.a.0 = x }", "a condition on a.0"),
    ],
)
def test_refuses_what_would_mean_something_else_there(to: str, text: str, says: str) -> None:
    with pytest.raises(PatternError) as error:
        convert(parse(text), to)
    assert error.value.message.startswith(f"{TARGETS[to].name} cannot say {says}: ")


@pytest.mark.parametrize("to", sorted(TARGETS))
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{ $.readOnly = true }", "readOnly holds true or false, and no text"),
        ("{ $.requestParameters.['a.b'] = x }", 'the name "a.b" cannot be told from names inside one another'),
        (
            "{ $.resources.ARN NOT EXISTS }",
            "resources holds a list in every record, and the pattern does not look into it",
        ),
    ],
)
def test_refuses_conditions_that_records_never_bear_out(to: str, text: str, why: str) -> None:
    with pytest.raises(PatternError) as error:
        convert(parse(text), to)
    assert error.value.message.endswith(f": {why}.")


def test_refuses_what_comes_out_longer_than_the_language_takes() -> None:
    choices = [
        f"$.eventName = A{n} || $.eventType = B{n} || $.errorCode = C{n} || $.errorMessage = D{n} || $.awsRegion = E{n}"
        for n in range(4)
    ]
    wide = parse(f"{{ ({') && ('.join(choices)}) }}")
    assert len(convert(wide, "athena").text) > 10_000
    for to in ("logs-insights", "lake"):
        with pytest.raises(PatternError, match="characters there, of which 10,000 are taken at most"):
            convert(wide, to)
    long = JsonPattern(And(tuple(Compare(Selector((name,)), "=", Text("é" * 400)) for name in "abcd")))
    with pytest.raises(PatternError, match="of which 8,192 are taken at most"):
        convert(long, "contributor-insights")


@pytest.mark.parametrize(
    ("to", "text", "assumed"),
    [
        (
            "event-pattern",
            "{ $.requestParameters.a NOT EXISTS }",
            "requestParameters.a holds neither an object nor a list",
        ),
        ("event-pattern", "{ $.a > 5 }", "a holds no number of more than 15 digits"),
        ("logs-insights", "{ $.a != x }", "a holds a text in every record that has it"),
        ("logs-insights", "{ $.a > 5 }", "a holds a number in every record that has it"),
        ("contributor-insights", "{ $.a = 5 }", "a holds a number in every record that has it"),
        ("sigma", "{ $.a NOT EXISTS && $.b = x }", "a holds neither an object nor a list in any record"),
        ("athena", "{ $.requestParameters.a != x }", "requestParameters.a holds a text in every record that has it"),
    ],
)
def test_says_what_it_takes_for_granted_of_kinds_of_values(to: str, text: str, assumed: str) -> None:
    assert any(note.startswith(assumed) for note in convert(parse(text), to).notes)


@pytest.mark.parametrize("to", sorted(TARGETS))
def test_takes_nothing_for_granted_of_fields_whose_kind_is_documented(to: str) -> None:
    pattern = parse(
        "{ $.recipientAccountId = 111122223333 && $.userIdentity.invokedBy NOT EXISTS && $.eventName != X }"
    )
    assert not [note for note in convert(pattern, to).notes if note.startswith(("recipient", "userIdentity", "eventN"))]


@pytest.mark.parametrize(
    ("to", "text", "written"),
    [
        ("event-pattern", "{ $.sourceIPAddress = 192.0.2.1 }", '{"wildcard": "192.0.2.1"}'),
        ("event-pattern", "{ $.recipientAccountId = 111122223333 }", '"recipientAccountId": ["111122223333"]'),
        ("logs-insights", "{ $.errorCode = * }", "| filter ispresent(errorCode)\n"),
        ("logs-insights", "{ $.a != +5 }", "| filter ispresent(a) and a != 5\n"),
        ("logs-insights", "{ $.like = x }", "| filter `like` = "),
        ("logs-insights", '{ $.errorMessage = "é/*" }', r"like /^é\//"),
        ("athena", "{ $.requestParameters.['user name'] = x }", """(requestparameters, '$["user name"]') = 'x'"""),
        ("athena", "{ $.requestParameters.a.b-c = x }", """(requestparameters, '$.a["b-c"]') = 'x'"""),
        ("contributor-insights", "{ $.errorCode = * }", '{"Match": "$.errorCode", "IsPresent": true}'),
        ("contributor-insights", "{ $.a != 5 }", '{"Match": "$.a", "NotEqualTo": 5.0}'),
        ("contributor-insights", "{ $.a = x || $.a = x }", '{"Match": "$.a", "In": ["x"]}'),
        ("sigma", "{ $.recipientAccountId = 111122223333 }", '"recipientAccountId|cased": "111122223333"'),
        ("sigma", "{ $.a > 1 && $.a > 2 }", "condition: (selection_1 and selection_1_2)"),
    ],
)
def test_writes_what_means_the_same_there(to: str, text: str, written: str) -> None:
    found = convert(parse(text), to).text
    assert written in (json.dumps(json.loads(found)) if found.startswith("{") else found)


@pytest.mark.parametrize(
    "text",
    [
        "{ $.eventName = StopLogging }",
        '{ $.eventName = "Stop*" && $.eventName = "*X" && $.eventName != "StopY" }',
        '{ $.eventName = "Stop*" && $.errorCode NOT EXISTS && $.userIdentity.type != "Root" }',
        '{ ($.eventName != "StopX" || $.errorCode = "*Denied") && $.userIdentity.type = "Root" }',
        '{ $.requestParameters.name = "a\\\\b?" || $.eventName = "*N*" }',
    ],
)
def test_a_sigma_rule_means_the_same_when_it_is_read_again(tmp_path: Path, text: str) -> None:
    (tmp_path / "rule.yml").write_text(convert(parse(text), "sigma").text + "\n", encoding="utf-8")
    pattern, rules = parse(text), load_sigma(tmp_path).rules
    assert isinstance(pattern, JsonPattern)
    assert rules
    wanted = [matches_value(pattern, each) for each in RECORDS]
    assert [hits(rules, each) for each in RECORDS] == wanted


def hits(rules: Sequence[Rule], record: dict[str, Any]) -> bool:
    return any(hit(rule, record) for rule in rules)


def hit(rule: Rule, record: dict[str, Any]) -> bool:
    """Whether a rule over log events counts a record."""
    assert isinstance(rule.check, LogEventsCheck)
    events = parse_events(rule.check.events, {})
    excluded = parse_events(rule.check.excluded, {}) if rule.check.excluded else None
    assert isinstance(events, JsonPattern)
    if isinstance(excluded, JsonPattern) and matches_value(excluded, record):
        return False
    return matches_value(events, record)
