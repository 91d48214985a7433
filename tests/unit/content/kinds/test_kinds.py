"""Every kind of check is known to everybody who must know it."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from reports.document.writing import document
from scanner.checks import CHECKS
from scanner.content.kinds import KINDS
from scanner.content.rules import load_rules
from scanner.documents import parse_yaml
from scanner.model import Assessment, Check, Collected, Over, ScanRun, Summary, Tool
from scanner.schemas import schema_text


def test_every_class_of_checks_has_its_kind() -> None:
    assert {kind.check for kind in KINDS.values()} == set(get_args(Check))


def test_the_schema_names_the_kinds() -> None:
    assert set(json.loads(schema_text("rule"))["properties"]["check"]["enum"]) == set(KINDS)


def test_every_kind_over_facts_has_its_judge() -> None:
    assert set(CHECKS) == {kind.check for kind in KINDS.values() if kind.check.over is Over.FACTS}


def test_the_document_calls_a_kind_as_rule_files_do() -> None:
    run = ScanRun(tool=Tool(""), collected=Collected(""))
    written: dict[str, Any] = document(Assessment(run, load_rules(), (), (), (), (), Summary()))
    called = {rule["id"]: rule["check"]["kind"] for rule in written["rules"]}
    assert {called[rule.id] for rule in load_rules()} == set(KINDS)
    for rule in load_rules():
        assert isinstance(rule.check, KINDS[called[rule.id]].check)


def sentences(data: dict[str, Any]) -> Iterator[str]:
    """What the findings of a rule may say, as its file has it."""
    yield from (data[key].strip() for key in ("passed", "reason") if key in data)
    yield from (remark["say"].strip() for remark in data.get("remarks", ()))
    if isinstance(data.get("expect"), list):
        yield from (clause["otherwise"].strip() for clause in data["expect"])


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_hands_out_every_pattern_and_reason_of_a_rule(name: str) -> None:
    patterns, reasons = set(), set()
    for rule in load_rules():
        data: Any = parse_yaml(rule.path, rule.text).value
        if data["check"] == name:
            values = {parameter.name: parameter.default for parameter in rule.parameters}
            found = {key for key, _, _ in KINDS[name].patterns(rule.check, values)}
            # The events of service-route are an event pattern, which is of another language.
            written = {"events", "extended", "except", "seen", "documents"} if name != "service-route" else set()
            assert found == data.keys() & written, rule.id
            told = {sentence for _, sentence in KINDS[name].reasons(rule.check) if sentence}
            assert told == set(sentences(data)), rule.id
            patterns |= found
            reasons |= told
    assert bool(patterns) is (name not in {"resource", "service-route", "period"})
    assert bool(reasons) is (name in {"resource", "period"})
