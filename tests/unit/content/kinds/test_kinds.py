"""Every kind of check is known to everybody who must know it."""

import json
from typing import Any, get_args

from reports.document.writing import document
from scanner.checks import CHECKS
from scanner.content.kinds import KINDS
from scanner.content.rules import load_rules
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
