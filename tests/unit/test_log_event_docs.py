"""The table of rules in docs/log-events.md is the rules themselves."""

from pathlib import Path

from scanner.model import LogEventsCheck, Rule
from scanner.rules import load_rules

PAGE = Path(__file__).parents[2] / "docs" / "log-events.md"
_ORDER = ("critical", "high", "medium", "low", "info")


def line(rule: Rule) -> str:
    extended = " (extended)" if rule.pack == "extended" else ""
    lists = isinstance(rule.check, LogEventsCheck) and rule.check.polarity == "list"
    return f"| `{rule.id}`{extended} | {rule.severity} | {'*lists:* ' if lists else ''}{rule.title} |"


def table() -> str:
    rules = [rule for rule in load_rules() if isinstance(rule.check, LogEventsCheck)]
    rules.sort(key=lambda rule: (rule.pack == "extended", _ORDER.index(rule.severity), rule.id))
    return "\n".join(["| rule | severity | passes when |", "|---|---|---|", *map(line, rules)])


def test_the_table_of_rules_is_complete() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
