"""Which CloudTrail events a query of Logs Insights keeps, and what it leaves open."""

import pytest

from scanner.errors import PatternError
from scanner.pattern import CoverageVerdict, parse
from scanner.pattern.insights.keeping import NO_EVENT, NotRead, keeps, kept_events, understood
from scanner.pattern.insights.query import read_query
from scanner.pattern.insights.tokens import commands

REQUIRED = parse(
    "{ ($.eventSource = cloudtrail.amazonaws.com) && (($.eventName = StopLogging) || ($.eventName = DeleteTrail)) }"
)

COVERED = [
    "fields @timestamp, eventName",
    'filter eventName = "StopLogging" or eventName = "DeleteTrail"',
    "filter eventName = 'StopLogging' or eventName = 'DeleteTrail'",
    'FILTER eventName IN ["StopLogging", "DeleteTrail"] | SORT @timestamp desc',
    'where eventName in ["StopLogging", "DeleteTrail"]',
    'filter eventSource = "cloudtrail.amazonaws.com" and eventName like /(?i)stoplogging|^DeleteTrail$/',
    "filter eventName =~ /^(Stop|Delete)/",
    "filter eventName like /(?:Logging|Trail)$/",
    r"filter eventSource like /^cloudtrail\.amazonaws\.com$/",
    'filter eventSource like "cloudtrail"',
    "filter @message like /StopLogging|DeleteTrail/",
    'filter eventName not in ["DescribeTrails"]',
    'filter eventName != "DescribeTrails" | filter eventName not like /^List/',
    'filter not (eventName = "DescribeTrails" or eventName = "ListTrails")',
    "filter ispresent(eventName)",
    '# reviewed daily\nfilter eventName = "StopLogging" # | limit 1\nor eventName = "DeleteTrail"',
    'parse @message "*" as everything | filter eventSource = "cloudtrail.amazonaws.com"',
    "stats count(*) as events by eventName, bin(1h) | sort events desc",
    'SOURCE logGroups(namePrefix: ["audit"], class: "STANDARD") START=2026-01-23T00:00:00.000Z END=-3600s | fields a',
    'filter `eventName` in ["StopLogging", "DeleteTrail"]',
    "filter eventName like /(?i)^stop|delete/",
]

MISSED = {
    'filter eventName = "StopLogging"': "DeleteTrail",
    'filter eventName = "DeleteTrail" | limit 20': "StopLogging",
    'filter eventName != "StopLogging"': "StopLogging",
    'filter eventName not like "Stop"': "StopLogging",
    'filter eventName = "A" and eventName = "B"': "StopLogging",
    'filter eventName in ["stoplogging", "deletetrail"]': "StopLogging",
    'filter eventSource = "iam.amazonaws.com"': "StopLogging",
    "filter eventName like /^Logging/ or eventName like /Trail$/": "StopLogging",
    "filter eventName like /^Stop$/ or eventName like /^Del/": "StopLogging",
    "filter ispresent(errorCode)": "StopLogging",
    "filter not ispresent(errorCode)": "StopLogging",
    'filter eventName = "DeleteTrail" or eventName = "StopLogging" and eventName = "X"': "StopLogging",
}

OPEN = {
    'filter eventName in ["StopLogging", "DeleteTrail"] | limit 5': "5 rows at most",
    'filter eventSource = "cloudtrail.amazonaws.com" | dedup eventName': "dedup",
    'stats count(*) by eventName | filter eventName = "StopLogging"': "rows that an earlier command makes",
    "stats count(*) by errorCode": "events without errorCode",
    "filter eventSource like /cloudtrail/ | pattern @message": "command pattern",
    "unnest requestParameters.x into y | filter eventName like /./": "command unnest",
    'fields concat(eventName, "") as name | filter name = "StopLogging"': "not every condition",
    "fields errorCode as eventName | filter ispresent(eventName)": "not every condition",
    "parse @message /(?<eventName>x)/ | filter eventName in ['StopLogging', 'DeleteTrail']": "not every condition",
    "filter eventName = StopLogging": "not every condition",
    'filter eventName not like "%Logging%"': "not every condition",
    'filter "%Logging%" like eventName or eventName like "Del%"': "not every condition",
    "filter strcontains(eventName, 'Trail') or eventName = 'StopLogging'": "not every condition",
    'filter tolower(eventName) in ["stoplogging", "deletetrail"]': "not every condition",
    'filter errorCode != "AccessDenied"': "",
    'filter not (errorCode like "Denied")': "",
    'filter requestParameters != "x"': "not every condition",
    'filter resources.0.ARN = "x"': "not every condition",
    'filter eventName = "DeleteTrail" or eventName = "StopLogging" and awsRegion = "x"': "",
    'filter @message like "eventName\\": \\"StopLogging"': "not every condition",
    'filter @message not like "Describe"': "",
    "filter eventName like /(?=Stop)/": "not every condition",
    'filter eventName = "StopLogging': "never closed",
    'filter (eventName = "StopLogging"': "never closed",
    "filter": "missing",
    'filter eventName = "x" and': "missing",
}


@pytest.mark.parametrize("query", COVERED)
def test_a_query_keeps_what_is_required(query: str) -> None:
    assert keeps(REQUIRED, [understood(query)]).verdict is CoverageVerdict.COVERED


@pytest.mark.parametrize("query", MISSED)
def test_a_query_loses_an_event_and_names_it(query: str) -> None:
    proof = keeps(REQUIRED, [understood(query)])
    assert proof.verdict is CoverageVerdict.NOT_COVERED
    assert proof.witness is not None
    assert proof.witness["eventName"] == MISSED[query]


@pytest.mark.parametrize("query", OPEN)
def test_what_is_not_documented_is_left_open(query: str) -> None:
    proof = keeps(REQUIRED, [understood(query)])
    assert proof.verdict is not CoverageVerdict.COVERED
    if OPEN[query]:
        assert proof.verdict is CoverageVerdict.UNDETERMINED
        assert OPEN[query] in proof.reason


def test_whether_a_field_that_is_missing_differs_from_a_text_is_left_open() -> None:
    required = parse("{ ($.eventName = StopLogging) && ($.errorCode NOT EXISTS) }")
    for query in ('filter errorCode != "AccessDenied"', "filter errorCode not like /Denied/"):
        assert keeps(required, [understood(query)]).verdict is CoverageVerdict.UNDETERMINED


def test_where_and_and_or_are_mixed_both_readings_must_agree() -> None:
    required = parse("{ $.eventName = StopLogging }")
    mixed = 'filter eventName = "StopLogging" or eventName = "x" and errorCode = "y"'
    assert keeps(required, [understood(mixed)]).verdict is CoverageVerdict.UNDETERMINED
    told = 'filter eventName = "StopLogging" or (eventName = "x" and errorCode = "y")'
    assert keeps(required, [understood(told)]).verdict is CoverageVerdict.COVERED


def test_queries_count_together() -> None:
    halves = ['filter eventName = "StopLogging"', 'filter eventName = "DeleteTrail"']
    assert keeps(REQUIRED, [understood(query) for query in halves]).verdict is CoverageVerdict.COVERED


def test_no_query_keeps_nothing() -> None:
    assert keeps(REQUIRED, []).verdict is CoverageVerdict.NOT_COVERED


def test_a_query_that_is_not_read_may_keep_what_the_others_lose() -> None:
    queries = [understood('filter eventName = "StopLogging"'), understood("SELECT 1", "SQL")]
    assert isinstance(queries[1], NotRead)
    proof = keeps(REQUIRED, queries)
    assert proof.verdict is CoverageVerdict.UNDETERMINED
    assert "SQL" in proof.reason


def test_a_number_that_a_text_is_compared_with_is_left_open() -> None:
    required = parse('{ $.requestParameters.maxItems = "5" }')
    assert keeps(required, [understood('filter requestParameters.maxItems = "5"')]).verdict == "undetermined"


def test_a_word_that_true_may_be_spelled_as_is_left_open() -> None:
    required = parse('{ $.requestParameters.public = "false" }')
    assert keeps(required, [understood('filter requestParameters.public = "true"')]).verdict == "undetermined"


def test_a_star_in_a_query_is_a_plain_character() -> None:
    required = parse('{ $.eventName = "StopLogging" }')
    proof = keeps(required, [understood('filter eventName = "Stop*"')])
    assert proof.verdict is CoverageVerdict.NOT_COVERED


def test_a_source_command_chooses_the_log_groups() -> None:
    assert read_query("SOURCE logGroups(namePrefix: ['audit']) | fields a").names_groups
    assert not read_query("fields source").names_groups


def test_pipes_inside_quotes_and_expressions_separate_nothing() -> None:
    text = "filter eventName like /a|b/ or errorCode = 'x|y' | parse @message /(?<z>q|r)/ | sort `a|b`"
    assert [command[0].text for command in commands(text)] == ["filter", "parse", "sort"]


@pytest.mark.parametrize(
    ("query", "caret"),
    [
        ('fields a | filter b = "c', '"c'),
        ("filter a = 1 ~ 2", "~"),
        ("filter (a = 1))", ")"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_at_its_place(query: str, caret: str) -> None:
    with pytest.raises(PatternError) as caught:
        read_query(query)
    start, end = caught.value.span
    assert query[start:end] == caret


def test_a_query_longer_than_logs_insights_takes_is_refused() -> None:
    with pytest.raises(PatternError, match="10,000 at most"):
        read_query("fields a" + " " * 10_000)


def test_conditions_nested_too_deep_are_refused_and_not_followed() -> None:
    for text in ("(" * 500 + "a = 1" + ")" * 500, "not " * 500 + "a = 1"):
        with pytest.raises(PatternError):
            read_query(f"filter {text}")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("fields @message | sort @timestamp desc", "every event"),
        ('filter eventName = "StopLogging"', 'the events of { $.eventName = "StopLogging" }'),
        ('filter eventName = "a" | filter eventName = "b"', NO_EVENT),
        (f"filter eventName in [{', '.join(f'{chr(34)}Event{number}{chr(34)}' for number in range(30))}]", "names"),
        ("filter eventName = 'a' | limit 3", "it shows 3 rows at most"),
        ("filter tolower(eventName) = 'a'", "cannot be told exactly"),
        ("filter (", "its text cannot be read"),
    ],
)
def test_what_a_query_keeps_is_said(query: str, told: str) -> None:
    said = kept_events(understood(query))
    assert told in said if told != NO_EVENT else said == NO_EVENT
