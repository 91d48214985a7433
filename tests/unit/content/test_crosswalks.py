from pathlib import Path

import pytest

from scanner.content.frameworks import load_frameworks
from scanner.content.rules import load_rules
from scanner.errors import ContentError
from scanner.model import Control, Coverage, Framework, Given, RuleId

RULES = ("trail.validation", "trail.encrypted", "bucket.locked", "event.stopped", "evidence.held")

BASIS = """\
id: own-2.0
title: Our own
version: "2.0"
source: https://example.com/own
notes: What an auditor must know.
controls:
  - id: "2.1"
    title: Logs are whole
    coverage: full
    notes: Validation is judged.
    rules: [trail.validation, {rule: bucket.locked, with: {days: 90}}]
    log_rules: [event.stopped]
  - id: "2.2"
    title: Logs are kept
    coverage: partial
    notes: Locks are judged.
    rules: [trail.validation]
    period_rules: [evidence.held]
  - id: "2.3"
    title: Someone looks
    coverage: manual
    notes: A person looks.
    rules: []
  - id: "2.4"
    title: Keys
    coverage: supporting
    notes: Keys are looked at.
    rules: [trail.encrypted, bucket.locked]
"""

TEXT = """\
id: other-1.0
title: The other's
version: "1.0"
source: https://example.com/other
from: own-2.0
notes: Derived from ours.
controls:
  - id: "1"
    title: Whole
    answered_by: ["2.1"]
    relation: equal
    notes: Nothing differs.
"""


def write(folder: Path, text: str = TEXT, name: str = "other-1.0.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str = TEXT, basis: str = BASIS) -> Framework:
    write(folder, basis, "own-2.0.yaml")
    write(folder, text)
    return load_frameworks(["other-1.0"], RULES, [folder], with_shipped=False)[0]


def test_a_control_is_answered_by_the_rules_of_another(tmp_path: Path) -> None:
    framework = loaded(tmp_path)
    assert (framework.id, framework.title, framework.version) == ("other-1.0", "The other's", "1.0")
    assert framework.notes == "Derived from ours."
    assert framework.controls == (
        Control(
            "other-1.0",
            "1",
            "Whole",
            Coverage.FULL,
            "This asks for the same as 2.1 of own-2.0. Nothing differs. Of 2.1: Validation is judged.",
            (RuleId("trail.validation"), RuleId("bucket.locked")),
            log_rules=(RuleId("event.stopped"),),
            given=(Given(RuleId("bucket.locked"), (("days", 90),)),),
        ),
    )


@pytest.mark.parametrize(
    ("answers", "relation", "coverage"),
    [
        ('["2.1"]', "equal", Coverage.FULL),
        ('["2.1"]', "subset", Coverage.PARTIAL),
        ('["2.1"]', "superset", Coverage.PARTIAL),
        ('["2.1"]', "related", Coverage.SUPPORTING),
        ('["2.2"]', "equal", Coverage.PARTIAL),
        ('["2.4"]', "equal", Coverage.SUPPORTING),
        ('["2.3"]', "equal", Coverage.MANUAL),
        ('["2.3"]', "related", Coverage.MANUAL),
        ('["2.1", "2.3"]', "equal", Coverage.PARTIAL),
        ('["2.1", "2.2"]', "equal", Coverage.PARTIAL),
        ('["2.3", "2.4"]', "equal", Coverage.SUPPORTING),
    ],
)
def test_no_more_is_decided_than_the_answers_allow(
    answers: str, relation: str, coverage: Coverage, tmp_path: Path
) -> None:
    text = TEXT.replace('["2.1"]', answers).replace("relation: equal", f"relation: {relation}")
    (control,) = loaded(tmp_path, text).controls
    assert control.coverage is coverage
    assert bool(control.rules) == (coverage is not Coverage.MANUAL)
    assert ("decide nothing of it" in control.notes) == (relation == "related" and bool(control.rules))


def test_rules_of_several_controls_are_joined(tmp_path: Path) -> None:
    (control,) = loaded(tmp_path, TEXT.replace('["2.1"]', '["2.1", "2.2"]').replace("equal", "subset")).controls
    assert control.rules == ("trail.validation", "bucket.locked")
    assert (control.log_rules, control.period_rules) == (("event.stopped",), ("evidence.held",))
    assert control.notes.startswith("This asks for a part of what 2.1 and 2.2 of own-2.0 ask for, so a failure may lie")
    assert control.notes.endswith("Of 2.1: Validation is judged. Of 2.2: Locks are judged.")


def test_nothing_answers(tmp_path: Path) -> None:
    text = TEXT.replace('["2.1"]', "[]").replace("    relation: equal\n", "")
    (control,) = loaded(tmp_path, text).controls
    assert (control.coverage, control.rules, control.notes) == (Coverage.MANUAL, (), "Nothing differs.")


def test_rules_answer_by_themselves(tmp_path: Path) -> None:
    rules = load_rules(areas=frozenset({"bucket"}))
    answers = "[bucket.versioning, {rule: bucket.hot-90-days, with: {hot_days: 30}}]"
    text = TEXT.replace("from: own-2.0", "from: rules").replace('["2.1"]', answers).replace("equal", "superset")
    path = write(tmp_path, text)
    known = {rule.id for rule in rules}
    (framework,) = load_frameworks(None, known, files=[path], with_shipped=False, rules=rules)
    (control,) = framework.controls
    assert control.rules == ("bucket.versioning", "bucket.hot-90-days")
    assert control.given == (Given(RuleId("bucket.hot-90-days"), (("hot_days", 30),)),)
    assert control.notes == "This asks for more than the rules, so a pass leaves the rest of it open. Nothing differs."
    wrong = write(tmp_path, text.replace("hot_days: 30", "hot_days: 3000"))
    with pytest.raises(ContentError, match=r"other-1.0.yaml:10:\d+: bucket.hot-90-days.hot_days "):
        load_frameworks(None, known, files=[wrong], with_shipped=False, rules=rules)


def test_what_is_derived_reads_as_a_framework_file(tmp_path: Path) -> None:
    odd = TEXT.replace("Nothing differs.", '"Größe, \\"Maß\\" #1\\u2028\\x85 \\U0001F600: end."')
    framework = loaded(tmp_path, odd)
    assert framework.text.startswith("# Derived from the crosswalk other-1.0.yaml, SHA-256 ")
    assert "# and the framework own-2.0, SHA-256 " in framework.text
    (tmp_path / "sealed").mkdir()
    sealed = write(tmp_path / "sealed", framework.text)
    (again,) = load_frameworks(None, RULES, files=[sealed], with_shipped=False)
    assert again == framework


def test_what_answers_may_lie_beside_or_be_given(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    basis = write(tmp_path / "elsewhere", BASIS, "own-2.0.yaml")
    path = write(tmp_path)
    (framework,) = load_frameworks(["other-1.0"], RULES, files=[path, basis], with_shipped=False)
    write(tmp_path, BASIS.replace("Validation is", "Validity is"), "own-2.0.yaml")
    (beside,) = load_frameworks(["other-1.0"], RULES, files=[path], with_shipped=False)
    assert [each.controls[0].notes[-20:] for each in (framework, beside)] == [
        "alidation is judged.",
        " Validity is judged.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "from: own-2.0",
            "from: own-3.0",
            "5:7: there is no framework 'own-3.0'. Did you mean 'own-2.0'? Known: own-2.0",
        ),
        (
            "from: own-2.0",
            "from: other-1.0",
            "5:7: other-1.0 is a crosswalk itself; name the framework that it is from",
        ),
        ("from: own-2.0", "from: 3", "5:7: from must be the id of a framework, or rules, not 3"),
        ('["2.1"]', '["2.9"]', "10:19: own-2.0 has no control '2.9'. Did you mean '2.4'?"),
        ('["2.1"]', '["2.1", "2.1"]', "10:18: controls[0].answered_by"),
        ('["2.1"]', '["2.1", "2.4"]', "10:18: these controls ask for bucket.locked with different parameters"),
        ('["2.1"]', "[{rule: bucket.locked, with: {days: 1}}]", "10:19: parameters are given to rules; name a control"),
        ("relation: equal", "relation: same", "11:15: controls[0].relation"),
        ("    relation: equal\n", "", "8:5: controls[0]"),
        ('["2.1"]', "[]", "relation must be left out where nothing answers the control"),
        ("id: other-1.0", "id: another", "1:5: the id is 'another', the file is called other-1.0.yaml"),
        ("    notes: Nothing", f"    notes: {'x' * 5990} ", "10:18: the notes that come of these are longer than 6000"),
        ("notes: Derived", "coverage: full\nnotes: Derived", "coverage"),
    ],
)
def test_mistakes_have_a_place(old: str, new: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        loaded(tmp_path, TEXT.replace(old, new, 1))
    (problem,) = caught.value.problems
    assert expected in problem


def test_a_control_that_is_there_twice(tmp_path: Path) -> None:
    twice = TEXT + TEXT.partition("controls:\n")[2]
    with pytest.raises(ContentError, match="13:9: the control 1 is here a second time; first in line 8"):
        loaded(tmp_path, twice)


def test_what_is_wrong_with_the_basis_is_told_of_it(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        loaded(tmp_path, basis=BASIS.replace("trail.encrypted", "trail.encoded"))
    (problem,) = caught.value.problems
    assert "own-2.0.yaml" in problem
    assert "there is no rule 'trail.encoded'" in problem
