"""`trailwitness frameworks`: the auditor's pages, listed and shown."""

import json
from pathlib import Path

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options import completing
from scanner.cli.options.content import rules_folder_option
from scanner.cli.options.once import json_option
from scanner.cli.terminal.printing import tell, tell_json, wrapped
from scanner.cli.terminal.tables import tell_table
from scanner.model import Control, Framework, Given, JsonValue

FRAMEWORKS_SCHEMA = "trailwitness/frameworks/v1"
FRAMEWORK_SCHEMA = "trailwitness/framework/v1"


@click.group()
def frameworks() -> None:
    """List the shipped frameworks and show their controls."""


@frameworks.command("list", short_help="List the shipped frameworks.")
@json_option
def list_command(as_json: bool) -> int:
    """List the shipped frameworks with how far their controls are decided."""
    from collections import Counter

    from scanner.content.frameworks import load_frameworks
    from scanner.content.rules import load_rules
    from scanner.model import Coverage

    listed: list[JsonValue] = []
    rows: list[tuple[str, str]] = []
    for framework in load_frameworks(None, {rule.id for rule in load_rules()}):
        counts = Counter(control.coverage for control in framework.controls)
        shares = ", ".join(f"{counts[coverage]} {coverage}" for coverage in Coverage if counts[coverage])
        rows.append((framework.id, f"{framework.title} ({len(framework.controls)} controls: {shares})"))
        coverage_counts: dict[str, JsonValue] = {coverage: counts[coverage] for coverage in Coverage}
        listed.append({**_head(framework), "controls": len(framework.controls), "coverage": coverage_counts})
    if as_json:
        tell_json({"schema": FRAMEWORKS_SCHEMA, "frameworks": listed})
    else:
        tell_table(("framework", "title"), rows)
    return Exit.CLEAN


@frameworks.command("show", short_help="Show the controls of a framework and their rules.")
@click.argument("wanted", metavar="ID|FILE", shell_complete=completing.frameworks)
@rules_folder_option("Also know the rules of this folder, which a framework of your own may name (repeatable).")
@json_option
def show_command(wanted: str, folders: tuple[Path, ...], as_json: bool) -> int:
    """Show every control of a framework: its coverage, what is and is not decided, and its rules.

    FILE is a framework of your own; every mistake in it is told.
    """
    from scanner.content.frameworks import framework_name, is_framework_file, load_frameworks
    from scanner.content.rules import load_rules

    rules = load_rules(folders)
    files = [Path(wanted)] if is_framework_file(wanted) else []
    named = framework_name(files[0]) if files else wanted
    (framework,) = load_frameworks((named,), {rule.id for rule in rules}, files=files, rules=rules)
    if as_json:
        shown: list[JsonValue] = [_control(control) for control in framework.controls]
        tell_json({"schema": FRAMEWORK_SCHEMA, **_head(framework), "controls": shown})
        return Exit.CLEAN
    for line in (f"{framework.id}: {framework.title} {framework.version}", f"source: {framework.source}"):
        tell("\n".join(wrapped(line, further="    ")))
    for control in framework.controls:
        tell("\n".join(["", *wrapped(f"{control.id}  {control.title}  [{control.coverage}]", further="    ")]))
        tell("\n".join(wrapped(control.notes.strip(), "    ", "    ")))
        given = {item.rule: _given(item) for item in control.given}
        for rule in control.rules:
            tell(f"    - {rule}{given.get(rule, '')}")
        for rule in control.log_rules:
            tell(f"    - {rule}{given.get(rule, '')} (log records)")
        for rule in control.period_rules:
            tell(f"    - {rule}{given.get(rule, '')} (period)")
    return Exit.CLEAN


def _head(framework: Framework) -> dict[str, JsonValue]:
    return {
        "id": framework.id,
        "title": framework.title,
        "version": framework.version,
        "source": framework.source,
        "notes": framework.notes,
    }


def _control(control: Control) -> dict[str, JsonValue]:
    return {
        "id": control.id,
        "title": control.title,
        "coverage": control.coverage,
        "notes": control.notes.strip(),
        "rules": list(control.rules),
        "log_rules": list(control.log_rules),
        "period_rules": list(control.period_rules),
        **({"with": {item.rule: dict(item.values) for item in control.given}} if control.given else {}),
    }


def _given(given: Given) -> str:
    """The parameters that a control gives a rule, as they are read."""
    told = (f"{name} = {json.dumps(value)}" for name, value in given.values)
    return f" with {', '.join(told)}"
