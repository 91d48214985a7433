"""`trailwitness rules`: what is judged, whether the rules' own cases hold, and the permissions they need."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import click

from scanner.cases import Case
from scanner.cli.commands.authoring.new_rule import new_command
from scanner.cli.commands.authoring.schema import schema_command
from scanner.cli.commands.authoring.sigma import export_sigma_command, import_sigma_command
from scanner.cli.commands.authoring.testing import test_command
from scanner.cli.exit_codes import Exit
from scanner.cli.options import completing
from scanner.cli.options.content import Wanted, declared_routes_option, rules_folder_option, selection_options
from scanner.cli.options.once import json_option
from scanner.cli.options.policies import Printed, Purpose, policy_options
from scanner.cli.terminal.printing import printable, tell, tell_json, tell_wrapped, wrapped
from scanner.cli.terminal.tables import tell_table
from scanner.errors import ContentError, UsageError
from scanner.log_sources import SOURCES
from scanner.model import JsonValue, Over, Rule, RuleId
from scanner.runs.selection import Selection
from scanner.wording import several

LOG_SOURCES = tuple(sorted(name for name, kind in SOURCES.items() if kind.calls))
"""Kinds of log sources that are read from AWS."""

RULES_SCHEMA = "trailwitness/rules/v1"
PROBLEMS_SCHEMA = "trailwitness/problems/v1"


@click.group()
def rules() -> None:
    """List, show, test, lint and begin rules; print the IAM policy they need."""


rules.add_command(new_command)
rules.add_command(schema_command)
rules.add_command(import_sigma_command)
rules.add_command(export_sigma_command)
rules.add_command(test_command)


@rules.command("list", short_help="List the selected rules.")
@selection_options
@click.option("--all", "everything", is_flag=True, help="Also list the extended rules, which are off by default.")
@json_option
def list_command(
    wanted: Wanted,
    everything: bool,
    as_json: bool,
) -> int:
    """List the selected rules (default: every rule that a plain scan or `logs` judges)."""
    if everything:
        if wanted.frameworks or wanted.rule_ids or wanted.parameters:
            raise UsageError("--all is given together with a selection.", "Drop one of them.")
        from scanner.content.rules import load_rules

        chosen = load_rules(wanted.folders)
    else:
        chosen = wanted.select(over=None).rules
    ordered = sorted(chosen, key=lambda item: item.id)
    if as_json:
        tell_json({"schema": RULES_SCHEMA, "rules": list(map(_entry, ordered))})
        return Exit.CLEAN
    tell_table(
        ("rule", "severity", "kind", "title"), [(rule.id, rule.severity, _kind(rule), rule.title) for rule in ordered]
    )
    click.echo(several(len(chosen), "rule"), err=True)
    return Exit.CLEAN


_JUDGED_OVER: Mapping[Over, str] = {Over.FACTS: "facts", Over.RECORDS: "records", Over.PERIOD: "period"}


def _entry(rule: Rule) -> dict[str, JsonValue]:
    """A rule in a list for programs."""
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "kind": _kind(rule),
        "judged_over": _JUDGED_OVER[rule.check.over],
        "pack": rule.pack,
    }


def _kind(rule: Rule) -> str:
    """The kind of its check, as a rule file names it."""
    from scanner.content.kinds import KINDS, kind_of

    kind = kind_of(rule.check)
    return next(name for name, each in KINDS.items() if each is kind)


@rules.command("show", short_help="Show one rule.")
@click.argument("rule_id", metavar="ID", shell_complete=completing.rules)
@rules_folder_option("Also look in this folder.")
def show_command(rule_id: str, folders: tuple[Path, ...]) -> int:
    """Show one rule: what it judges, why, how to fix a failure, its parameters and its controls."""
    from scanner.content.frameworks import load_frameworks
    from scanner.content.rules import load_rules, select_rules

    known = load_rules(folders)
    rules_found = select_rules(known, (rule_id,))
    if len(rules_found) > 1:
        names = ", ".join(rule.id for rule in rules_found[:5])
        raise UsageError(f"{rule_id!r} names {len(rules_found)} rules: {names}…", "Name one; `rules list` lists them.")
    rule = rules_found[0]
    tell(printable(_describe(rule)))
    for framework in load_frameworks(None, {item.id for item in known}):
        controls = [control.id for control in framework.controls if rule.id in control.all_rules]
        if controls:
            tell(f"{framework.id}: {', '.join(controls)}")
    return Exit.CLEAN


def _describe(rule: Rule) -> str:
    from scanner.content.kinds import kind_of

    lines = [f"{rule.id}  [{rule.severity}]", rule.title, ""]
    for heading in ("description", "rationale", "remediation"):
        lines += [*wrapped(f"{heading}: {getattr(rule, heading).strip()}"), ""]
    lines += kind_of(rule.check).describe(rule.check)
    for parameter in rule.parameters:
        told = f"parameter {parameter.name} = {json.dumps(parameter.default)}  {parameter.description}"
        lines += wrapped(told.rstrip(), further="    ")
    lines += [f"see {reference}" for reference in rule.references]
    return "\n".join(lines)


@rules.command("lint", short_help="Check rule files and their cases.")
@rules_folder_option("Lint the rules in this folder instead of the shipped ones (repeatable).")
@json_option
def lint_command(folders: tuple[Path, ...], as_json: bool) -> int:
    """Check rule files and their cases, every mistake with file, line and column. Exit code 1: something to fix."""
    from scanner.content.frameworks import load_frameworks, mapped_rules
    from scanner.content.shipped import shipped

    problems: list[str] = []
    for folder in folders or (shipped("rules"),):
        found, mistakes = _linted(folder, is_shipped=not folders)
        known = {rule.id for rule in found}
        mapped = None if folders or mistakes else mapped_rules(load_frameworks(None, known))
        problems += mistakes
        problems += _advice(found, folder, mapped, is_shipped=not folders)
    if as_json:
        tell_json({"schema": PROBLEMS_SCHEMA, "problems": list(map(_problem, problems))})
        return Exit.FINDINGS if problems else Exit.CLEAN
    for problem in problems:
        tell_wrapped(problem)
    click.echo(several(len(problems), "problem"), err=True)
    return Exit.FINDINGS if problems else Exit.CLEAN


def _problem(told: str) -> dict[str, JsonValue]:
    """A mistake for programs: its file, line and column where it has them, and what it says."""
    place = re.match(r"(?P<file>[^:\n]+):(?:(?P<line>\d+):(?P<column>\d+):)? (?P<message>.*)", told, re.DOTALL)
    if place is None:
        return {"file": "", "line": None, "column": None, "message": told}
    line, column = place["line"], place["column"]
    return {
        "file": place["file"],
        "line": int(line) if line else None,
        "column": int(column) if column else None,
        "message": place["message"],
    }


def _linted(folder: Path, *, is_shipped: bool) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """The sound rules of a folder, and the mistakes of the others."""
    from scanner.content.rules import read_folder
    from scanner.resources import FIELDS

    return read_folder(folder, is_shipped=is_shipped, known_resources=FIELDS)


def _advice(found: Sequence[Rule], folder: Path, mapped: Collection[str] | None, *, is_shipped: bool) -> list[str]:
    """The mistakes of the case files, and what rules whose cases could be read lack."""
    from scanner.cases import load_cases
    from scanner.cases.lint import lint_rules, misplaced

    cases: dict[RuleId, Sequence[Case]] = {}
    problems: list[str] = []
    for rule in found:
        try:
            cases[rule.id] = load_cases(rule, folder, proven=is_shipped)
        except ContentError as error:
            problems += error.problems
    problems += misplaced(folder, found)
    return problems + lint_rules([rule for rule in found if rule.id in cases], cases, folder, mapped)


@rules.command("policy", short_help="Print the IAM policies that a scan or `logs` needs.")
@selection_options
@declared_routes_option
@click.option(
    "--logs",
    "sources",
    multiple=True,
    type=click.Choice(LOG_SOURCES),
    help="Print what `trailwitness logs` needs for this kind of source (repeatable); alone, only that.",
)
@click.option(
    "--integrity", "validating", is_flag=True, help="Print what `trailwitness integrity` needs; alone, only that."
)
@click.option(
    "--with",
    "also",
    multiple=True,
    type=click.Choice(["alarm-history", "evidence-buckets"]),
    help="Include what `scan --with` and `collect --with` need.",
)
@policy_options
def policy_command(
    wanted: Wanted,
    declared: Path | None,
    sources: tuple[str, ...],
    validating: bool,
    also: tuple[str, ...],
    printed: Printed,
) -> int:
    """Print the least-privilege IAM policy a scan with the selected rules needs (read-only).

    Log-event rules need what their sources need: name those with --logs.
    """
    if printed.purpose is Purpose.TRUST:
        tell(json.dumps(printed.trust(), indent=2))
        return Exit.CLEAN
    from scanner.aws.log_operations import log_policy
    from scanner.aws.stored.proof_operations import proof_policy
    from scanner.checks.needs import uses_for
    from scanner.collect.iam_policy import iam_policy, policy
    from scanner.facts.uses import with_what_names_them
    from scanner.runs.collecting import asked_for

    anything = wanted.given or declared is not None or not (sources or validating)
    chosen: Selection | None = wanted.select(over=None, declared=declared) if anything else None
    judged = [rule for rule in chosen.rules if rule.check.over is Over.FACTS] if chosen else []
    if chosen is not None and not (judged or sources or validating or also):
        raise _nothing_to_ask(chosen)
    policies = [
        *([iam_policy(uses_for(judged) | with_what_names_them(asked_for(also)))] if judged or also else []),
        *([log_policy(_calls(sources))] if sources else []),
        *([proof_policy()] if validating else []),
    ]
    statements = [statement for policy in policies for statement in policy["Statement"]]
    tell(printed.text(policy([*statements, *printed.more])))
    return Exit.CLEAN


def _nothing_to_ask(chosen: Selection) -> UsageError:
    """That a scan asks AWS nothing for the selected rules, and what to name instead."""
    if any(rule.check.over is Over.RECORDS for rule in chosen.rules):
        hint = f"Name where the records come from: {', '.join(f'--logs {kind}' for kind in LOG_SOURCES)}."
        return UsageError("The selected rules are judged over log records.", hint)
    return UsageError(
        "The selected rules are judged over a period, by bundles, logs and what people state.",
        "Name what is asked for them: --with alarm-history, --with evidence-buckets, --integrity.",
    )


def _calls(sources: Sequence[str]) -> set[str]:
    """The operations that read some kinds of log sources."""
    return {name for kind in sources for name in SOURCES[kind].calls}
