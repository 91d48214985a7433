"""`trailwitness frameworks`: the auditor's pages, listed and shown."""

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.terminal.printing import tell, wrapped


@click.group()
def frameworks() -> None:
    """List the shipped frameworks and show their controls."""


@frameworks.command("list", short_help="List the shipped frameworks.")
def list_command() -> int:
    """List the shipped frameworks with how far their controls are decided."""
    from collections import Counter

    from scanner.content.frameworks import load_frameworks
    from scanner.content.rules import load_rules
    from scanner.model import Coverage

    for framework in load_frameworks(None, {rule.id for rule in load_rules()}):
        counts = Counter(control.coverage for control in framework.controls)
        shares = ", ".join(f"{counts[coverage]} {coverage}" for coverage in Coverage if counts[coverage])
        tell(f"{framework.id:22} {framework.title} ({len(framework.controls)} controls: {shares})")
    return Exit.CLEAN


@frameworks.command("show", short_help="Show the controls of a framework and their rules.")
@click.argument("framework_id", metavar="ID")
def show_command(framework_id: str) -> int:
    """Show every control of a framework: its coverage, what is and is not decided, and its rules."""
    from scanner.content.frameworks import load_frameworks
    from scanner.content.rules import load_rules

    (framework,) = load_frameworks((framework_id,), {rule.id for rule in load_rules()})
    tell(f"{framework.id}: {framework.title} {framework.version}\nsource: {framework.source}")
    for control in framework.controls:
        tell(f"\n{control.id}  {control.title}  [{control.coverage}]")
        tell("\n".join(wrapped(control.notes.strip(), "    ", "    ")))
        for rule in control.rules:
            tell(f"    - {rule}")
        for rule in control.log_rules:
            tell(f"    - {rule} (log records)")
    return Exit.CLEAN
