from pathlib import Path

import pytest

from scanner.content.frameworks import load_frameworks, mapped_rules
from scanner.errors import ContentError, UsageError
from scanner.model import Control, Coverage, RuleId

RULES = frozenset({"trail.validation", "bucket.locked"})

TEXT = """\
id: own-1.0
title: Our own
version: "1.0"
source: https://example.com/own
notes: What an auditor must know.
controls:
  - id: "1.1"
    title: Logs are whole
    coverage: partial
    notes: Validation is judged; reviews are not.
    rules: [trail.validation]
  - id: "1.2"
    title: Someone looks
    coverage: manual
    notes: A person looks.
    rules: []
"""


def write(folder: Path, text: str, name: str = "own-1.0.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_framework(tmp_path: Path) -> None:
    write(tmp_path, TEXT)
    (framework,) = load_frameworks(["own-1.0"], RULES, [tmp_path], with_shipped=False)
    assert (framework.id, framework.title, framework.version) == ("own-1.0", "Our own", "1.0")
    assert framework.source == "https://example.com/own"
    assert framework.notes == "What an auditor must know."
    assert framework.path == "own-1.0.yaml"
    assert framework.text == TEXT
    assert framework.controls == (
        Control(
            "own-1.0",
            "1.1",
            "Logs are whole",
            Coverage.PARTIAL,
            "Validation is judged; reviews are not.",
            (RuleId("trail.validation"),),
        ),
        Control("own-1.0", "1.2", "Someone looks", Coverage.MANUAL, "A person looks.", ()),
    )
    assert mapped_rules([framework]) == {"trail.validation"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "trail.validation",
            "trail.validaton",
            "11:13: there is no rule 'trail.validaton'. Did you mean 'trail.validation'?",
        ),
        ('id: "1.2"', 'id: "1.1"', "12:9: the control 1.1 is here a second time; first in line 7"),
        ('id: "1.2"', "id: 1.2", "12:9: controls[1].id must be text on one line, not 1.2; put it in quotes"),
        ("    coverage: partial\n", "", "7:5: controls[0] lacks the key 'coverage'"),
        ("    notes: A person looks.\n", "", "12:5: controls[1] lacks the key 'notes'"),
        ("notes: A person looks.", "notes: ''", "15:12: controls[1].notes must be text, not ''"),
        ("coverage: partial", "coverage: complete", "9:15: controls[0].coverage must be one of"),
        ("rules: []", "rules: [bucket.locked]", "16:12: controls[1].rules must be empty where coverage is manual"),
        (
            "rules: [trail.validation]",
            "rules: []",
            "11:12: controls[0].rules must name a rule unless coverage is manual",
        ),
        (
            "[trail.validation]",
            "[trail.validation, trail.validation]",
            "11:12: controls[0].rules must not hold the same value twice",
        ),
        ("id: own-1.0", "id: own-2.0", "1:5: the id is 'own-2.0', the file is called own-1.0.yaml"),
        ('version: "1.0"', "version: 1.0", "3:10: version must be text on one line, not 1.0; put it in quotes"),
        ("source: https://", "source: http://", "4:9: source must be an https:// address"),
        ("title: Our own", "tittle: Our own", "2:1: the key 'tittle' is not known here. Did you mean 'title'?"),
    ],
)
def test_one_mistake(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in TEXT
    path = write(tmp_path, TEXT.replace(old, new, 1))
    with pytest.raises(ContentError) as caught:
        load_frameworks(None, RULES, [tmp_path], with_shipped=False)
    assert any(problem.startswith(f"{path}:{expected}") for problem in caught.value.problems), caught.value.problems


def test_every_file_and_mistake_at_once(tmp_path: Path) -> None:
    write(tmp_path, TEXT.replace("trail.validation", "trail.gone"))
    write(tmp_path, "", "two.yaml")
    with pytest.raises(ContentError) as caught:
        load_frameworks(None, RULES, [tmp_path], with_shipped=False)
    assert len(caught.value.problems) == 2


def test_an_unknown_framework() -> None:
    said = r"no framework 'pci-dss-4\.0'\. Did you mean 'pci-dss-4\.0\.1'\? Known: aws.*; one of your own is given"
    with pytest.raises(UsageError, match=said):
        load_frameworks(["pci-dss-4.0"], RULES)


def test_order_and_repetition(tmp_path: Path) -> None:
    write(tmp_path, TEXT)
    write(tmp_path, TEXT.replace("own-1.0", "another"), "another.yaml")
    every = load_frameworks(None, RULES, [tmp_path], with_shipped=False)
    assert [framework.id for framework in every] == ["another", "own-1.0"]
    asked = load_frameworks(["own-1.0", "another", "own-1.0"], RULES, [tmp_path], with_shipped=False)
    assert [framework.id for framework in asked] == ["own-1.0", "another"]


def test_a_later_folder_wins(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, TEXT.replace("Our own", name))
    (framework,) = load_frameworks(None, RULES, [tmp_path / "one", tmp_path / "two"], with_shipped=False)
    assert framework.title == "two"
