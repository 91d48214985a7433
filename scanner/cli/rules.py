"""`trailwitness rules`: what is judged, whether the rules' own cases hold, and the permissions they need."""

import json
from pathlib import Path

import click

from scanner.cases import CaseResult
from scanner.cli import Exit
from scanner.cli.selection import Selection, select, selection_options
from scanner.cli.terminal import printable
from scanner.model import LogEventsCheck, ResourceCheck, Rule


@click.group()
def rules() -> None:
    """List, show, test and lint rules; print the IAM policy they need."""


@rules.command("list")
@selection_options
@click.option("--all", "everything", is_flag=True, help="Also list the extended rules, which are off by default.")
def list_command(
    frameworks: tuple[str, ...],
    rule_ids: tuple[str, ...],
    folders: tuple[Path, ...],
    parameters: tuple[str, ...],
    everything: bool,
) -> int:
    """List the selected rules (default: every rule that a plain scan judges)."""
    if everything:
        from scanner.rules import load_rules

        chosen = load_rules()
    else:
        chosen = select(frameworks, rule_ids, folders, parameters).rules
    for rule in sorted(chosen, key=lambda item: item.id):
        click.echo(f"{rule.id:38} {rule.severity:9} {printable(rule.title)}")
    click.echo(f"{len(chosen)} rules", err=True)
    return Exit.CLEAN


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@click.option(
    "--rules",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Also look in this folder.",
)
def show_command(rule_id: str, folders: tuple[Path, ...]) -> int:
    """Show one rule: what it judges, why, how to mend a failure, its parameters and its controls."""
    from scanner.frameworks import load_frameworks
    from scanner.rules import load_rules, select_rules

    shipped = load_rules()
    known = shipped + (load_rules(folders) if folders else ())
    rule = select_rules(known, (rule_id,))[-1]
    click.echo(printable(_describe(rule)))
    for framework in load_frameworks(None, {item.id for item in known}):
        controls = [control.id for control in framework.controls if rule.id in control.rules]
        if controls:
            click.echo(f"{framework.id}: {', '.join(controls)}")
    return Exit.CLEAN


def _describe(rule: Rule) -> str:
    lines = [f"{rule.id}  [{rule.severity}]", rule.title, ""]
    for heading in ("description", "rationale", "remediation"):
        lines += [f"{heading}: {getattr(rule, heading).strip()}", ""]
    if isinstance(rule.check, ResourceCheck):
        lines.append(f"resource: {rule.check.resource}")
        if rule.check.where:
            lines.append(f"where: {rule.check.where.strip()}")
        lines += [f"expect: {rule.check.expect.strip()}", f"when none: {rule.check.when_none}", ""]
    elif isinstance(rule.check, LogEventsCheck):
        heading = "records that must occur:" if rule.check.polarity == "must" else "records that must not occur:"
        lines += [heading, rule.check.events.strip(), ""]
        if rule.check.excluded:
            lines += ["except:", rule.check.excluded.strip(), ""]
    else:
        lines += ["events that must reach a person:", rule.check.events.strip(), ""]
    for parameter in rule.parameters:
        lines.append(f"parameter {parameter.name} = {json.dumps(parameter.default)}  {parameter.description}".rstrip())
    lines += [f"see {reference}" for reference in rule.references]
    return "\n".join(lines)


@rules.command("test")
@click.option(
    "--rules",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Test the rules in this folder instead of the shipped ones (repeatable).",
)
@click.option("--rule", "rule_ids", multiple=True, metavar="ID", help="Test only this rule or area (repeatable).")
@click.option("--verbose", "-v", is_flag=True, help="Also list the cases that hold.")
def test_command(folders: tuple[Path, ...], rule_ids: tuple[str, ...], verbose: bool) -> int:
    """Run the cases of every rule, ours or those of a folder. Exit code 1: a case does not hold."""
    from scanner.cases import load_cases, run_cases
    from scanner.content import shipped
    from scanner.resources import RESOURCES
    from scanner.rules import load_rules, select_rules

    fields = {name: kind.fields for name, kind in RESOURCES.items()}
    total = failed = 0
    for folder in folders or (shipped("rules"),):
        found = load_rules((folder,), with_shipped=False, known_resources=fields)
        for rule in select_rules(found, rule_ids) if rule_ids else found:
            for result in run_cases(rule, load_cases(rule, folder)):
                total += 1
                failed += not result.passed
                if verbose or not result.passed:
                    click.echo(printable(_result(rule, result)))
    click.echo(f"{total} cases, {failed} failed", err=True)
    if total == 0:
        click.echo("No case was found, so nothing was tested.", err=True)
        return Exit.ERROR
    return Exit.FINDINGS if failed else Exit.CLEAN


def _result(rule: Rule, result: CaseResult) -> str:
    lines = [f"{'ok  ' if result.passed else 'FAIL'} {rule.id}: {result.case.name}"]
    return "\n".join([*lines, *(f"     {problem}" for problem in result.problems)])


@rules.command("lint")
@click.option(
    "--rules",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Lint the rules in this folder instead of the shipped ones (repeatable).",
)
def lint_command(folders: tuple[Path, ...]) -> int:
    """Check rule files and their cases, every mistake with file, line and column. Exit code 1: something to mend."""
    from scanner.cases import load_cases
    from scanner.cases.lint import lint_rules
    from scanner.content import shipped
    from scanner.frameworks import load_frameworks, mapped_rules
    from scanner.resources import RESOURCES
    from scanner.rules import load_rules

    fields = {name: kind.fields for name, kind in RESOURCES.items()}
    problems: list[str] = []
    for folder in folders or (shipped("rules"),):
        found = load_rules((folder,), with_shipped=False, known_resources=fields)
        cases = {rule.id: load_cases(rule, folder) for rule in found}
        mapped = None if folders else mapped_rules(load_frameworks(None, {rule.id for rule in found}))
        problems += lint_rules(found, cases, mapped)
    for problem in problems:
        click.echo(printable(problem))
    click.echo(f"{len(problems)} problems", err=True)
    return Exit.FINDINGS if problems else Exit.CLEAN


@rules.command("policy")
@selection_options
def policy_command(
    frameworks: tuple[str, ...], rule_ids: tuple[str, ...], folders: tuple[Path, ...], parameters: tuple[str, ...]
) -> int:
    """Print the least-privilege IAM policy a scan with the selected rules needs (read-only)."""
    from scanner.collect.policy import iam_policy

    selection: Selection = select(frameworks, rule_ids, folders, parameters)
    click.echo(json.dumps(iam_policy(selection.rules), indent=2))
    return Exit.CLEAN
