"""`trailwitness frameworks`: the auditor's pages, listed and shown."""

from pathlib import Path

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options import completing
from scanner.cli.options.content import rules_folder_option
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
@click.argument("wanted", metavar="ID|FILE", shell_complete=completing.frameworks)
@rules_folder_option("Also know the rules of this folder, which a framework of your own may name (repeatable).")
def show_command(wanted: str, folders: tuple[Path, ...]) -> int:
    """Show every control of a framework: its coverage, what is and is not decided, and its rules.

    FILE is a framework of your own; every mistake in it is told.
    """
    from scanner.content.frameworks import framework_name, is_framework_file, load_frameworks
    from scanner.content.rules import load_rules

    known = {rule.id for rule in load_rules(folders)}
    files = [Path(wanted)] if is_framework_file(wanted) else []
    named = framework_name(files[0]) if files else wanted
    (framework,) = load_frameworks((named,), known, files=files)
    tell(f"{framework.id}: {framework.title} {framework.version}\nsource: {framework.source}")
    for control in framework.controls:
        tell(f"\n{control.id}  {control.title}  [{control.coverage}]")
        tell("\n".join(wrapped(control.notes.strip(), "    ", "    ")))
        for rule in control.rules:
            tell(f"    - {rule}")
        for rule in control.log_rules:
            tell(f"    - {rule} (log records)")
    return Exit.CLEAN
