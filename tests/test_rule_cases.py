"""Every case of every shipped rule, each under its own name, and the kinds of case that no rule may lack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.cases import Case, load_cases, run_case
from scanner.cases.lint import lint_rules, missing_cases
from scanner.checks.route import Proofs
from scanner.content.rules import CALLS, CASES, read_rule
from scanner.content.shipped import content_files, shipped
from scanner.errors import ContentError
from scanner.model import Rule
from scanner.resources import RESOURCES

FOLDER = shipped("rules")
FILES = content_files(FOLDER, but=(CASES, CALLS))
FIELDS = {name: tuple(resource.fields) for name, resource in RESOURCES.items()}


def _readable() -> Iterator[tuple[Rule, tuple[Case, ...]]]:
    """Rules whose file and cases can be read; what cannot fails in test_rule_file."""
    for path in FILES:
        try:
            rule = read_rule(path, FOLDER, FIELDS)
            yield rule, load_cases(rule, FOLDER, proven=True)
        except ContentError:
            continue


RULES = tuple(_readable())
PROOFS = Proofs()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_rule_file(path: Path) -> None:
    rule = read_rule(path, FOLDER, FIELDS)
    cases = load_cases(rule, FOLDER)
    assert cases, f"{rule.id} has no cases"
    assert cases == load_cases(rule, FOLDER, proven=True), f"{rule.id}: libyaml reads other cases"


@pytest.mark.parametrize(
    ("rule", "case"),
    [pytest.param(rule, case, id=f"{rule.id}: {case.name}") for rule, cases in RULES for case in cases],
)
def test_case(rule: Rule, case: Case) -> None:
    result = run_case(rule, case, PROOFS)
    assert result.passed, f"{case.place}: " + "; ".join(result.problems)
    assert not result.unasked, f"{case.place}: the rule never looks at {', '.join(result.unasked)}"


@pytest.mark.parametrize(("rule", "cases"), RULES, ids=lambda value: value.id if isinstance(value, Rule) else "")
def test_every_kind_of_case(rule: Rule, cases: tuple[Case, ...]) -> None:
    assert not missing_cases(rule, cases), f"{rule.id} lacks " + "; ".join(missing_cases(rule, cases))


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=lambda rule: rule.id)
def test_lint_has_nothing_to_say(rule: Rule) -> None:
    """Without cases, so that they are not run again: those are tried above, and what kinds there must be as well."""
    assert [told for told in lint_rules([rule], {}, FOLDER) if " lacks a case " not in told] == []


def test_every_case_file_has_its_rule() -> None:
    rules = {path.relative_to(FOLDER).as_posix().removesuffix(".yaml") for path in FILES}
    files = {path.relative_to(FOLDER).as_posix().removesuffix(CASES) for path in content_files(FOLDER, CASES)}
    assert files <= rules
