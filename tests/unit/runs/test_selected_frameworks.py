"""Only the frameworks that a run reports are read."""

from pathlib import Path

import pytest

from scanner.content import frameworks
from scanner.content.rules import load_rules
from scanner.documents import Document, read_document
from scanner.errors import UsageError
from scanner.model import Over
from scanner.model.values import plain_id
from scanner.runs.selection import select


@pytest.mark.parametrize("asked", [(), ("cis-aws-5.0.0",)])
def test_others_are_not_read(asked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noting(path: Path, *, proven: bool = False) -> Document:
        read.append(path.stem)
        return read_document(path, proven=proven)

    monkeypatch.setattr(frameworks, "read_document", noting)
    selection = select(asked, (), (), ())
    assert read == list(asked or frameworks.REPORTED)
    assert [framework.id for framework in selection.frameworks] == read


def test_a_pack_adds_its_rules_to_whatever_is_judged() -> None:
    rules = load_rules()
    extended = {rule.id for rule in rules if rule.pack == "extended"}
    scanned = {rule.id for rule in rules if rule.check.over is Over.FACTS}
    assert {plain_id(rule.id) for rule in select((), (), (), (), packs=("extended",)).rules} == scanned
    plain = {rule.id for rule in select(("cis-aws-5.0.0",), (), (), ()).rules}
    chosen = select(("cis-aws-5.0.0",), (), (), (), packs=("extended",))
    assert {rule.id for rule in chosen.rules} == plain | (extended & scanned)
    assert [framework.id for framework in chosen.frameworks] == ["cis-aws-5.0.0"]
    alone = select((), ("trail.kms-encrypted",), (), (), packs=("extended",))
    assert {rule.id for rule in alone.rules} == {"trail.kms-encrypted"} | (extended & scanned)
    assert alone.frameworks == ()
    with pytest.raises(UsageError, match=r"There is no pack 'extendd'. Did you mean 'extended'\? Packs: core, ext"):
        select((), (), (), (), packs=("extendd",))


def test_a_framework_without_a_rule_that_is_judged_here_is_named() -> None:
    with pytest.raises(UsageError, match=r"No rule of aws-config-rules is judged over log records\."):
        select(("aws-config-rules",), (), (), (), over=Over.RECORDS)
