"""Every case of every shipped rule, told by its name where it fails, and the kinds of case that no rule may lack.

The cases of a rule are one test: there are thousands, and each worker that runs tests would have to collect them all.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.cases import Case, load_cases, run_case
from scanner.cases.lint import lint_rules, missing_cases
from scanner.checks.route import Proofs
from scanner.content.rules import CALLS, CASES, read_rule
from scanner.content.shipped import content_files, shipped
from scanner.documents import read_document
from scanner.model import Rule
from scanner.resources import RESOURCES

FOLDER = shipped("rules")
FILES = content_files(FOLDER, but=(CASES, CALLS))
READ_BY_CASES = sorted({*FOLDER.rglob(f"*{CASES}"), *FOLDER.rglob(f"*{CALLS}"), *FOLDER.rglob("_*.yaml")})
FIELDS = {name: tuple(resource.fields) for name, resource in RESOURCES.items()}
PROOFS = Proofs()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_rule(path: Path) -> None:
    rule = read_rule(path, FOLDER, FIELDS)
    cases = load_cases(rule, FOLDER, proven=True)
    assert cases, f"{rule.id} has no cases"
    assert [fault for case in cases for fault in faults(rule, case)] == []
    assert not missing_cases(rule, cases), f"{rule.id} lacks " + "; ".join(missing_cases(rule, cases))
    # Without cases, so that they are not run again: those were tried above, and what kinds there must be as well.
    assert [told for told in lint_rules([rule], {}, FOLDER) if " lacks a case " not in told] == []


@pytest.mark.parametrize("path", READ_BY_CASES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_libyaml_reads_the_same(path: Path) -> None:
    """What the cases are read from is read without it by those who write them."""
    assert read_document(path, merge=True) == read_document(path, merge=True, proven=True)


def faults(rule: Rule, case: Case) -> Iterator[str]:
    """What is wrong with a case, each with its place and its name."""
    result = run_case(rule, case, PROOFS)
    for problem in result.problems:
        yield f"{case.place}: {case.name}: {problem}"
    if not result.passed and not result.problems:
        yield f"{case.place}: {case.name}: it fails"
    if result.unasked:
        yield f"{case.place}: {case.name}: the rule never looks at {', '.join(result.unasked)}"


def test_every_case_file_has_its_rule() -> None:
    rules = {path.relative_to(FOLDER).as_posix().removesuffix(".yaml") for path in FILES}
    files = {path.relative_to(FOLDER).as_posix().removesuffix(CASES) for path in content_files(FOLDER, CASES)}
    assert files <= rules
