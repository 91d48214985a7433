"""Every kind of check is known to everybody who must know it."""

import json
from typing import get_args

from scanner.checks import CHECKS
from scanner.content.kinds import KINDS
from scanner.model import Check, Over
from scanner.schemas import schema_text


def test_every_class_of_checks_has_its_kind() -> None:
    assert {kind.check for kind in KINDS.values()} == set(get_args(Check))


def test_the_schema_names_the_kinds() -> None:
    assert set(json.loads(schema_text("rule"))["properties"]["check"]["enum"]) == set(KINDS)


def test_every_kind_over_facts_has_its_judge() -> None:
    assert set(CHECKS) == {kind.check for kind in KINDS.values() if kind.check.over is Over.FACTS}
