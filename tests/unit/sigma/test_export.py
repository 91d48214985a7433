"""Rules as Sigma: what is written, what is left out and why, and that what is read back means the same."""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.cases import load_cases
from scanner.cases.record_run import judge_records, matching
from scanner.content.rules import load_rules
from scanner.content.shipped import shipped
from scanner.model import JsonValue, LogEventsCheck, Outcome, Rule, RuleId
from scanner.sigma import load_sigma
from scanner.sigma.exporting import SigmaExport, export_rules
from tests.unit.sigma.test_agreement import sigma_holds

FOLDER = shipped("rules")
RULES: dict[str, Rule] = {rule.id: rule for rule in load_rules() if isinstance(rule.check, LogEventsCheck)}
SET: Mapping[str, Mapping[str, JsonValue]] = {
    "event.unexpected-region": {"approved_regions": ["eu-*", "us-east-1"]},
    "event.root-activity": {"approved_events": ["0b9b2f4c-1111-4222-8333-444455556666"]},
    "event.log-read-by-undeclared": {"declared_readers": ["*:role/security", "arn:aws:iam::111122223333:role/siem"]},
}
LEFT_OUT = {
    "event.alert-path-disabled": "documents",
    "event.audit-logs-reviewed": "no record matches",
    "event.kms-key-disabled-or-deleted": "documents",
    "event.log-store-tampering": "documents",
    "event.privilege-escalation": "documents",
    "event.security-service-disabled": "documents",
    "event.trail-weakened": "documents",
    "event.unauthorized-api-burst": "20 records that hold 5 different values of eventName",
}
EXPORTED = sorted(RULES.keys() - LEFT_OUT.keys())
APART = ["Aggregated", "Insight", "NetworkActivity"]
COUNTED = "event.console-login-failures-burst"


def values_of(rule: Rule) -> dict[str, JsonValue]:
    return {parameter.name: parameter.default for parameter in rule.parameters} | dict(SET.get(rule.id, {}))


def export(*rules: Rule) -> SigmaExport:
    return export_rules(rules, {rule.id: values_of(rule) for rule in rules}, {RuleId("event.logging-stopped")})


@pytest.fixture(scope="module")
def everything() -> SigmaExport:
    return export(*RULES.values())


@pytest.fixture(scope="module")
def back(everything: SigmaExport, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Rule]]:
    """The shipped rules' ids, and what became of each of them: exported and imported again."""
    folder = tmp_path_factory.mktemp("sigma")
    for each in everything.exported:
        (folder / each.file_name).write_text(each.text, encoding="utf-8")
    result = load_sigma(folder)
    assert result.refused == ()
    found: dict[str, list[Rule]] = {}
    for rule in result.rules:
        name = re.search(r"This is the rule (\S+) of Trailwitness", rule.description)
        assert name is not None
        found.setdefault(name[1], []).append(rule)
    return found


@pytest.fixture(scope="module")
def own_records() -> list[dict[str, Any]]:
    """The records of the cases of all event rules, hits and decoys, each once."""
    found: dict[str, dict[str, Any]] = {}
    for rule in RULES.values():
        for case in load_cases(rule, FOLDER, proven=True):
            for record in case.records or ():
                found.setdefault(json.dumps(record, sort_keys=True), dict(record))
    assert len(found) > 800
    return list(found.values())


def hits(rules: Sequence[Rule], records: Sequence[Mapping[str, Any]]) -> set[int]:
    return {place for rule in rules for place in matching(rule, list(records), {})}


@pytest.mark.parametrize("name", EXPORTED)
def test_what_is_read_back_matches_the_same_records(
    name: str, back: dict[str, list[Rule]], own_records: list[dict[str, Any]]
) -> None:
    expected = set(matching(RULES[name], own_records, SET.get(name, {})))
    assert expected
    found = hits(back[name], own_records)
    assert [own_records[place] for place in sorted(found ^ expected)] == []


# The evaluator makes no counts, and knows few lists.
@pytest.mark.parametrize("name", sorted({*EXPORTED} - {COUNTED, "event.log-read-by-undeclared"}))
def test_an_evaluator_of_sigma_written_apart_says_the_same(
    name: str, everything: SigmaExport, own_records: list[dict[str, Any]]
) -> None:
    (exported,) = [each for each in everything.exported if each.rule.id == name]
    detection = yaml.safe_load(exported.text)["detection"]
    records = own_records[::3]
    expected = set(matching(RULES[name], records, SET.get(name, {})))
    found = {place for place, record in enumerate(records) if sigma_holds(detection, record)}
    assert [records[place] for place in sorted(found ^ expected)] == []


def test_the_categories_that_a_rule_judges_are_read_back(back: dict[str, list[Rule]]) -> None:
    asked = {"event.root-activity": ("NetworkActivity",), "event.insight-call-rate": ("Insight",)}
    for name, rules in back.items():
        if name != "event.insight-error-rate":
            assert {log_events(rule).also for rule in rules} == {asked.get(name, ())}


def log_events(rule: Rule) -> LogEventsCheck:
    assert isinstance(rule.check, LogEventsCheck)
    return rule.check


def test_a_threshold_becomes_a_count_for_each_way_of_grouping(back: dict[str, list[Rule]]) -> None:
    counted = [log_events(rule).threshold for rule in back[COUNTED]]
    assert [(each.count, each.within, each.distinct) for each in counted if each] == [(5, 600, "")] * 2
    assert {each.by for each in counted if each} == {
        ("recipientAccountId", "sourceIPAddress"),
        ("recipientAccountId", "userIdentity.principalId"),
    }
    for case in load_cases(RULES[COUNTED], FOLDER, proven=True):
        if case.parameters or not case.records:
            continue
        expected = fails(RULES[COUNTED], case.records)
        assert any(fails(rule, case.records) for rule in back[COUNTED]) is expected, case.name


def fails(rule: Rule, records: Sequence[Any]) -> bool:
    return Outcome.FAIL in {finding.outcome for finding in judge_records(rule, records, {})[0]}


def test_a_count_of_values_is_read_back(tmp_path: Path) -> None:
    burst = RULES["event.unauthorized-api-burst"]
    values = {**values_of(burst), "threshold": 4, "min_distinct_actions": 4, "window": 90}
    (exported,) = export_rules([burst], {burst.id: values}).exported
    (tmp_path / exported.file_name).write_text(exported.text, encoding="utf-8")
    rules = load_sigma(tmp_path).rules
    assert len(rules) == 2
    for rule in rules:
        threshold = log_events(rule).threshold
        assert threshold is not None
        assert (threshold.distinct, threshold.distinct_count, threshold.within) == ("eventName", 4, 90)
        assert log_events(rule).also == ("NetworkActivity",)


def test_what_is_read_back_matches_the_same_real_records(back: dict[str, list[Rule]], corpus: Path) -> None:
    records: list[dict[str, Any]] = []
    for path in sorted((corpus / "events" / "AWSLogs").rglob("*.json.gz")):
        records += json.loads(gzip.decompress(path.read_bytes()))["Records"]
    lines = (corpus / "events" / "labelled.jsonl").read_text(encoding="utf-8").splitlines()
    records = records[::5] + [json.loads(line)["event"] for line in lines]
    counts = {}
    for name in EXPORTED:
        expected = set(matching(RULES[name], records, SET.get(name, {})))
        counts[name] = len(expected)
        assert hits(back[name], records) == expected, name
    assert sum(counts.values()) > 200


def test_what_sigma_cannot_say_is_left_out_with_the_reason(everything: SigmaExport) -> None:
    reasons = {left.rule.id: left.reason for left in everything.left_out}
    assert reasons.keys() == LEFT_OUT.keys()
    assert {name: word for name, word in LEFT_OUT.items() if word not in reasons[RuleId(name)]} == {}
    assert sorted(each.rule.id for each in everything.exported) == EXPORTED
    (noted,) = [each for each in everything.exported if each.notes]
    assert (noted.rule.id, "certain kind" in noted.notes[0]) == ("event.log-read-by-undeclared", True)


PARTS = {"event.kms-key-disabled-or-deleted", "event.privilege-escalation", "event.security-service-disabled"}


def test_a_part_says_that_it_is_one_and_matches_what_the_pattern_does(
    own_records: list[dict[str, Any]], tmp_path: Path
) -> None:
    parts = [rule for rule in RULES.values() if log_events(rule).documents]
    result = export_rules(parts, {rule.id: values_of(rule) for rule in parts}, partial=True)
    assert {each.rule.id for each in result.exported if each.partial} == PARTS
    for each in result.exported:
        (tmp_path / each.file_name).write_text(each.text, encoding="utf-8")
        assert "do not match" in each.notes[0]
    rules = load_sigma(tmp_path).rules
    for name in PARTS:
        pattern = replace(RULES[name], check=replace(log_events(RULES[name]), documents=()))
        mine = [rule for rule in rules if f"the rule {name} of" in rule.description]
        assert "This is a part of it" in mine[0].description
        assert hits(mine, own_records) == set(matching(pattern, own_records, {}))


def test_every_document_is_as_the_specification_asks(everything: SigmaExport) -> None:
    ids: list[str] = []
    for exported in everything.exported:
        for document in yaml.safe_load_all(exported.text):
            ids.append(document["id"])
            assert len(document["title"]) <= 256
            assert document["level"] in {"informational", "low", "medium", "high", "critical"}
            assert document["references"] == list(dict.fromkeys(document["references"]))
            if "correlation" in document:
                assert document["correlation"].keys() == {"type", "rules", "group-by", "timespan", "condition"}
            else:
                assert document["logsource"] == {"product": "aws", "service": "cloudtrail"}
                assert document["detection"].keys() - {"condition"}
    assert len(set(ids)) == len(ids)
    texts = {each.rule.id: each.text for each in everything.exported}
    stopped = yaml.safe_load(texts[RuleId("event.logging-stopped")])
    assert stopped["id"] == "8eb35a65-bfc6-52e4-8493-ef2fadf0c628"  # whoever deployed it knows it by this id
    assert (stopped["author"], stopped["license"]) == ("Trailwitness", "Apache-2.0")
    assert "author" not in yaml.safe_load(texts[RuleId("event.time-plausible")])


def test_pysigma_accepts_every_document(everything: SigmaExport) -> None:
    collection = pytest.importorskip("sigma.collection")
    for exported in everything.exported:
        found = collection.SigmaCollection.from_yaml(exported.text, collect_errors=True)
        assert found.errors == []
        found.resolve_rule_references()


def made_up(events: str, excluded: str | None = None, **more: Any) -> SigmaExport:
    """The export of a rule of a test's own."""
    template = RULES["event.logging-stopped"]
    check = LogEventsCheck(events=events, excluded=excluded, **more)
    rule = Rule(
        id=RuleId("event.made-up"),
        title="Nothing made up is recorded",
        severity=template.severity,
        description="Made up.",
        rationale="",
        remediation="",
        references=template.references,
        parameters=(),
        check=check,
        path="event/made-up.yaml",
        text="",
    )
    return export_rules([rule], {rule.id: {"names": [], "none": []}})


@pytest.mark.parametrize(
    ("events", "excluded", "reason"),
    [
        ("{ $.requestParameters.insightSelectors[0] NOT EXISTS }", None, "a place in a list"),
        ("{ $.requestParameters.['a.b'] = x }", None, "a name with a dot"),
        ("{ $.requestParameters.alarmNames[*] != x }", None, "all elements of a list|inside a list"),
        ("{ $.madeUp = x }", None, "no field 'madeUp'"),
        ("{ $.requestParameters.noSuchList[*] = x }", None, "no service model of AWS has as a list"),
        ("{ $.eventName = $names }", None, "no record can match it"),
        ("{ $.eventName = x }", "{ $.requestParameters.alarmNames = y }", "would exclude more"),
        ("{ $.requestParameters.count < 1e3 }", None, "the number 1e3"),
    ],
)
def test_what_has_no_words_in_sigma(events: str, excluded: str | None, reason: str) -> None:
    (left,) = made_up(events, excluded).left_out
    assert re.search(reason, left.reason), left.reason


@pytest.mark.parametrize(
    ("events", "excluded", "detection"),
    [
        (
            '{ ($.eventName = "StopLogging") && ($.userAgent = "*Curl*") && ($.userAgent = "a?b\\\\c") }',
            None,
            {
                "selection": {"eventName": "StopLogging", "userAgent|cased": "*Curl*"},
                "selection_2": {"userAgent|cased": "a\\?b\\\\c"},
            },
        ),
        (
            "{ ($.readOnly IS FALSE) || ($.requestParameters.retentionInDays <= 30) || ($.errorCode IS NULL) }",
            None,
            {
                "selection": [
                    {"readOnly": False},
                    {"requestParameters.retentionInDays|lte": 30},
                    {"errorCode": None, "errorCode|exists": True},
                ]
            },
        ),
        (
            "{($.eventName = CreateUser) && (($.userAgent != x) || ($.userAgent IS NULL) || ($.userAgent NOT EXISTS))}",
            "{ ($.errorCode = %.%) || ($.eventID = $none) }",
            {
                "selection": {"eventName": "CreateUser"},
                "filter": [{"userAgent|cased": "x"}, {"errorCode|re": "."}, {"eventCategory": APART}],
            },
        ),
    ],
    ids=["texts", "kinds", "negations"],
)
def test_how_conditions_are_written(events: str, excluded: str | None, detection: Mapping[str, Any]) -> None:
    (exported,) = made_up(events, excluded).exported
    found = yaml.safe_load(exported.text)["detection"]
    found.pop("condition")
    if "filter" not in detection:
        found.pop("filter")
    assert found == detection
