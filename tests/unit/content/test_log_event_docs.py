"""The table of rules in docs/log-events.md is the rules themselves, and its examples are a rule and cases that work.

``make docs`` writes the table anew.
"""

import os
import re
from pathlib import Path

from scanner.cases import load_cases, run_cases
from scanner.cases.lint import missing_cases
from scanner.content.rules import load_rules, read_rule
from scanner.model import LogEventsCheck, Rule

PAGE = Path(__file__).parents[3] / "docs" / "log-events.md"
_ORDER = ("critical", "high", "medium", "low", "info")


def line(rule: Rule) -> str:
    extended = " (extended)" if rule.pack == "extended" else ""
    lists = isinstance(rule.check, LogEventsCheck) and rule.check.polarity == "list"
    return f"| `{rule.id}`{extended} | {rule.severity} | {'*lists:* ' if lists else ''}{rule.title} |"


HEAD = "| rule | severity | passes when |\n|---|---|---|\n"


def table() -> str:
    rules = [rule for rule in load_rules() if isinstance(rule.check, LogEventsCheck)]
    rules.sort(key=lambda rule: (rule.pack == "extended", _ORDER.index(rule.severity), rule.id))
    return HEAD + "\n".join(map(line, rules)) + "\n"


def test_the_table_of_rules_is_complete() -> None:
    before, found, after = PAGE.read_text(encoding="utf-8").partition(HEAD)
    assert found
    rows, blank, rest = after.partition("\n\n")
    if os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1":
        PAGE.write_text(f"{before}{table()}{blank[1:]}{rest}", encoding="utf-8")
        return
    assert f"{HEAD}{rows}\n" == table(), "make docs writes it anew; review the difference"


def test_the_rule_and_its_cases_run_as_printed(tmp_path: Path) -> None:
    text, *_, cases = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "event").mkdir()
    path = tmp_path / "event/root-at-work.yaml"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "event/root-at-work.test.yaml").write_text(cases, encoding="utf-8")
    rule = read_rule(path, tmp_path, {})
    found = load_cases(rule, tmp_path)
    assert [result.problems for result in run_cases(rule, found) if not result.passed] == []
    assert missing_cases(rule, found) == ()
