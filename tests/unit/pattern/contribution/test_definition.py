"""Definitions of Contributor Insights rules, and one clear sentence for each that is wrong."""

import json
from typing import Any

import pytest

from scanner.errors import UsageError
from scanner.pattern import JsonPattern, parse
from scanner.pattern.contribution.definition import Filter, Key, LogFormat, read_definition
from scanner.pattern.convert import convert

SOUND: dict[str, Any] = {
    "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
    "LogGroupNames": ["audit/*"],
    "LogFormat": "JSON",
    "Contribution": {
        "Keys": ["$.userIdentity.arn", "$.resources[0].ARN"],
        "Filters": [{"Match": "$.errorCode", "In": ["AccessDenied"]}, {"Match": "$.n", "GreaterThan": 2.5}],
    },
    "AggregateOn": "Count",
}


def changed(place: str, value: Any) -> str:
    """The sound rule with another value at a place; without it where the value is ``...``."""
    whole = json.loads(json.dumps(SOUND))
    *above, last = [int(step) if step.isdigit() else step for step in place.split("/")]
    at: Any = whole
    for name in above:
        at = at[name]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return json.dumps(whole)


def test_a_rule_is_read() -> None:
    rule = read_definition(json.dumps(SOUND), "rule.json")
    assert rule.groups == ("audit/*",)
    assert rule.keys[1] == Key("$.resources[0].ARN", ("resources", 0, "ARN"))
    assert rule.filters[0] == Filter("$.errorCode", ("errorCode",), "In", ("AccessDenied",))
    assert rule.filters[1].asked == 2.5
    assert rule.value_of is None


def test_a_rule_over_common_log_format_names_columns() -> None:
    clf = {
        **SOUND,
        "LogFormat": "CLF",
        "Fields": {"4": "IpAddress"},
        "Contribution": {"Keys": ["IpAddress", "7"], "ValueOf": "9"},
        "AggregateOn": "Sum",
    }
    rule = read_definition(json.dumps(clf), "rule.json")
    assert rule.log_format is LogFormat.CLF
    assert [key.path for key in rule.keys] == [(3,), (6,)]
    assert rule.value_of == Key("9", (8,))


@pytest.mark.parametrize(
    ("text", "place", "expected", "found"),
    [
        ("{", "rule.json:1:2", "a JSON object", "not JSON"),
        ('{\n "a": NaN}', "rule.json", "a JSON object", "not JSON"),
        ("[]", "$", "an object with Schema", "[]"),
        ('{"Schema": 1, "Schema": 2}', "rule.json", "each member once", "Schema twice"),
        (" " * 8193, "rule.json", "at most 8,192 characters", "8,193"),
        (changed("Extra", 1), "$", "no other members", "Extra"),
        (changed("Schema", ...), "$.Schema", "an object with Name or Version", "nothing"),
        (changed("Schema/Version", 2), "$.Schema", '"Version": 1', "2"),
        (changed("LogGroupNames", ...), "$", "LogGroupNames or LogGroupARNs", "neither"),
        (changed("LogGroupARNs", ["arn:aws:logs:*"]), "$", "and not both", "both"),
        (changed("LogGroupNames", "audit"), "$.LogGroupNames", "a list of texts", "audit"),
        (changed("LogFormat", "json"), "$.LogFormat", "JSON or CLF", "json"),
        (changed("Fields", {"1": "x"}), "$.Fields", "because LogFormat is JSON", "x"),
        (changed("Contribution", []), "$.Contribution", "an object with Keys", "[]"),
        (changed("Contribution/Keys", []), "$.Contribution.Keys", "1 to 4 properties", "[]"),
        (changed("Contribution/Keys", ["$.a"] * 5), "$.Contribution.Keys", "1 to 4 properties", "$.a"),
        (changed("Contribution/Keys", ["a"]), "$.Contribution.Keys[0]", "a property such as", "a"),
        (changed("Contribution/Keys", ["$.a[*]"]), "$.Contribution.Keys[0]", "a property such as", "$.a[*]"),
        (changed("Contribution/ValueOf", "$.n"), "$.Contribution.ValueOf", "because AggregateOn is Count", "$.n"),
        (changed("AggregateOn", "Sum"), "$.Contribution.ValueOf", "a property", "nothing"),
        (changed("AggregateOn", "Average"), "$.AggregateOn", "Count or Sum", "Average"),
        (changed("Contribution/Filters", [{}] * 5), "$.Contribution.Filters", "at most 4 filters", "[{}"),
        (changed("Contribution/Filters/0", {"Match": "$.a"}), "Filters[0]", "Match and one of In", "$.a"),
        (changed("Contribution/Filters/0/NotIn", ["x"]), "Filters[0]", "Match and one of In", "NotIn"),
        (changed("Contribution/Filters/0/In", []), "Filters[0].In", "1 to 10 texts", "[]"),
        (changed("Contribution/Filters/0/In", [1]), "Filters[0].In", "1 to 10 texts", "[1]"),
        (changed("Contribution/Filters/0/In", ["x"] * 11), "Filters[0].In", "1 to 10 texts", "x"),
        (changed("Contribution/Filters/1/GreaterThan", "2"), "Filters[1].GreaterThan", "a number", "2"),
        (changed("Contribution/Filters/1/GreaterThan", True), "Filters[1].GreaterThan", "a number", "true"),
        (changed("Contribution/Filters/1", {"Match": "$.a", "IsPresent": 1}), "IsPresent", "true or false", "1"),
        (changed("Contribution/Filters/1", {"Match": "$.a", "Like": "x"}), "Filters[1]", "no other members", "Like"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, place: str, expected: str, found: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_definition(text, "rule.json")
    assert caught.value.message.startswith("rule.json")
    for part in (place, expected, found):
        assert part in caught.value.message
    assert "\n" not in caught.value.message


def test_a_number_beyond_every_number_is_refused() -> None:
    with pytest.raises(UsageError, match="a number"):
        read_definition(changed("Contribution/Filters/1/GreaterThan", 0).replace(": 0", ": 1e999"), "rule.json")


def test_what_a_conversion_writes_is_read() -> None:
    pattern = parse('{ ($.eventName = "Stop*") && ($.errorCode NOT EXISTS) && ($.requestParameters.maxItems > 5) }')
    assert isinstance(pattern, JsonPattern)
    rule = read_definition(convert(pattern, "contributor-insights").text, "rule.json")
    assert [(each.operator, each.asked) for each in rule.filters] == [
        ("StartsWith", ("Stop",)),
        ("IsPresent", False),
        ("GreaterThan", 5.0),
    ]
