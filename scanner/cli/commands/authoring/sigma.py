"""`trailwitness rules import-sigma` and `export-sigma`: rules for `logs` from Sigma rules, and as Sigma rules."""

from pathlib import Path

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.content import Wanted, selection_options
from scanner.cli.options.once import once
from scanner.cli.terminal.files import write_file, write_parts
from scanner.cli.terminal.printing import printable, say, tell
from scanner.errors import UsageError
from scanner.model import Over, Rule
from scanner.wording import several

_ENDINGS = (".yml", ".yaml")


@click.command("import-sigma", short_help="Turn Sigma rules into rules for `logs`.")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@once(
    "--output",
    "-o",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the rules into this rules folder; without it, only say what would become of them.",
)
def import_sigma_command(folder: Path, target: Path | None) -> int:
    """Turn the Sigma rules for CloudTrail in DIR into rules for `logs`.

    Exit codes: 0 all of them became rules; 2 none did; 3 some were left out, each with the reason.
    """
    from scanner.sigma import load_sigma

    result = load_sigma(folder)
    if target is not None and result.rules:
        _write_rules(result.rules, target)
    for rule in result.rules:
        tell(f"{rule.id:74} {rule.severity:9} {printable(rule.title)}")
    for refusal in result.refused:
        tell(printable(f"left out: {refusal.path}: {refusal.title or 'unread'}: {refusal.reason}"))
    for notice in result.notices:
        say(f"note: {notice.path}: {notice.title}: {notice.text}")
    say(
        f"{result.imported} of {result.documents} Sigma rules for CloudTrail became "
        f"{several(len(result.rules), 'rule')}, "
        f"{len(result.refused)} left out, {result.passed_over} for other logs"
    )
    if not result.rules:
        say("Nothing was imported.")
        return Exit.ERROR
    return Exit.INCOMPLETE if result.refused else Exit.CLEAN


def _write_rules(imported: tuple[Rule, ...], target: Path) -> None:
    """Write rule files and read them back; raises UsageError before a file of other content would be replaced."""
    from scanner.content.rules import load_rules

    for rule in imported:
        path = target / rule.path
        if path.exists() and path.read_bytes() != rule.text.encode():
            raise UsageError(f"{path} exists and differs.", "Name a new folder, or remove the file.")
    for rule in imported:
        path = target / rule.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{path.parent} cannot be made: {error.strerror}.", "Name another folder.") from error
        write_file(path, rule.text.encode())
    load_rules((target,), with_shipped=False)


@click.command("export-sigma", short_help="Write rules for `logs` as Sigma rules.")
@selection_options
@once(
    "--output",
    "-o",
    "target",
    type=click.Path(path_type=Path),
    metavar="DIR|FILE",
    help="Write one file per rule into this new folder, or all rules into this .yml or .yaml file; "
    "without it, all go to standard output.",
)
@click.option(
    "--partial",
    is_flag=True,
    help="Also write rules that look into documents inside records, such as policies, without that: such a Sigma rule "
    "misses records, and says so.",
)
def export_sigma_command(wanted: Wanted, target: Path | None, partial: bool) -> int:
    """Write rules for `logs` as Sigma rules for CloudTrail (default: the core rules; --rule event means all).

    A rule means the same as Sigma rule, or it is left out and the reason said. Parameters are written out at their
    values.

    Exit codes: 0 all of them became Sigma rules; 2 none did; 3 some were left out, or written in part.
    """
    from scanner.sigma.exporting import export_rules

    selection = wanted.select(over=Over.RECORDS)
    result = export_rules(selection.rules, selection.values, selection.shipped, partial=partial)
    if result.exported and target is None:
        tell("---\n".join(each.text for each in result.exported).removesuffix("\n"))
    elif result.exported and target is not None and target.suffix.lower() in _ENDINGS:
        write_file(target, "---\n".join(each.text for each in result.exported).encode())
    elif result.exported and target is not None:
        write_parts(target, [(each.file_name, each.text.encode()) for each in result.exported])
    for each in result.exported:
        for note in each.notes:
            say(f"{'in part' if each.partial else 'note'}: {each.rule.id}: {note}")
    for left in result.left_out:
        say(printable(f"left out: {left.rule.id}: {left.reason}"))
    say(f"{len(result.exported)} of {several(len(selection.rules), 'rule')} for log records became Sigma rules")
    if not result.exported:
        say("Nothing was written.")
        return Exit.ERROR
    whole = not result.left_out and not any(each.partial for each in result.exported)
    return Exit.CLEAN if whole else Exit.INCOMPLETE
