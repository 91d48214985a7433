import json

import pytest
from jsonschema import Draft202012Validator

from scanner.documents import parse_yaml
from scanner.errors import ContentError
from scanner.integrity.problems import Kind
from scanner.model import JsonValue
from scanner.replay.alarming.acting import Verdict
from scanner.replay.reasons import Reason
from scanner.schemas import faults_of, misfit, problems_of, require, schema_text

NAMES = (
    "rule", "case", "framework", "diff", "sample", "integrity", "query-integrity", "replay", "insights",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_schemas_are_valid_and_explain_their_keys(name: str) -> None:
    schema = json.loads(schema_text(name))
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert schema["title"]
    assert schema["description"]
    bare = [
        key
        for key, value in schema["properties"].items()
        if "description" not in value and key not in {"cases", "controls"}
    ]
    assert bare == []


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_valid(name: str) -> None:
    schema = json.loads(schema_text(name))
    for key, value in schema["properties"].items():
        for example in value.get("examples", ()):
            document = {"$schema": schema["$schema"], "$defs": schema["$defs"], **value}
            assert list(Draft202012Validator(document).iter_errors(example)) == [], f"{name}.{key}"


def test_a_definition_of_a_schema() -> None:
    document = parse_yaml("f", "calls: []\n")
    assert problems_of(document, "case", "file") == ()
    with pytest.raises(ContentError, match="f:1:1: the file lacks the keys 'rule', 'cases'"):
        require(document, "case")


def test_sentences() -> None:
    text = "id: a.b\ntitle: [x]\nseverity: 3\npack: cor\nreferences: [https://x, https://x]\nchek: y\ncheck: route\n"
    assert problems_of(parse_yaml("f", text), "rule") == (
        "f:1:1: the file lacks the keys 'description', 'rationale', 'remediation'",
        "f:1:1: the file lacks the keys 'events', 'accept', 'alarm'",
        'f:2:8: title must be text on one line, not ["x"]',
        "f:3:11: severity must be one of 'info', 'low', 'medium', 'high', 'critical', not 3.",
        "f:4:7: pack must be one of 'core', 'extended', not 'cor'. Did you mean 'core'?",
        "f:5:13: references must not hold the same value twice",
        "f:6:1: the key 'chek' is not known here. Did you mean 'check'?",
    )


@pytest.mark.parametrize(
    ("entry", "sentences"),
    [
        ('id: " 1 "', ("controls[0].id must be text on one line, without a space before or after it, not ' 1 '",)),
        ('id: "  "', ("controls[0].id must be text on one line, not '  '",)),
        (f"id: {'x' * 301}", ("controls[0].id must hold at most 300 characters",)),
        ("rules: [null]", ("controls[0].rules[0] must be text or a mapping, not null",)),
    ],
)
def test_one_mistake_is_one_sentence_and_says_what_is_wrong(entry: str, sentences: tuple[str, ...]) -> None:
    key = entry.partition(":")[0]
    control = {"id": "id: '1'", "rules": "rules: [a.b]"} | {key: entry}
    head = "id: x\ntitle: T\nversion: '1'\nsource: https://example.com\nnotes: N\n"
    text = f"{head}controls:\n  - {{title: T, coverage: full, notes: N, {control['id']}, {control['rules']}}}\n"
    told = problems_of(parse_yaml("f", text), "framework")
    assert tuple(each.split(": ", 1)[1] for each in told) == sentences


def test_the_words_of_results_are_those_of_their_schemas() -> None:
    replay, integrity = json.loads(schema_text("replay")), json.loads(schema_text("integrity"))
    assert replay["$defs"]["reason"]["enum"] == list(map(str, Reason))
    assert integrity["$defs"]["kind"]["enum"] == list(map(str, Kind))
    assert set(replay["properties"]["routes"]["items"]["properties"]["counts"]["properties"]) == set(map(str, Verdict))


WRONG: tuple[JsonValue, ...] = (
    7,
    "x",
    "",
    True,
    None,
    [],
    {},
    [7, 7],
    {"x": {"y": [1]}},
    [{"name": "n", "of": "x", "that": 3}],
)


@pytest.mark.parametrize("name", ["rule", "case", "framework", "waivers", "declared-routes", "period-statements"])
def test_what_is_wrong_is_what_the_schema_itself_says(name: str) -> None:
    """References are replaced before a schema is used: that must not change what is found, nor where."""
    schema = json.loads(schema_text(name))
    plain = Draft202012Validator(schema)
    for key in schema["properties"]:
        for value in WRONG:
            document: JsonValue = {key: value}
            errors = list(plain.iter_errors(document))
            places = {tuple(error.absolute_path) for error in errors}
            found = {fault.pointer for fault in faults_of(parse_yaml("f", json.dumps(document)), name)}
            assert found == places
            first = misfit(document, name)
            assert first.endswith(errors[0].message[:200]) if errors else not first


MEMBERS: dict[str, JsonValue] = {
    "resource": "cloudtrail.trail", "expect": "Status.IsLogging", "when_none": "fail", "reason": "it is off",
    "events": "{ $.eventName = X }", "accept": ["metric-filter-alarm"], "alarm": {"occurrences": 1}, "service": "x",
    "fields": {}, "except": "{ $.a = 1 }", "polarity": "none", "measure": "logging-gaps", "where": "a",
    "scope": "owner", "documents": [], "published": [],
}  # fmt: skip


@pytest.mark.parametrize("kind", ["resource", "route", "service-route", "log-events", "period", "other", "", None])
def test_a_rule_has_the_faults_of_its_kind_and_of_no_other(kind: str | None) -> None:
    """The branches of other kinds are left out when a rule is checked; the schema as a whole says the same."""
    whole = Draft202012Validator(json.loads(schema_text("rule")))
    for left in ((), *((name,) for name in MEMBERS), tuple(MEMBERS), ("expect", "reason"), ("events", "alarm")):
        value = {name: told for name, told in MEMBERS.items() if name not in left} | (
            {} if kind is None else {"check": kind}
        )
        expected = {tuple(error.absolute_path) for error in whole.iter_errors(value)}
        found = {fault.pointer for fault in faults_of(parse_yaml("a.yaml", json.dumps(value)), "rule")}
        assert found == expected, (kind, left)
