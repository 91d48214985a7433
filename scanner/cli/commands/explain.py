"""`trailwitness explain`: what is wanted and why, which AWS systems can do it, what was found, and what to do next."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options import completing
from scanner.cli.options.content import rules_folder_option
from scanner.cli.options.once import once
from scanner.cli.terminal.printing import tell, wrapped

if TYPE_CHECKING:
    from scanner.runs.explaining import Explanation, Section


@click.command(short_help="Explain a rule, a control, an AWS system or a piece of evidence.")
@click.argument("subject", metavar="RULE|CONTROL|SYSTEM|EV-NUMBER", shell_complete=completing.subjects)
@once(
    "--from",
    "source",
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|BUNDLE",
    help="A scan's JSON report or its evidence bundle: also say what was found there.",
)
@rules_folder_option("Also explain the rules of this folder (repeatable).")
@click.option(
    "--framework",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also explain the controls of a framework of your own (repeatable).",
)
def explain(subject: str, source: Path | None, folders: tuple[Path, ...], files: tuple[Path, ...]) -> int:
    """Explain what is wanted and why, which AWS systems can do it, what was found, and the next step.

    CONTROL is written FRAMEWORK/CONTROL, such as pci-dss-4.0.1/10.2.1. With --from the findings of that scan are shown
    and the next step names the resources that failed; the scan is read as it is, and `verify` checks it.
    """
    from scanner.content.frameworks import load_frameworks
    from scanner.content.rules import load_rules
    from scanner.runs.explaining import Explainer, scan_of

    rules = load_rules(folders)
    frameworks = load_frameworks(None, {rule.id for rule in rules}, files=files, rules=rules)
    found = scan_of(source, rules) if source else None
    explanation = Explainer(rules, frameworks, found).explain(subject)
    tell("\n".join(_lines(explanation)))
    return Exit.CLEAN


def _lines(explanation: "Explanation") -> Iterator[str]:
    yield explanation.title
    for section in explanation.sections:
        if section.lines or section.items:
            yield ""
            yield section.heading
            yield from _told(section)


def _told(section: "Section") -> Iterator[str]:
    for line in section.lines:
        yield from wrapped(line, "  ", "  ")
    for item in section.items:
        # A command is copied whole.
        yield from [f"    {item}"] if item.startswith("aws ") else wrapped(item, "  - ", "    ")
