"""The examples of docs/writing-rules.md are rules and cases that work."""

import re
from pathlib import Path

from scanner.cases import load_cases, load_equivalents, run_cases
from scanner.cases.lint import missing_cases
from scanner.content.frameworks import load_frameworks
from scanner.content.rules import expected_path, load_rules, read_rule
from scanner.documents import parse_yaml
from scanner.model import PeriodCheck, ResourceCheck, RuleId, Service, ServiceRouteCheck
from scanner.model.json_values import as_object, as_text
from scanner.period.measures import MEASURES
from scanner.resources import RESOURCES

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "writing-rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL)
RESOURCE, CLAUSES, ROUTE, SERVICE, PERIOD, PERIOD_CASES, CASES, ACCOUNTS, EQUIVALENTS, GIVEN, FRAMEWORK = BLOCKS
FIELDS = {name: tuple(resource.fields) for name, resource in RESOURCES.items()}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_rules(tmp_path: Path) -> None:
    for text in (RESOURCE, ROUTE):
        identity = RuleId(as_text(as_object(parse_yaml("doc", text).value)["id"]))
        rule = read_rule(write(tmp_path, expected_path(identity), text), tmp_path, FIELDS)
        assert rule.path == expected_path(rule.id)


def test_the_clauses(tmp_path: Path) -> None:
    whole = (ROOT / "rules" / "loggroup" / "retention-min.yaml").read_text(encoding="utf-8")
    text = whole[: whole.index("\nexpect:") + 1] + CLAUSES
    rule = read_rule(write(tmp_path, "loggroup/retention-min.yaml", text), tmp_path, FIELDS)
    assert isinstance(rule.check, ResourceCheck)
    assert len(rule.check.clauses) == 2


def test_the_route_of_a_service(tmp_path: Path) -> None:
    whole = (ROOT / "rules" / "route" / "guardduty-findings.yaml").read_text(encoding="utf-8")
    text = whole[: whole.index("\ncheck:") + 1] + SERVICE
    rule = read_rule(write(tmp_path, "route/guardduty-findings.yaml", text), tmp_path, FIELDS)
    assert isinstance(rule.check, ServiceRouteCheck)
    assert rule.check.service is Service.GUARDDUTY
    assert rule.check.present == ("detail.type", "detail.id")


def test_the_rule_about_a_period(tmp_path: Path) -> None:
    whole = (ROOT / "rules" / "evidence" / "no-logging-gaps.yaml").read_text(encoding="utf-8")
    text = whole[: whole.index("\ncheck:") + 1] + PERIOD
    rule = read_rule(write(tmp_path, "evidence/no-logging-gaps.yaml", text), tmp_path, FIELDS)
    assert isinstance(rule.check, PeriodCheck)
    write(tmp_path, "evidence/no-logging-gaps.test.yaml", f"rule: evidence.no-logging-gaps\n{PERIOD_CASES}")
    (result,) = run_cases(rule, load_cases(rule, tmp_path))
    assert not result.problems


def test_the_page_lists_every_measure_with_its_facts_and_parameters() -> None:
    for name, measure in MEASURES.items():
        facts = ", ".join(f"`{fact}`" for fact in measure.facts)
        read = ", ".join(f"`{parameter}`" for parameter in measure.parameters)
        assert f"| `{name}` | {facts} | {f'{read} ' if read else ''}|" in TEXT


def test_the_cases(tmp_path: Path) -> None:
    rule = read_rule(write(tmp_path, "trail/digest-age.yaml", RESOURCE), tmp_path, FIELDS)
    write(tmp_path, "trail/digest-age.test.yaml", CASES)
    cases = load_cases(rule, tmp_path)
    assert [result.problems for result in run_cases(rule, cases) if not result.passed] == []
    assert missing_cases(rule, cases) == ()


def test_the_proof_that_a_change_changes_nothing(tmp_path: Path) -> None:
    rule = read_rule(write(tmp_path, "trail/digest-age.yaml", RESOURCE), tmp_path, FIELDS)
    write(tmp_path, "trail/digest-age.test.yaml", CASES + EQUIVALENTS)
    (change,) = load_equivalents(rule, tmp_path)
    assert change == "expect 2: without `Status.IsLogging`"
    assert load_cases(rule, tmp_path)


def test_a_case_of_several_accounts(tmp_path: Path) -> None:
    text = (ROOT / "rules" / "trail" / "log-file-validation.yaml").read_text(encoding="utf-8")
    rule = read_rule(write(tmp_path, "trail/log-file-validation.yaml", text), tmp_path, FIELDS)
    head = f"rule: {rule.id}\nbase: shipped/_sound-account.calls.yaml\ncases:\n"
    write(tmp_path, "trail/log-file-validation.test.yaml", head + ACCOUNTS)
    (result,) = run_cases(rule, load_cases(rule, tmp_path))
    assert result.problems == ()


def test_the_framework(tmp_path: Path) -> None:
    path = write(tmp_path, "my-audit-1.0.yaml", FRAMEWORK)
    (framework,) = load_frameworks(None, {rule.id for rule in load_rules()}, files=[path], with_shipped=False)
    assert [control.id for control in framework.controls] == ["2.1", "2.2"]


def test_the_parameters_of_a_control(tmp_path: Path) -> None:
    rules = {str(rule.id): rule for rule in load_rules()}
    text = FRAMEWORK.replace("    rules: [trail.log-file-validation, trail.kms-encrypted]\n", GIVEN)
    path = write(tmp_path, "my-audit-1.0.yaml", text)
    (framework,) = load_frameworks(None, rules, files=[path], with_shipped=False, rules=rules.values())
    (given,) = framework.controls[0].given
    assert (given.rule, given.values) == ("route.root-usage", (("max_period", 300),))
    assert framework.controls[0].rules == ("trail.multi-region-logging", "route.root-usage")


def test_keys_are_explained() -> None:
    for key in (
        "id",
        "severity",
        "pack",
        "parameters",
        "where",
        "where_none",
        "expect",
        "when_none",
        "when_none_selected",
        "reason",
        "passed",
        "remarks",
        "events",
        "extended",
    ):
        assert f"`{key}`" in TEXT
